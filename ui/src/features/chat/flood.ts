import type { ChatLine } from "../../ipc/backend";

/** Rows a second that are drawn for good: more can't be read. */
export const READABLE = 15;
/** As many while lines fold: there is no following them any more, and WebKit remembers the words of each for minutes. */
export const FLOODED = 10;
/** So long after the last fold it counts as a flood, ms. */
const FLOOD_MS = 2_000;
/** Rows that may come at once after a quiet while: as a platform that is polled tells them. */
export const SAVED = 60;
/** Rows over the measure before anything folds: a few lines more aren't a flood. */
const OWED = 10;
/** Lines over the measure at once that aren't a flood, either. */
const FEW = 3;
/** Time one fold takes lines, ms. */
export const FOLD_MS = 1_000;
/** Lines of one fold. */
export const FOLD_LINES = 2_000;

/** Lines that stand whole however many come: what is paid, what the platform says, one's own and moderators'. */
export function stands({ kind, who }: ChatLine): boolean {
  return (
    kind === "gift" ||
    kind === "member" ||
    kind === "super_chat" ||
    kind === "notice" ||
    who?.me === true ||
    who?.moderator === true
  );
}

/** How many lines may still stand whole. Times are those of arrival, ms; a snapshot's -Infinity is no flood. */
export class Measure {
  #left = SAVED;
  #last = -Infinity;
  #free = false;
  #folded = -Infinity;

  /** Lines arrived. */
  at(heard: number): void {
    this.#free = heard === -Infinity;
    if (this.#free) return;
    const passed = this.#last === -Infinity ? 0 : Math.max(0, heard - this.#last);
    this.#last = heard;
    const rate = heard - this.#folded > FLOOD_MS ? READABLE : FLOODED;
    this.#left = Math.min(SAVED, this.#left + (passed * rate) / 1_000);
  }

  /** May the next of so many lines stand whole? The newest of them may. */
  take(coming: number, folding: boolean): boolean {
    if (this.#free) return true;
    const over = coming - Math.max(0, this.#left);
    if (over > 0 && (folding || over >= FEW || this.#left <= -OWED)) {
      this.#folded = this.#last;
      return false;
    }
    this.#left -= 1;
    return true;
  }
}
