const SECOND = 1_000;
/** Steps of `near`. */
const NEAR_MS = 5_000;
/** Between its own moves behind another program's window, ms. */
const BEHIND_MS = 5_000;
/** How long after a second the clock moves by itself: what the program tells with that second may come first. */
const GRACE_MS = 30;

/**
 * The one clock of the window: moves once a second, so that all times move together, and together with what the
 * program tells then, because each frame costs the same, however little is in it. It stands while nobody sees it. While another
 * program has the keyboard, as a game has all evening, it moves to the second with what is drawn anyway, and draws
 * for its own sake every fifth second only.
 */
export class Clock {
  /** The second that it is, ms since 1970. */
  now = $state(0);
  /** The same to five seconds, for what isn't told to the second: all that hangs on it stands meanwhile. */
  readonly near = $derived(this.now - (this.now % NEAR_MS));
  #timer: ReturnType<typeof setTimeout> | undefined;
  #behind = false;
  readonly #seen = (): void => this.#next();
  readonly #focused = ({ type }: Event): void => {
    this.#behind = type === "blur";
    this.#next();
  };

  constructor(private readonly source: () => number = Date.now) {
    this.now = source();
  }

  start(): void {
    document.addEventListener("visibilitychange", this.#seen);
    window.addEventListener("focus", this.#focused);
    window.addEventListener("blur", this.#focused);
    this.#next();
  }

  stop(): void {
    document.removeEventListener("visibilitychange", this.#seen);
    window.removeEventListener("focus", this.#focused);
    window.removeEventListener("blur", this.#focused);
    clearTimeout(this.#timer);
  }

  /** Moves on to the second that it is: what is drawn now is drawn with it. */
  look(): void {
    const now = this.source();
    if (Math.floor(now / SECOND) > Math.floor(this.now / SECOND)) this.now = now - (now % SECOND);
  }

  #next(): void {
    clearTimeout(this.#timer);
    if (document.hidden) return;
    const now = this.source();
    // Also back: the machine's clock was set.
    this.now = now - (now % SECOND);
    const step = this.#behind ? BEHIND_MS : SECOND;
    this.#timer = setTimeout(this.#seen, step - (now % step) + GRACE_MS);
  }
}
