/** Whether the pane follows the newest line, and what came while it didn't. */
export class Stick {
  /** Px from the end that still count as being there. */
  static readonly SLACK = 24;

  following = true;
  #seen = 0;
  #viewport: number | undefined;

  /**
   * Where the pane stands now; `taken` is how many lines it has shown so far. Answers whether that is at the
   * end. A pane that only waits goes on by itself, not by being there.
   */
  scrolled(offset: number, viewport: number, size: number, taken: number, waiting = false): boolean {
    // A scroll to the newest line may be told only after a notice below took some of the pane's height:
    // that is the layout's doing, not a reader's.
    const resized = this.#viewport !== undefined && viewport !== this.#viewport;
    this.#viewport = viewport;
    if (resized && (this.following || waiting)) return true;
    const end = offset + viewport >= size - Stick.SLACK;
    if (waiting) return end;
    if (end || this.following) this.#seen = taken;
    this.following = end;
    return end;
  }

  /** Of so many lines that were shown so far: how many stand below what was seen. */
  unseen(taken: number): number {
    if (this.following || taken < this.#seen) this.#seen = taken;
    return taken - this.#seen;
  }

  /** Stands still here, wherever that is. */
  hold(taken: number): void {
    if (this.following) this.#seen = taken;
    this.following = false;
  }

  /** The lines are counted anew, because some of them show no more or again: so many stand below what was seen. */
  recount(taken: number, below: number): void {
    if (!this.following) this.#seen = taken - below;
  }

  /** Back to the end. */
  follow(): void {
    this.following = true;
  }
}
