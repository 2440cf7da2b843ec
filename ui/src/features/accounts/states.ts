import type { AccountView, Platform } from "../../ipc/backend";
import { m } from "../../paraglide/messages.js";
import type { Glyph } from "../../components";
import { problemWords } from "../../state/problems";

/** How an account is doing, as its row says it. */
export interface AccountWords {
  glyph: Glyph;
  tone: "plain" | "quiet" | "warn" | "problem";
  state: string;
  /** What to do, or when it was checked. */
  note: string;
  /** The note says what to do, and needs room. */
  advice: boolean;
  /** Only new credentials help. */
  needsSignIn: boolean;
  /** A page of the platform's where it can be put right. */
  page?: { url: string; label: string };
}

/** With keys and tokens of an app one is connected rather than signed in. */
const byKeys: readonly Platform[] = ["taobao", "qiniu"];

const MINUTE = 60_000;

export function checkedWords(at: number | null, now: number): string {
  if (at === null) return "";
  const minutes = Math.floor(Math.max(0, now - at) / MINUTE);
  if (minutes < 1) return m.accounts_checked_now();
  if (minutes < 60) return m.accounts_checked_minutes({ n: minutes });
  if (minutes < 24 * 60) return m.accounts_checked_hours({ n: Math.floor(minutes / 60) });
  return m.accounts_checked_days({ n: Math.floor(minutes / (24 * 60)) });
}

export function accountWords(account: AccountView, now: number): AccountWords {
  const words = account.problem
    ? problemWords(account.problem, { platform: account.platform, calls: account.calls_left })
    : undefined;
  const checked = checkedWords(account.checked_at, now);
  switch (account.state) {
    case "checking":
      return {
        glyph: "working",
        tone: "plain",
        state: m.accounts_state_checking(),
        note: "",
        advice: false,
        needsSignIn: false,
      };
    case "expired":
      return {
        glyph: "problem",
        tone: "problem",
        state: words?.title ?? m.accounts_state_expired(),
        note: words?.next ?? m.accounts_state_expired_next(),
        advice: true,
        needsSignIn: true,
      };
    case "no_secrets":
      return {
        glyph: "warning",
        tone: "warn",
        state: m.accounts_state_no_secrets(),
        note: m.accounts_state_no_secrets_next(),
        advice: true,
        needsSignIn: true,
      };
    case "refused":
      return {
        glyph: "problem",
        tone: "problem",
        state: words?.title ?? m.accounts_state_refused(),
        note: words?.next ?? checked,
        advice: true,
        needsSignIn: true,
      };
    case "signed_in":
      if (words) break;
      return {
        glyph: "healthy",
        tone: "plain",
        state: byKeys.includes(account.platform)
          ? m.accounts_state_connected()
          : m.accounts_state_signed_in(),
        note: checked,
        advice: false,
        needsSignIn: false,
      };
    case "unknown":
      if (words) break;
      return {
        glyph: "off",
        tone: "quiet",
        state: m.accounts_state_unknown(),
        note: checked,
        advice: false,
        needsSignIn: false,
      };
  }
  // Signed in or not known, and something else went wrong on asking.
  const severe = words?.severity === "problem";
  return {
    glyph: severe ? "problem" : "warning",
    tone: severe ? "problem" : "warn",
    state: words?.title ?? "",
    note: words?.next ?? "",
    advice: true,
    needsSignIn: words?.action.kind === "sign_in",
    page: words?.action.url ? { url: words.action.url, label: words.action.label } : undefined,
  };
}
