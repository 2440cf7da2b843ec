import { kindOf, type Row } from "./row";

interface Slot {
  number: number;
  /** When a row that it draws was last asked for. */
  turn: number;
}

/**
 * What draws which row: a new row takes the slot of one of its kind that is drawn no more. Rows made and thrown away
 * fifteen times a second outlive WebKit's small collections, and are then kept until the next great one, minutes later.
 */
export class Slots {
  readonly #slots = new Map<number, Slot>();
  #turn = 0;
  #next = 0;

  /** The numbers of the slots that draw these rows; no two are alike. */
  take(rows: readonly Row[]): number[] {
    const turn = ++this.#turn;
    for (const { key } of rows) {
      const slot = this.#slots.get(key);
      if (slot) slot.turn = turn;
    }
    const free = new Map<string, Slot[]>();
    for (const [key, slot] of this.#slots) {
      if (slot.turn === turn) continue;
      this.#slots.delete(key);
      const kind = kindOf(key);
      const some = free.get(kind);
      if (some) some.push(slot);
      else free.set(kind, [slot]);
    }
    return rows.map(({ key }) => {
      let slot = this.#slots.get(key);
      if (!slot) {
        slot = free.get(kindOf(key))?.pop() ?? { number: this.#next++, turn };
        slot.turn = turn;
        this.#slots.set(key, slot);
      }
      return slot.number;
    });
  }
}
