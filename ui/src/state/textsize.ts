/** Sizes that *larger* and *smaller* step through, percent. */
export const TEXT_SIZES = [80, 90, 100, 110, 125, 150, 175, 200] as const;
/** As it is until the streamer changes it. */
export const USUAL_SIZE = 100;

/** The next size up or down; the same at either end. */
export function stepped(now: number, up: boolean): number {
  const next = up ? TEXT_SIZES.find((s) => s > now) : TEXT_SIZES.findLast((s) => s < now);
  return next ?? now;
}

/** The size that Ctrl with +, − or 0 asks for; none for another key. */
export function sizeByKey(event: KeyboardEvent, now: number): number | null {
  if (event.key === "+" || event.key === "=") return stepped(now, true);
  if (event.key === "-" || event.key === "_") return stepped(now, false);
  return event.key === "0" ? USUAL_SIZE : null;
}
