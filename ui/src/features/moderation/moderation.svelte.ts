import { SvelteMap } from "svelte/reactivity";
import type { ChatLine, MutedPerson, PersonRef, RoomId, RoomView } from "../../ipc/backend";
import { m } from "../../paraglide/messages.js";
import { act } from "../../state/acts";
import type { App } from "../../state/app.svelte";
import { durationName, keepDuration, muteFor, type Duration } from "./durations";

/** Muting people and blocking words, wherever it is asked for. */
export class Moderation {
  /** Who is known to be muted, by room and id: what the platform told in this life of the window. */
  readonly #muted = new SvelteMap<string, MutedPerson | null>();
  /** A word that is about to be blocked; none when no dialog asks. */
  asked = $state.raw<{ room: RoomId; word: string } | null>(null);
  /** Counts changes to blocked words that were made elsewhere than in their list. */
  wordsChanged = $state(0);

  constructor(private readonly app: App) {}

  /** Can people be muted in this room? */
  can(room: RoomView | undefined): room is RoomView {
    return this.app.info(room)?.abilities.moderate ?? false;
  }

  /** The room in which a line's author can be muted; none where that can't be. */
  roomFor(line: Pick<ChatLine, "room" | "who">): RoomView | undefined {
    const room = this.app.model.room(line.room);
    const { who } = line;
    if (!who || who.me || who.id === "" || who.id === "0") return undefined;
    return this.can(room) ? room : undefined;
  }

  /** Whether somebody is muted, as far as it is known: undefined when it isn't. */
  known(room: RoomId, id: string): MutedPerson | null | undefined {
    return this.#muted.get(`${room}\n${id}`);
  }

  know(room: RoomId, id: string, muted: MutedPerson | null): void {
    this.#muted.set(`${room}\n${id}`, muted);
  }

  /** Mutes somebody, and says for how long; `line` is what they said. */
  async mute(room: RoomView, person: PersonRef, duration: Duration, line: string): Promise<boolean> {
    keepDuration(duration);
    const { name, id } = person;
    const done = await act(this.app, {
      name: `mute:${room.id}:${id}`,
      platform: room.platform,
      doing: m.mute_doing({ name }),
      failed: m.mute_failed({ name, room: room.name }),
      make: (b) => b.mutePerson(room.id, id, muteFor(duration), line),
      done: (muted) => {
        this.know(room.id, id, muted);
        return m.mute_done({ name, long: durationName(duration) });
      },
      undo: () => () => void this.unmute(room, person, false),
    });
    return done.ok;
  }

  /** Lets somebody speak again; `again` is how it can be taken back, where it can. */
  async unmute(room: RoomView, person: Pick<PersonRef, "id" | "name">, undoable: boolean): Promise<boolean> {
    const { id, name } = person;
    const before = this.known(room.id, id);
    const done = await act(this.app, {
      name: `mute:${room.id}:${id}`,
      platform: room.platform,
      doing: m.unmute_doing({ name }),
      failed: m.unmute_failed({ name, room: room.name }),
      make: (b) => b.unmutePerson(room.id, id),
      done: () => {
        this.know(room.id, id, null);
        return m.unmute_done({ name });
      },
      undo: () => (undoable ? () => void this.#muteAgain(room, person, before ?? null) : undefined),
    });
    return done.ok;
  }

  /** Mutes for what was left of it, in full hours; for ever where no end was told. */
  async #muteAgain(
    room: RoomView,
    { id, name }: Pick<PersonRef, "id" | "name">,
    before: MutedPerson | null,
  ): Promise<void> {
    await act(this.app, {
      name: `mute:${room.id}:${id}`,
      platform: room.platform,
      doing: m.mute_doing({ name }),
      failed: m.mute_failed({ name, room: room.name }),
      make: (b) => b.mutePerson(room.id, id, left(before, this.app.clock.now), ""),
      done: (muted) => {
        this.know(room.id, id, muted);
        return m.mute_again_done({ name });
      },
    });
  }

  /** Blocks a word; its problem is the dialog's to show. */
  async block(room: RoomView, word: string): Promise<ReturnType<App["call"]>> {
    const done = await this.app.call(`block:${room.id}`, (b) => b.blockWord(room.id, word));
    if (!done.ok) return done;
    if (done.value)
      this.app.toasts.say(m.block_done({ word }), "check", {
        undo: () => void this.unblock(room, word).then(() => (this.wordsChanged += 1)),
      });
    else this.app.toast(m.block_already({ word }), "info");
    return done;
  }

  async unblock(room: RoomView, word: string): Promise<boolean> {
    const done = await act(this.app, {
      name: `unblock:${room.id}:${word}`,
      platform: room.platform,
      doing: m.unblock_doing(),
      failed: m.unblock_failed({ word, room: room.name }),
      make: (b) => b.unblockWord(room.id, word),
      done: () => m.unblock_done({ word }),
    });
    return done.ok;
  }

  /** Opens the page of a room. */
  open(room: RoomId): void {
    this.app.roomId = room;
    this.app.show("moderation");
  }
}

const HOUR_MS = 3_600_000;
const HOURS_MAX = 720;

/** For how long somebody is to be muted so that it ends when it would have. */
export function left(muted: MutedPerson | null, now: number): ReturnType<typeof muteFor> {
  if (muted?.until == null) return { kind: "for_ever" };
  const hours = Math.ceil((muted.until - now) / HOUR_MS);
  return { kind: "hours", hours: Math.min(HOURS_MAX, Math.max(1, hours)) };
}
