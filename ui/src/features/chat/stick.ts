/** Whether the pane follows the newest line, and what came while it didn't. */
export class Stick {
  /** Px from the end that still count as being there. */
  static readonly SLACK = 24;

  following = true;
  #seen = 0;

  /** Where the pane stands now; `taken` is how many lines it has shown so far. */
  scrolled(offset: number, viewport: number, size: number, taken: number): void {
    const follows = offset + viewport >= size - Stick.SLACK;
    if (follows || this.following) this.#seen = taken;
    this.following = follows;
  }

  /** Of so many lines that were shown so far: how many stand below what was seen. */
  unseen(taken: number): number {
    if (this.following || taken < this.#seen) this.#seen = taken;
    return taken - this.#seen;
  }

  /** Back to the end. */
  follow(): void {
    this.following = true;
  }
}
