import type { Problem } from "../ipc/backend";
import { toProblem } from "../ipc/backend";

/** What takes longer is shown to take time, ms. */
export const SLOW_MS = 300;

/** A question to the program: only its latest counts, and one that takes time says so. */
export class Asking {
  slow = $state(false);
  busy = $state(false);
  problem = $state.raw<Problem | null>(null);
  #serial = 0;
  #timer = 0;

  /** Makes a call; `take` gets the answer unless a newer one was begun meanwhile. */
  async ask<T>(make: () => Promise<T>, take: (answer: T) => void): Promise<void> {
    const serial = ++this.#serial;
    this.busy = true;
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => (this.slow = this.busy), SLOW_MS);
    try {
      const answer = await make();
      if (serial !== this.#serial) return;
      this.problem = null;
      take(answer);
    } catch (caught) {
      if (serial === this.#serial) this.problem = toProblem(caught);
    } finally {
      if (serial === this.#serial) this.#rest();
    }
  }

  /** Forgets what was asked. */
  drop(): void {
    this.#serial += 1;
    this.problem = null;
    this.#rest();
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.busy = false;
    this.slow = false;
  }
}
