/** Numbers of the relay's settings as they were typed; the program checks them again. */

const within = (typed: string, low: number, high: number): number | null => {
  const n = /^\d{1,6}$/.test(typed.trim()) ? Number(typed) : -1;
  return n >= low && n <= high ? n : null;
};

/** A port that needs no rights of its own. */
export const portFrom = (typed: string): number | null => within(typed, 1_024, 65_535);

/** Seconds that rooms are held. */
export const holdFrom = (typed: string): number | null => within(typed, 5, 300);

/** Mbit/s with a dot or a comma, in kbit/s; an empty one is 0, not told. */
export function uploadFrom(typed: string): number | null {
  const text = typed.trim().replace(",", ".");
  if (text === "") return 0;
  const kbps = /^\d{1,5}(\.\d{1,3})?$/.test(text) ? Math.round(Number(text) * 1_000) : 0;
  return kbps >= 100 && kbps <= 10_000_000 ? kbps : null;
}

/** The same the other way. */
export const uploadTo = (kbps: number): string => (kbps === 0 ? "" : String(kbps / 1_000));
