/** What the words about a problem are made from, and what they consist of. */
import type { CallsLeft, Platform, Problem } from "../ipc/types/kaibo";
import { m } from "../paraglide/messages.js";
import { spaced, type Locale } from "./words";

export type Severity = "problem" | "warn" | "info";
export type Side = "yours" | "platform" | "network" | "encoder" | "kaibo";
export type RemedyKind =
  | "retry"
  | "sign_in"
  | "show_qr"
  | "verify"
  | "wait"
  | "edit_field"
  | "unlock_keyring"
  | "open_platform"
  | "look_again"
  | "connect_encoder"
  | "open_encoder"
  | "stop_encoder"
  | "send_encoder"
  | "open_history"
  | "open_relay";

/** The one button beside a problem. */
export interface Remedy {
  kind: RemedyKind;
  label: string;
  /** `wait`: seconds until trying again makes sense; 0 when the platform didn't say. */
  seconds?: number;
  /** `edit_field`, or `sign_in` for a field of the connect form: its name on the wire. */
  field?: string;
  /** `open_platform`: the page to open, after asking. */
  url?: string;
  /** `show_qr` and `verify`: what the code holds. */
  qr?: string;
}

/** What an entry's words are made from. */
export interface Facts {
  problem: Problem;
  /** Calls left of the account's quota, where they are known. */
  calls: CallsLeft | null;
  platform: Platform | null;
  /** The platform's name, or "the platform". */
  name: string;
  locale: Locale;
  at: { locale: Locale };
}

export interface Entry<Code> {
  severity: Severity;
  side: Side;
  action: RemedyKind;
  title: (facts: Facts, code: Code) => string;
  next: (facts: Facts, code: Code) => string;
}

/** Our own words get their spaces; the platform's are left as they are. */
export const spacedNext = (text: string, facts: Facts): string =>
  facts.problem.message && text.includes(facts.problem.message) ? text : spaced(text, facts.locale);

/** The platform's own words, else ours. */
export const saidOr = (facts: Facts, ours: string): string =>
  facts.problem.message
    ? m.problem_said({ platform: facts.name, message: facts.problem.message }, facts.at)
    : ours;
