/** The one clock of the window: ticks once a second, so that all times move together. */
export class Clock {
  now = $state(0);
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly source: () => number = Date.now) {
    this.now = source();
  }

  start(): void {
    this.now = this.source();
    this.#timer = setTimeout(() => this.start(), 1_000 - (this.now % 1_000));
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
