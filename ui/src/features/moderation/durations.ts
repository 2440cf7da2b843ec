import type { MuteFor } from "../../ipc/backend";
import { m } from "../../paraglide/messages.js";

/** How long somebody can be muted for, by what tests call it. */
export const DURATIONS = ["0", "1", "24", "168", "720", "ever"] as const;
export type Duration = (typeof DURATIONS)[number];

export function muteFor(duration: Duration): MuteFor {
  if (duration === "0") return { kind: "this_broadcast" };
  if (duration === "ever") return { kind: "for_ever" };
  return { kind: "hours", hours: Number(duration) };
}

export const durationName = (duration: Duration): string =>
  ({
    "0": m.mute_broadcast,
    "1": m.mute_hour,
    "24": m.mute_day,
    "168": m.mute_week,
    "720": m.mute_month,
    ever: m.mute_ever,
  })[duration]();

const KEY = "mute-for";

/** What was chosen last, for the next time; it isn't worth a place among the preferences. */
export function lastDuration(): Duration {
  try {
    const kept = localStorage.getItem(KEY);
    return DURATIONS.find((d) => d === kept) ?? "24";
  } catch {
    return "24";
  }
}

export function keepDuration(duration: Duration): void {
  try {
    localStorage.setItem(KEY, duration);
  } catch {
    // No storage: the next time begins with a day.
  }
}
