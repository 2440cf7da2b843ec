import type { EncoderFigures } from "../../ipc/backend";
import type { Point } from "../figures/series";

/** Older than this, figures are said to be old: they come once a second. */
export const OLD_MS = 5_000;

/** Frames dropped, in percent of those that were due: 0, 0.04, 1.2, 12. */
export function droppedShare({ dropped, frames }: EncoderFigures): string {
  if (dropped === 0 || frames === 0) return "0";
  const share = (100 * dropped) / frames;
  if (share < 0.01) return "<0.01";
  if (share < 1) return share.toFixed(2);
  return share < 10 ? share.toFixed(1) : share.toFixed(0);
}

export const bitrates = (figures: readonly EncoderFigures[]): Point[] =>
  figures.map(({ at, kbps }) => ({ at, value: kbps }));

export const congestions = (figures: readonly EncoderFigures[]): Point[] =>
  figures.map(({ at, congestion }) => ({ at, value: congestion }));

/** Frames dropped from one reading to the next. A count that went down began anew. */
export const drops = (figures: readonly EncoderFigures[]): Point[] =>
  figures.map(({ at, dropped }, i) => {
    const before = figures[i - 1]?.dropped ?? dropped;
    return { at, value: Math.max(0, dropped - before) };
  });
