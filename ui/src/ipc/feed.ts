import { invoke } from "@tauri-apps/api/core";
import type { Batch } from "./backend";

/** Batches that may wait to be drawn: those of one frame. With more the next isn't asked for. */
const AHEAD = 2;
/** Before a stream that failed counts as lost, ms: whoever begins anew at once might do so without an end. */
const FAILED_MS = 1_000;

/** Asks for the stream's batches one after the other, as fast as they are drawn. */
export class Feed {
  #turn = 0;
  #drawn = -1;
  #room: (() => void) | null = null;

  /** Begins anew; an earlier stream is no longer asked for. `lost` is told when there are no more batches. */
  async begin(receive: (batch: Batch) => void, lost: () => void): Promise<void> {
    const turn = ++this.#turn;
    this.#drawn = -1;
    this.#room?.();
    const first = await invoke<Batch>("subscribe");
    if (turn !== this.#turn) return;
    receive(first);
    void this.#follow(turn, first.seq, receive, lost);
  }

  /** Batch `seq` and all before it were drawn. */
  drawn(seq: number): void {
    this.#drawn = Math.max(this.#drawn, seq);
    this.#room?.();
  }

  async #follow(
    turn: number,
    first: number,
    receive: (batch: Batch) => void,
    lost: () => void,
  ): Promise<void> {
    let last = first;
    while (turn === this.#turn) {
      if (last - this.#drawn >= AHEAD) {
        await new Promise<void>((room) => (this.#room = room));
        continue;
      }
      const batch = await this.#next(last);
      if (turn !== this.#turn) return;
      if (batch === null) return lost();
      last = batch.seq;
      receive(batch);
    }
  }

  async #next(after: number): Promise<Batch | null> {
    try {
      return await invoke<Batch | null>("next_batch", { after });
    } catch {
      await new Promise((passed) => setTimeout(passed, FAILED_MS));
      return null;
    }
  }
}
