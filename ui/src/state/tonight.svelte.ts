import { SvelteSet } from "svelte/reactivity";
import type { Details, DetailKind, PlatformInfo, Preferences, RoomId, RoomView } from "../ipc/backend";
import { startable } from "../features/room/roomstate";
import { measure, type Measure } from "./limits";

/** Text details that have limits, and where they stand in {@link Details}. */
const TEXTS = { title: "title", summary: "summary", notice: "notice" } as const;
export type TextDetail = keyof typeof TEXTS;

/** What is written for tonight, and for which rooms. */
export class Tonight {
  details = $state<Details>({
    title: "",
    summary: "",
    notice: "",
    cover_url: "",
    area_id: "",
    tags: [],
    visibility: "public",
  });
  readonly chosen = new SvelteSet<RoomId>();
  /** The room that OBS should push to; none: the first that can. */
  encoderRoom = $state<RoomId | null>(null);
  /** Whether one push goes to all through the relay; none: as the settings say. */
  relay = $state<boolean | null>(null);
  /** *Go live* was pressed: what is missing is said from now on. */
  tried = $state(false);
  #loaded = false;
  // Nothing is drawn from it.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #met = new Set<RoomId>();

  /** Takes what was written last time, once; a room that appears later is chosen when it is first met. */
  load(
    preferences: Preferences,
    rooms: readonly RoomView[],
    platform: (r: RoomView) => PlatformInfo | undefined,
  ): void {
    const can = rooms.filter((r) => startable(platform(r)) && !this.#met.has(r.id));
    for (const room of can) this.#met.add(room.id);
    const kept = can.filter((r) => preferences.chosen.includes(r.id));
    for (const room of this.#loaded || kept.length === 0 ? can : kept) this.chosen.add(room.id);
    if (this.#loaded) return;
    this.#loaded = true;
    this.details = { ...preferences.tonight, tags: [...preferences.tonight.tags] };
  }

  /** Fills the form in. */
  fill(details: Details): void {
    this.details = { ...details, tags: [...details.tags] };
  }

  /** Fills in what a room went live with last, unless something was written since the form was loaded. */
  fillLast(preferences: Preferences, room: RoomId): void {
    const last = preferences.last[room];
    if (last && sameDetails(this.details, preferences.tonight)) this.fill(last);
  }

  toggle(room: RoomId): void {
    if (!this.chosen.delete(room)) this.chosen.add(room);
  }

  only(room: RoomId): void {
    this.chosen.clear();
    this.chosen.add(room);
  }

  snapshot(): Details {
    return $state.snapshot(this.details);
  }
}

/** Do two forms say the same? */
export const sameDetails = (one: Details, other: Details): boolean =>
  (Object.keys(one) as (keyof Details)[]).every((k) =>
    k === "tags" ? one.tags.join("\n") === other.tags.join("\n") : one[k] === other[k],
  );

/**
 * Does the platform take this detail when a broadcast begins? With the start itself; or, where the room lasts, by a
 * change of it right after.
 */
export function takes(info: PlatformInfo | undefined, detail: DetailKind): boolean {
  if (!info) return false;
  const { set_at_start, lasting_room, edit } = info.abilities;
  return set_at_start.includes(detail) || (lasting_room && edit.includes(detail));
}

/** The texts of tonight against a platform's limits, for those it takes. */
export function measures(
  info: PlatformInfo | undefined,
  details: Details,
): (Measure & { detail: TextDetail })[] {
  return (Object.keys(TEXTS) as TextDetail[])
    .filter((d) => takes(info, d))
    .flatMap((detail) => {
      const found = measure(info, detail, details[TEXTS[detail]]);
      return found ? [{ ...found, detail }] : [];
    });
}
