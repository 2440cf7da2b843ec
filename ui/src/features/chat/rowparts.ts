import type { ChatLine } from "../../ipc/backend";
import { recalled, type ChatLog } from "../../state/chatlog.svelte";
import { rowKey, type Row } from "./row";

const NONE: readonly ChatLine[] = [];

/** The row as it stands after lines were taken back; the same when none of them is in it. */
export function afterRecall(row: Row, log: ChatLog): Row {
  const hit = (line: ChatLine): boolean => !line.recalled && log.gone(line.id);
  if (row.kind === "fold") {
    if (!row.lines.some(hit)) return row;
    return { ...row, lines: row.lines.map((line) => (hit(line) ? recalled(line) : line)) };
  }
  if (row.kind !== "line") return row;
  if (!hit(row.line) && !row.alike.some(hit)) return row;
  const list = row.alike.map((line) => (hit(line) ? recalled(line) : line));
  const head = list.find((line) => !line.recalled) ?? recalled(row.line);
  return { ...row, line: head, alike: list };
}

/** Rows with the lines of those folds that are open below them. */
export function unfold(rows: readonly Row[], open: ReadonlySet<number>): readonly Row[] {
  if (open.size === 0) return rows;
  return rows.flatMap((row) =>
    row.kind === "fold" && open.has(row.key)
      ? [row, ...row.lines.slice(0, row.count - row.skipped).map(inside)]
      : row,
  );
}

const inside = (line: ChatLine): Row => ({
  kind: "line",
  key: rowKey("inside", line.id),
  id: line.id,
  line,
  more: 0,
  alike: NONE,
  inside: true,
});

/** Lines that these rows stand for. */
export function linesOf(rows: readonly Row[]): number {
  let lines = 0;
  for (const row of rows) {
    if (row.kind === "line") lines += row.more + 1;
    else if (row.kind === "fold") lines += row.count;
  }
  return lines;
}

/** Lines that rows after this one stand for; ids count up. */
export const linesAfter = (rows: readonly Row[], id: number): number =>
  linesOf(rows.filter((row) => row.id > id));

/** The line with this id among the rows, also where it is folded into one. */
export function lineOf(rows: readonly Row[], id: number): ChatLine | undefined {
  for (let at = rows.length - 1; at >= 0; at--) {
    const row = rows[at];
    if (row?.kind === "line") {
      if (row.line.id === id) return row.line;
      const found = row.alike.find((line) => line.id === id);
      if (found) return found;
    } else if (row?.kind === "fold") {
      const found = row.lines.find((line) => line.id === id);
      if (found) return found;
    }
  }
  return undefined;
}
