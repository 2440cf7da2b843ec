/** Seconds a revealed key stands in the window. */
export const REVEAL_S = 10;

/** A stream key while it is shown: fetched at a press, dropped after ten seconds or at the next press. */
export class Reveal {
  key = $state.raw<string | null>(null);
  secondsLeft = $state(0);
  #timer: ReturnType<typeof setInterval> | undefined;

  show(key: string): void {
    this.hide();
    this.key = key;
    this.secondsLeft = REVEAL_S;
    this.#timer = setInterval(() => {
      this.secondsLeft -= 1;
      if (this.secondsLeft <= 0) this.hide();
    }, 1_000);
  }

  hide(): void {
    clearInterval(this.#timer);
    this.key = null;
    this.secondsLeft = 0;
  }
}
