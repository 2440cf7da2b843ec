import type { ChatLine } from "../../ipc/backend";

/** A row of the pane: a line, a time between lines, or what is no longer here. */
export type Row =
  | { kind: "line"; key: string; line: ChatLine; /** Lines like it that it stands for. */ more: number }
  | { kind: "time"; key: string; at: number }
  | { kind: "dropped"; key: string; count: number };

/** Time between two time rows, ms. */
const TIME_STEP = 5 * 60_000;
/** Time after which a like count or somebody coming in is news of its own, ms. */
const FOLD_WITHIN = 60_000;

/**
 * Rows for lines, oldest first. Like counts and people coming in fold into the last of their kind while
 * nothing else was said in that room; messages, gifts and notices never fold.
 */
export function rows(lines: readonly ChatLine[], dropped: number): Row[] {
  const out: Row[] = [];
  if (dropped > 0) out.push({ kind: "dropped", key: "dropped", count: dropped });
  let slot = -1;
  for (const line of lines) {
    const now = Math.floor(line.at / TIME_STEP);
    if (slot >= 0 && now > slot) out.push({ kind: "time", key: `t${line.id}`, at: now * TIME_STEP });
    slot = Math.max(slot, now);
    const last = out.at(-1);
    const folds =
      (line.kind === "like" || line.kind === "entry") &&
      last?.kind === "line" &&
      last.line.kind === line.kind &&
      last.line.room === line.room &&
      line.at - last.line.at < FOLD_WITHIN;
    if (folds) out[out.length - 1] = { ...last, line, more: last.more + 1 };
    else out.push({ kind: "line", key: `l${line.id}`, line, more: 0 });
  }
  return out;
}

/** Whether the pane follows the newest line, and what came while it didn't. */
export class Stick {
  /** Px from the end that still count as being there. */
  static readonly SLACK = 24;

  following = true;
  #seen = 0;

  /** Where the pane stands now; `newest` is the id of the newest line. */
  scrolled(offset: number, viewport: number, size: number, newest: number): void {
    this.following = offset + viewport >= size - Stick.SLACK;
    if (this.following) this.#seen = newest;
  }

  /** New lines came: how many stand below what was seen. */
  unseen(lines: readonly ChatLine[]): number {
    if (this.following) {
      this.#seen = lines.at(-1)?.id ?? this.#seen;
      return 0;
    }
    let n = 0;
    for (let i = lines.length - 1; i >= 0 && (lines[i]?.id ?? 0) > this.#seen; i--) n += 1;
    return n;
  }

  /** Back to the end. */
  follow(): void {
    this.following = true;
  }
}
