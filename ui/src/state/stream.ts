import type { Backend, Batch } from "../ipc/backend";
import type { Model } from "./model.svelte";

/** Runs `draw` at the next frame; a hidden window has no frames, so time stands in. */
export type Schedule = (draw: () => void) => void;

const HIDDEN_MS = 300;

export const nextFrame: Schedule = (draw) => {
  let done = false;
  const once = (): void => {
    if (done) return;
    done = true;
    clearTimeout(late);
    draw();
  };
  const late = setTimeout(once, HIDDEN_MS);
  requestAnimationFrame(once);
};

/** After the frame that runs now was laid out and painted: a task made in a frame comes behind that. */
export const afterPaint: Schedule = (then) => void setTimeout(then);

/**
 * Follows the program's batches into a model: applied once a frame, told as drawn once they are painted.
 * `lost` is called when a number is missing or no more will come: it has to start the stream anew.
 */
export class Stream {
  #waiting: Batch[] = [];
  #expected = 0;
  #turn = 0;
  #scheduled = false;

  constructor(
    private readonly backend: Backend,
    private readonly model: Model,
    private readonly lost: () => void,
    private readonly schedule: Schedule = nextFrame,
    private readonly painted: Schedule = afterPaint,
  ) {}

  /** Subscribes; resolves when the program took it. */
  start(): Promise<void> {
    const turn = ++this.#turn;
    this.#waiting = [];
    this.#expected = 0;
    return this.backend.subscribe(
      (batch) => {
        if (turn === this.#turn) this.#receive(batch);
      },
      () => {
        if (turn === this.#turn) this.lost();
      },
    );
  }

  /** Takes nothing more. */
  stop(): void {
    this.#turn += 1;
    this.#waiting = [];
  }

  #receive(batch: Batch): void {
    if (batch.seq !== this.#expected) return this.lost();
    this.#expected += 1;
    this.#waiting.push(batch);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.schedule(() => this.#draw());
  }

  #draw(): void {
    this.#scheduled = false;
    const batches = this.#waiting;
    this.#waiting = [];
    const last = batches.at(-1);
    if (last === undefined) return;
    for (const batch of batches) this.model.apply(batch);
    const turn = this.#turn;
    this.painted(() => {
      if (turn === this.#turn) this.backend.drawn(last.seq);
    });
  }
}
