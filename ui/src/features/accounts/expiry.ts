/** When a sign-in runs out, and how many calls are left, in words. */
import type { AccountView, CallsLeft } from "../../ipc/backend";
import { m } from "../../paraglide/messages.js";
import { timeOfDay } from "../../state/format";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** From here on it is said in amber. */
const SOON = 3 * DAY;
const YEAR = 365 * DAY;
/** Under this share of the quota the figure is amber. */
const FEW = 0.1;

export interface Told {
  text: string;
  tone: "plain" | "warn" | "problem";
}

/** "Expires in n days": whole units, rounded down, so that it never promises too much; hours under a day. */
export function expiryWords(at: number, now: number): Told {
  const left = at - now;
  if (left <= 0) return { text: m.expires_gone(), tone: "problem" };
  const tone = left < SOON ? "warn" : "plain";
  if (left < HOUR) return { text: m.expires_minutes({ n: Math.max(1, Math.floor(left / MINUTE)) }), tone };
  if (left < DAY) return { text: m.expires_hours({ n: Math.floor(left / HOUR) }), tone };
  if (left < 2 * YEAR) return { text: m.expires_days({ n: Math.floor(left / DAY) }), tone };
  return { text: m.expires_years({ n: Math.floor(left / YEAR) }), tone };
}

/** When the sign-in of an account that works runs out; nothing where the platform doesn't tell. */
export const accountExpiry = (account: AccountView, now: number): Told | null =>
  account.expires_at !== null && account.state === "signed_in" ? expiryWords(account.expires_at, now) : null;

/** Calls left of the quota, and when it starts anew. */
export function callsWords({ left, of, resets_at }: CallsLeft): Told {
  const time = timeOfDay(resets_at);
  if (left === 0) return { text: m.accounts_calls_none({ of, time }), tone: "warn" };
  return { text: m.accounts_calls({ left, of, time }), tone: left < of * FEW ? "warn" : "plain" };
}
