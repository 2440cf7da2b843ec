import type { FigureKind, SessionSummary, SummaryView } from "../../ipc/backend";

/** A crowd at a moment. */
export interface Peak {
  value: number;
  at: number;
}

/** The figure that the evening's crowd is told by: heads where any room counts them. */
export function crowdOf(view: SummaryView): FigureKind | null {
  const told = view.sessions.map((s) => s.crowd);
  return told.includes("watching") ? "watching" : told.includes("popularity") ? "popularity" : null;
}

/** A room's crowd in each part of the time; a part without a reading has that of the one before. */
export function filled({ crowds }: SessionSummary): (number | null)[] {
  const last = crowds.findLastIndex((n) => n !== null);
  let before: number | null = null;
  return crowds.map((n, at) => (at > last ? null : (before = n ?? before)));
}

/** The crowd of all rooms that count the same thing, in each part of the time. */
export function together(view: SummaryView): (number | null)[] {
  const kind = crowdOf(view);
  const rooms = view.sessions.filter((s) => kind !== null && s.crowd === kind).map(filled);
  return Array.from({ length: rooms[0]?.length ?? 0 }, (_, at) => {
    const here = rooms.map((r) => r[at] ?? null).filter((n) => n !== null);
    return here.length > 0 ? here.reduce((sum, n) => sum + n, 0) : null;
  });
}

/** The evening's peak. Of one room it is to the minute. */
export function peakOf(view: SummaryView): Peak | null {
  const kind = crowdOf(view);
  const rooms = view.sessions.filter((s) => kind !== null && s.crowd === kind);
  const only = rooms.length === 1 && kind ? rooms[0]?.figures[kind] : undefined;
  if (only) return { value: only.peak, at: only.peak_at };
  return together(view).reduce<Peak | null>((best, value, at) => {
    if (value === null || (best && best.value >= value)) return best;
    return { value, at: view.from + at * view.part_ms };
  }, null);
}

/** The mean of the evening's crowd, over the time in which one was told. */
export function meanOf(view: SummaryView): number | null {
  const kind = crowdOf(view);
  const rooms = view.sessions.filter((s) => kind !== null && s.crowd === kind);
  const only = rooms.length === 1 && kind ? rooms[0]?.figures[kind] : undefined;
  if (only) return only.mean;
  const told = together(view).filter((n) => n !== null);
  return told.length > 0 ? Math.round(told.reduce((sum, n) => sum + n, 0) / told.length) : null;
}

/** A figure as it was last, over all rooms that have it; none where none has it. */
export function lastOf(view: SummaryView, kind: FigureKind): number | null {
  const told = view.sessions.flatMap((s) => s.figures[kind] ?? []);
  return told.length > 0 ? told.reduce((sum, f) => sum + f.last, 0) : null;
}

/** How much a figure grew. */
export function growthOf(view: SummaryView, kind: FigureKind): number | null {
  const told = view.sessions.flatMap((s) => s.figures[kind] ?? []);
  return told.length > 0 ? told.reduce((sum, f) => sum + f.last - f.first, 0) : null;
}

export const total = (view: SummaryView, of: "messages" | "lines" | "gifts" | "worth"): number =>
  view.sessions.reduce((sum, s) => sum + s.session[of], 0);

/** Messages of all rooms in each part of the time. */
export function messagesOf(view: SummaryView): number[] {
  const parts = Math.max(0, ...view.sessions.map((s) => s.messages.length));
  return Array.from({ length: parts }, (_, at) =>
    view.sessions.reduce((sum, s) => sum + (s.messages[at] ?? 0), 0),
  );
}

/** A line through the parts that have a value, in a box that is `width` × `height`; each gap begins anew. */
export function trace(
  values: readonly (number | null)[],
  { width, height }: { width: number; height: number },
  high: number,
): string {
  const each = width / Math.max(1, values.length);
  let pen = "M";
  return values
    .map((n, at) => {
      if (n === null) {
        pen = "M";
        return "";
      }
      const y = height - (n / Math.max(1, high)) * height;
      const point = `${pen}${((at + 0.5) * each).toFixed(1)} ${y.toFixed(1)}`;
      // A part alone is a point.
      const dot = pen === "M" && (values[at + 1] ?? null) === null ? "h.01" : "";
      pen = "L";
      return point + dot;
    })
    .join("");
}
