import type { ChatLine, RoomId } from "../ipc/backend";

/** How finely lines are counted: the clock by which figures move goes in such steps. */
const STEP_MS = 5_000;
const MINUTE_STEPS = 60_000 / STEP_MS;
/** Minutes that are told. */
const CHAT_MINUTES = 30;
/** Steps kept of a room: a platform's clock may go ahead of ours. */
const STEPS_KEPT = 2 * CHAT_MINUTES * MINUTE_STEPS;

/** How many messages a room heard when: more than the lines kept can tell, which a flood pushes out within seconds. */
export class ChatRate {
  readonly #rooms = new Map<RoomId, Map<number, number>>();

  clear(): void {
    this.#rooms.clear();
  }

  add(lines: readonly ChatLine[]): void {
    for (const { room, kind, at } of lines) {
      if (kind !== "message") continue;
      let steps = this.#rooms.get(room);
      if (!steps) this.#rooms.set(room, (steps = new Map()));
      const step = Math.floor(at / STEP_MS);
      steps.set(step, (steps.get(step) ?? 0) + 1);
      if (steps.size > STEPS_KEPT) steps.delete(Math.min(...steps.keys()));
    }
  }

  /** Messages of a room in each of the last minutes, oldest first; the last is the minute up to now. */
  minutes(room: RoomId, now: number): { at: number; value: number }[] {
    const minutes = Array.from({ length: CHAT_MINUTES }, (_, i) => ({
      at: now - (CHAT_MINUTES - 1 - i) * MINUTE_STEPS * STEP_MS,
      value: 0,
    }));
    const last = Math.floor(now / STEP_MS);
    for (const [step, count] of this.#rooms.get(room) ?? []) {
      const minute = minutes[CHAT_MINUTES - 1 - Math.max(0, Math.floor((last - step) / MINUTE_STEPS))];
      if (minute) minute.value += count;
    }
    return minutes;
  }
}
