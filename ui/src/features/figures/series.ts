import type { FigureKind, Reading, RoomView } from "../../ipc/backend";

/** A value at a moment. */
export interface Point {
  at: number;
  value: number;
}

export const CHANGE_MS = 5 * 60_000;
const MINUTE = 60_000;
/** Figures older than this are said to be old. */
export const STALE_MS = 3 * MINUTE;

export function series(readings: readonly Reading[], kind: FigureKind): Point[] {
  return readings.flatMap((r) => {
    const value = r.figures[kind];
    return value === undefined ? [] : [{ at: r.at, value }];
  });
}

/**
 * Change against five minutes ago, or none when there is no reading that old. Late in an evening readings are further
 * apart than that: what was between two of them is taken to have moved evenly.
 */
export function changeOver(points: readonly Point[], now: number, value: number): number | null {
  const then = now - CHANGE_MS;
  const at = points.findLastIndex((p) => p.at <= then);
  const before = points[at];
  if (!before) return null;
  const after = points[at + 1] ?? { at: now, value };
  const share = (then - before.at) / Math.max(1, after.at - before.at);
  return value - Math.round(before.value + share * (after.value - before.value));
}

/** The figure that tells the crowd, where a room has one. */
export const crowdKind = (room: RoomView): FigureKind | null =>
  room.figures.watching !== undefined
    ? "watching"
    : room.figures.popularity !== undefined
      ? "popularity"
      : null;

/** A line through points, in a box of the given size; `low`..`high` is its height. */
export function path(
  points: readonly Point[],
  box: { width: number; height: number; pad: number },
  range: { from: number; to: number; low: number; high: number },
): string {
  const across = Math.max(1, range.to - range.from);
  const up = Math.max(1, range.high - range.low);
  return points
    .map((p, i) => {
      const x = ((p.at - range.from) / across) * box.width;
      const y = box.height - box.pad - ((p.value - range.low) / up) * (box.height - 2 * box.pad);
      return `${i === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join("");
}

/** A round number at or above `n`, for the top of an axis. */
export function ceiling(n: number): number {
  if (n <= 10) return 10;
  const step = 10 ** Math.floor(Math.log10(n));
  for (const f of [1, 1.2, 1.4, 1.6, 2, 2.5, 3, 4, 5, 6, 8, 10]) if (f * step >= n) return f * step;
  return 10 * step;
}
