import { SvelteMap } from "svelte/reactivity";
import type { CoverRule, Details, Problem, RoomId, RoomView } from "../../ipc/backend";
import type { App } from "../../state/app.svelte";
import { canvasCodec, type Codec, type Picture } from "./codec";
import { CENTRE, moved, shapeOf, zoomed, type Crop } from "./crop";
import type { PictureProblem } from "./file";

/** A room that takes an uploaded cover, and what it has to be. */
export interface Slot {
  room: RoomView;
  rule: CoverRule;
}

/** Where a room's cover stands. */
export type Upload =
  | { state: "sending"; preview: string }
  | { state: "done"; preview: string; url: string }
  | { state: "refused"; preview: string; problem: Problem | null }
  /** Of an earlier broadcast: there is an address, and no picture to show. */
  | { state: "kept"; url: string };

/** How long going live waits for an upload that is under way. */
const PATIENCE_MS = 3_000;

/**
 * One picture for all rooms of a form: a crop for each shape, an upload for each room. The picture is in this memory
 * alone and goes with it; what the platforms answer stays.
 */
export class Cover {
  picture = $state.raw<Picture | null>(null);
  problem = $state<PictureProblem | null>(null);
  /** A file is being read. */
  reading = $state(false);
  /** Crops by shape. */
  readonly crops = new SvelteMap<string, Crop>();
  readonly uploads = new SvelteMap<RoomId, Upload>();
  /** Rooms that shall go without what they had before. */
  // Nothing is drawn from it.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #dropped = new Set<RoomId>();
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #out = new Set<Promise<void>>();
  #generation = 0;
  #serial = 0;

  constructor(
    readonly app: App,
    readonly codec: Codec = canvasCodec,
  ) {}

  /** Rooms of these that take an upload. */
  slots(rooms: readonly RoomView[]): Slot[] {
    return rooms.flatMap((room) => {
      const rule = this.app.model.accounts.find((a) => a.id === room.account)?.cover;
      return rule ? [{ room, rule }] : [];
    });
  }

  cropOf(rule: CoverRule): Crop {
    return this.crops.get(shapeOf(rule)) ?? CENTRE;
  }

  move(rule: CoverRule, right: number, down: number): void {
    if (this.picture)
      this.crops.set(shapeOf(rule), moved(this.picture, rule, this.cropOf(rule), right, down));
  }

  zoom(rule: CoverRule, zoom: number): void {
    if (this.picture) this.crops.set(shapeOf(rule), zoomed(this.picture, rule, this.cropOf(rule), zoom));
  }

  /** Picture and crops as they are, to come back to. */
  snapshot(): () => void {
    const [picture, crops] = [this.picture, [...this.crops]];
    return () => {
      this.picture = picture;
      this.crops.clear();
      for (const [shape, crop] of crops) this.crops.set(shape, crop);
    };
  }

  /** Takes a file; false when it is no picture that can be used. */
  async choose(file: File): Promise<boolean> {
    const generation = ++this.#generation;
    this.problem = null;
    this.reading = true;
    const found = await this.codec.read(file);
    if (generation !== this.#generation) return false;
    this.reading = false;
    if (typeof found === "string") {
      this.problem = found;
      return false;
    }
    this.picture = found;
    this.crops.clear();
    return true;
  }

  /** Uploads the picture, as it is cropped now, for each of these rooms. */
  async send(slots: readonly Slot[]): Promise<void> {
    await Promise.all(slots.map((slot) => this.#send(slot)));
  }

  async #send({ room, rule }: Slot): Promise<void> {
    if (!this.picture) return;
    const made = this.codec.make(this.picture, this.cropOf(rule), rule);
    if (!made) {
      this.problem = "too_large";
      return;
    }
    const { jpeg, preview } = made;
    const mine: Upload = { state: "sending", preview };
    this.uploads.set(room.id, mine);
    const going = this.app.call(`cover:${room.id}:${++this.#serial}`, (b) => b.uploadCover(room.id, jpeg));
    const over = going.then((done) => {
      // Another picture, or none, took its place.
      if (this.uploads.get(room.id) !== mine) return;
      this.uploads.set(
        room.id,
        done.ok
          ? { state: "done", preview, url: done.value }
          : { state: "refused", preview, problem: done.problem ?? null },
      );
    });
    this.#out.add(over);
    await over.finally(() => this.#out.delete(over));
  }

  /** Rooms that were chosen since the picture was: they get it too. */
  sendMissing(slots: readonly Slot[]): void {
    if (this.picture) void this.send(slots.filter(({ room }) => !this.uploads.has(room.id)));
  }

  /** Where each broadcast is another object, the cover of the last one is taken again. */
  keep(slots: readonly Slot[], last: Partial<Record<RoomId, Details>>): void {
    for (const { room } of slots) {
      const url = last[room.id]?.cover_url;
      const free = !this.uploads.has(room.id) && !this.#dropped.has(room.id) && !this.picture;
      if (url && free && !this.app.info(room)?.abilities.lasting_room)
        this.uploads.set(room.id, { state: "kept", url });
    }
  }

  /** A room goes without. */
  drop(room: RoomId): void {
    this.uploads.delete(room);
    this.#dropped.add(room);
  }

  /** Forgets picture and uploads. */
  clear(): void {
    this.#generation += 1;
    for (const id of this.uploads.keys()) this.#dropped.add(id);
    this.picture = null;
    this.problem = null;
    this.reading = false;
    this.crops.clear();
    this.uploads.clear();
  }

  /** The addresses of what was uploaded, for these rooms. */
  urls(rooms: readonly RoomId[]): Record<RoomId, string> {
    return Object.fromEntries(
      rooms.flatMap((id) => {
        const upload = this.uploads.get(id);
        return upload && "url" in upload ? [[id, upload.url]] : [];
      }),
    );
  }

  /** Once what is under way is over, or has taken too long to be waited for. */
  async settled(): Promise<void> {
    if (this.#out.size === 0) return;
    const late = new Promise((done) => setTimeout(done, PATIENCE_MS));
    await Promise.race([Promise.allSettled(this.#out), late]);
  }
}
