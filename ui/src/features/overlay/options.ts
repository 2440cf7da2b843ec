/** What the overlay's settings may be; the program checks it again. */

/** The longest style sheet of one's own, in bytes. */
export const CSS_CAP = 32 * 1024;
/** Sizes of letters to choose from, in px. */
export const FONTS = [16, 20, 24, 28, 32, 40, 48];
/** How long a line may stay, in seconds; 0: until newer ones push it out. */
export const STAYS = [0, 10, 20, 30, 60, 120, 300];

export const cssBytes = (css: string): number => new TextEncoder().encode(css).length;

/** A typed port that needs no rights of its own. */
export function portFrom(typed: string): number | null {
  const port = /^\d{4,5}$/.test(typed.trim()) ? Number(typed) : 0;
  return port >= 1024 && port <= 65_535 ? port : null;
}
