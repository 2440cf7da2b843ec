import type { ChatLine } from "../../ipc/backend";

/**
 * A row of the pane. Rows are replaced, never changed; `id` is that of the first line it stands for, and `key` is the
 * row's alone.
 */
export type Row =
  | {
      kind: "line";
      key: number;
      id: number;
      line: ChatLine;
      /** Lines like it that it stands for. */
      more: number;
      /** For messages said alike: the first of them, as many as `more` and one; others may follow. */
      alike: readonly ChatLine[];
      /** Stands in an open fold. */
      inside?: boolean;
    }
  | { kind: "time"; key: number; id: number; at: number }
  | {
      kind: "fold";
      key: number;
      id: number;
      /** Lines it stands for. */
      count: number;
      /** Those of them that never came: the history alone has them. */
      skipped: number;
      /** The others, as far as they are kept still; more may follow that don't count yet. */
      lines: readonly ChatLine[];
    }
  | { kind: "dropped"; key: number; id: number; count: number };
export type FoldRow = Row & { kind: "fold" };

const KINDS = ["line", "fold", "time", "dropped", "inside"] as const;

/** The key of a row, `inside` of one in an open fold. A number, as thousands of rows are kept. */
export const rowKey = (kind: (typeof KINDS)[number], id: number): number =>
  id * KINDS.length + KINDS.indexOf(kind);
