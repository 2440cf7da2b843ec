import type { ChatLine, RoomId } from "../ipc/backend";

/** How finely lines are counted. The clock by which figures move goes in whole steps, so that a minute is a whole one. */
const STEP_MS = 1_000;
const MINUTE_STEPS = 60_000 / STEP_MS;
/** Minutes that are told. */
const CHAT_MINUTES = 30;
/** Steps kept of a room: a platform's clock may go ahead of ours. */
const STEPS_KEPT = 2 * CHAT_MINUTES * MINUTE_STEPS;

/** How many messages a room heard when: more than the lines kept can tell, which a flood pushes out within seconds. */
export class ChatRate {
  readonly #rooms = new Map<RoomId, Map<number, number>>();
  /** The step of the oldest line: of what was said before it nothing is known. */
  #first = Infinity;

  clear(): void {
    this.#rooms.clear();
    this.#first = Infinity;
  }

  add(lines: readonly ChatLine[]): void {
    for (const { room, kind, at } of lines) {
      this.#first = Math.min(this.#first, Math.floor(at / STEP_MS));
      if (kind !== "message") continue;
      let steps = this.#rooms.get(room);
      if (!steps) this.#rooms.set(room, (steps = new Map()));
      const step = Math.floor(at / STEP_MS);
      steps.set(step, (steps.get(step) ?? 0) + 1);
      if (steps.size > STEPS_KEPT) steps.delete(Math.min(...steps.keys()));
    }
  }

  /**
   * Messages of a room in each of the last minutes, oldest first; the last one ends now. Minutes of which nothing is
   * known are left out: nobody said that nothing was said in them.
   */
  minutes(room: RoomId, now: number): { at: number; value: number }[] {
    // The one that begins now has nothing in it yet.
    const last = Math.ceil(now / STEP_MS) - 1;
    const ago = (step: number): number => Math.max(0, Math.floor((last - step) / MINUTE_STEPS));
    const known = Math.min(CHAT_MINUTES, ago(this.#first) + 1);
    const minutes = Array.from({ length: known }, (_, i) => ({
      at: now - (known - 1 - i) * MINUTE_STEPS * STEP_MS,
      value: 0,
    }));
    for (const [step, count] of this.#rooms.get(room) ?? []) {
      const minute = minutes[known - 1 - ago(step)];
      if (minute) minute.value += count;
    }
    return minutes;
  }
}
