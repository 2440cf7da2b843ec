/** The one table from a problem to words, severity, whose side it is on, and one action. */
import { m } from "../paraglide/messages.js";
import { getLocale } from "../paraglide/runtime.js";
import type { InvalidReason, Platform, Problem, ProblemCode, UnreadableHow } from "../ipc/types/kaibo";
import { fieldName, isDetail, malformedHint } from "./fieldnames";
import { platformName, spaced, waitWords, type Locale } from "./words";

export type Severity = "problem" | "warn" | "info";
export type Side = "yours" | "platform" | "network" | "kaibo";
export type RemedyKind =
  "retry" | "sign_in" | "show_qr" | "wait" | "edit_field" | "unlock_keyring" | "open_platform" | "look_again";

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
  /** `show_qr`: what the code holds. */
  qr?: string;
}

/** A problem as the streamer reads it. */
export interface ProblemWords {
  /** What happened. */
  title: string;
  /** What to do next, with the platform's own code last, in brackets. */
  next: string;
  /** The same in a few words, to stand beside a field. */
  brief: string;
  severity: Severity;
  /** Whose side it is on. */
  side: Side;
  /** `side` in words. */
  sideLabel: string;
  action: Remedy;
}

export interface ProblemContext {
  /** The platform, where the problem itself doesn't name one. */
  platform?: Platform | null;
  locale?: Locale;
}

/** What an entry's words are made from. */
interface Facts {
  problem: Problem;
  platform: Platform | null;
  /** The platform's name, or "the platform". */
  name: string;
  locale: Locale;
  at: { locale: Locale };
}

interface Entry<Code> {
  severity: Severity;
  side: Side;
  action: RemedyKind;
  title: (facts: Facts, code: Code) => string;
  next: (facts: Facts, code: Code) => string;
}

type CodeOf<Kind> = Extract<ProblemCode, { kind: Kind }>;
type Table = { [Kind in ProblemCode["kind"]]: Entry<CodeOf<Kind>> };

/** Where each platform's own pages for broadcasters or developers begin. */
const consoles: Record<Platform, string> = {
  weibo: "https://open.weibo.com/apps",
  taobao: "https://open.taobao.com/",
  qiniu: "https://portal.qiniu.com/",
  bilibili: "https://link.bilibili.com/p/center/index",
};

/** A platform's own page for those who broadcast or develop there. */
export const consolePage = (platform: Platform): string => consoles[platform];

/** Our own words get their spaces; the platform's are left as they are. */
const spacedNext = (text: string, facts: Facts): string =>
  facts.problem.message && text.includes(facts.problem.message) ? text : spaced(text, facts.locale);

/** The platform's own words, else ours. */
const saidOr = (facts: Facts, ours: string): string =>
  facts.problem.message
    ? m.problem_said({ platform: facts.name, message: facts.problem.message }, facts.at)
    : ours;

const tooLong = (facts: Facts, used: number, limit: number): string => {
  const n = Math.max(1, used - limit);
  return n === 1
    ? m.problem_invalid_too_long_next_one({}, facts.at)
    : m.problem_invalid_too_long_next({ n }, facts.at);
};

const invalidTitle = (facts: Facts, field: string, reason: InvalidReason): string => {
  const name = fieldName(field, facts.platform, facts.locale);
  switch (reason.why) {
    case "empty":
      return m.problem_invalid_empty({ field: name }, facts.at);
    case "too_long":
      return m.problem_invalid_too_long({ field: name, used: reason.used, limit: reason.limit }, facts.at);
    case "malformed":
      return m.problem_invalid_malformed({ field: name }, facts.at);
    case "refused":
      return m.problem_invalid_refused({ field: name, platform: facts.name }, facts.at);
  }
};

const invalidNext = (facts: Facts, field: string, reason: InvalidReason): string => {
  switch (reason.why) {
    case "empty":
      return m.problem_invalid_empty_next({}, facts.at);
    case "too_long":
      return tooLong(facts, reason.used, reason.limit);
    case "malformed":
      return malformedHint(field, facts.locale);
    case "refused":
      return saidOr(facts, m.problem_invalid_refused_next({}, facts.at));
  }
};

const invalidBrief = (facts: Facts, field: string, reason: InvalidReason): string => {
  switch (reason.why) {
    case "empty":
      return m.problem_invalid_empty_brief({}, facts.at);
    case "too_long": {
      const { used, limit } = reason;
      return m.problem_invalid_too_long_brief({ used, limit, n: Math.max(1, used - limit) }, facts.at);
    }
    case "malformed":
      return malformedHint(field, facts.locale);
    case "refused":
      return saidOr(facts, m.problem_invalid_refused_brief({ platform: facts.name }, facts.at));
  }
};

const unreadable: Record<
  UnreadableHow,
  { title: typeof m.problem_refused; next: typeof m.problem_refused_next }
> = {
  html: { title: m.problem_unreadable_html, next: m.problem_unreadable_html_next },
  truncated: { title: m.problem_unreadable_truncated, next: m.problem_unreadable_truncated_next },
  too_large: { title: m.problem_unreadable_too_large, next: m.problem_unreadable_too_large_next },
  too_deep: { title: m.problem_unreadable_too_deep, next: m.problem_unreadable_too_deep_next },
  malformed: { title: m.problem_unreadable_malformed, next: m.problem_unreadable_malformed_next },
};

const table: Table = {
  sign_in_expired: {
    severity: "problem",
    side: "yours",
    action: "sign_in",
    title: (f) => m.problem_sign_in_expired({ platform: f.name }, f.at),
    next: (f) => {
      if (f.platform === "bilibili") return m.problem_sign_in_expired_next_bilibili({}, f.at);
      if (f.platform === "weibo") return m.problem_sign_in_expired_next_weibo({}, f.at);
      return m.problem_sign_in_expired_next({}, f.at);
    },
  },
  credentials_refused: {
    severity: "problem",
    side: "yours",
    action: "sign_in",
    title: (f) => m.problem_credentials_refused({ platform: f.name }, f.at),
    next: (f) =>
      f.platform === "bilibili"
        ? m.problem_credentials_refused_next_bilibili({}, f.at)
        : m.problem_credentials_refused_next({}, f.at),
  },
  not_allowed: {
    severity: "problem",
    side: "yours",
    action: "open_platform",
    title: (f) =>
      f.platform === "taobao"
        ? m.problem_taobao_not_allowed({}, f.at)
        : m.problem_not_allowed({ platform: f.name }, f.at),
    next: (f) =>
      f.platform === "taobao"
        ? m.problem_taobao_not_allowed_next({}, f.at)
        : saidOr(f, m.problem_not_allowed_next({}, f.at)),
  },
  not_found: {
    severity: "problem",
    side: "platform",
    action: "look_again",
    title: (f) => m.problem_not_found({ platform: f.name }, f.at),
    next: (f) =>
      f.platform === "taobao"
        ? m.problem_not_found_next_taobao({}, f.at)
        : m.problem_not_found_next({}, f.at),
  },
  invalid: {
    severity: "problem",
    side: "yours",
    action: "edit_field",
    title: (f, code) => invalidTitle(f, code.field, code.reason),
    next: (f, code) => invalidNext(f, code.field, code.reason),
  },
  rate_limited: {
    severity: "warn",
    side: "platform",
    action: "wait",
    title: (f) => m.problem_rate_limited({ platform: f.name }, f.at),
    next: (f) =>
      f.problem.retry_after
        ? m.problem_rate_limited_next({ wait: waitWords(f.problem.retry_after, f.locale) }, f.at)
        : m.problem_rate_limited_next_any({}, f.at),
  },
  face_check: {
    severity: "problem",
    side: "yours",
    action: "show_qr",
    title: (f) => m.problem_face_check({ platform: f.name }, f.at),
    next: (f) => m.problem_face_check_next({}, f.at),
  },
  client_refused: {
    severity: "problem",
    side: "platform",
    action: "look_again",
    title: (f) => m.problem_client_refused({ platform: f.name }, f.at),
    next: (f) =>
      f.platform === "bilibili"
        ? m.problem_client_refused_next({}, f.at)
        : m.problem_client_refused_next_any({}, f.at),
  },
  identity_check: {
    severity: "problem",
    side: "yours",
    action: "open_platform",
    title: (f) => m.problem_identity_check({ platform: f.name }, f.at),
    next: (f) =>
      f.platform === "bilibili"
        ? m.problem_identity_check_next({}, f.at)
        : m.problem_identity_check_next_any({}, f.at),
  },
  area_gone: {
    severity: "problem",
    side: "yours",
    action: "edit_field",
    title: (f) => m.problem_area_gone({}, f.at),
    next: (f) => m.problem_area_gone_next({}, f.at),
  },
  chat_dropped: {
    severity: "warn",
    side: "platform",
    action: "edit_field",
    title: (f) => m.problem_chat_dropped({ platform: f.name }, f.at),
    next: (f) => m.problem_chat_dropped_next({}, f.at),
  },
  wrong_state: {
    severity: "warn",
    side: "yours",
    action: "look_again",
    title: (f) => m.problem_wrong_state({}, f.at),
    next: (f) => m.problem_wrong_state_next({}, f.at),
  },
  platform_down: {
    severity: "problem",
    side: "platform",
    action: "retry",
    title: (f) => m.problem_platform_down({ platform: f.name }, f.at),
    next: (f) => m.problem_platform_down_next({}, f.at),
  },
  refused: {
    severity: "problem",
    side: "platform",
    action: "retry",
    title: (f) => m.problem_refused({ platform: f.name }, f.at),
    next: (f) => saidOr(f, m.problem_refused_next({}, f.at)),
  },
  network: {
    severity: "problem",
    side: "network",
    action: "retry",
    title: (f) =>
      f.platform ? m.problem_network({ platform: f.name }, f.at) : m.problem_network_any({}, f.at),
    next: (f) => m.problem_network_next({}, f.at),
  },
  timeout: {
    severity: "problem",
    side: "network",
    action: "retry",
    title: (f) => m.problem_timeout({ platform: f.name }, f.at),
    next: (f) => m.problem_timeout_next({}, f.at),
  },
  outcome_unknown: {
    severity: "warn",
    side: "network",
    action: "look_again",
    title: (f) => m.problem_outcome_unknown({ platform: f.name }, f.at),
    next: (f) => m.problem_outcome_unknown_next({}, f.at),
  },
  unreadable: {
    severity: "problem",
    side: "platform",
    action: "retry",
    title: (f, code) => unreadable[code.how].title({ platform: f.name }, f.at),
    next: (f, code) => unreadable[code.how].next({}, f.at),
  },
  keyring_locked: {
    severity: "warn",
    side: "yours",
    action: "unlock_keyring",
    title: (f) => m.problem_keyring_locked({}, f.at),
    next: (f) => m.problem_keyring_locked_next({}, f.at),
  },
  no_stream_key: {
    severity: "info",
    side: "yours",
    action: "look_again",
    title: (f) => m.problem_no_stream_key({}, f.at),
    next: (f) => m.problem_no_stream_key_next({}, f.at),
  },
  storage: {
    severity: "problem",
    side: "kaibo",
    action: "retry",
    title: (f) => m.problem_storage({}, f.at),
    next: (f) => m.problem_storage_next({}, f.at),
  },
  internal: {
    severity: "problem",
    side: "kaibo",
    action: "retry",
    title: (f) => m.problem_internal({}, f.at),
    next: (f) =>
      f.problem.detail_id
        ? m.problem_internal_next({ id: f.problem.detail_id }, f.at)
        : m.problem_internal_next_bare({}, f.at),
  },
};

/** Weibo 21321: the app isn't reviewed and the account isn't a test account, under whichever kind it comes. */
const weiboUnreviewed = (facts: Facts): boolean =>
  facts.platform === "weibo" && facts.problem.platform_code === "21321";

const entryOf = (facts: Facts): Entry<ProblemCode> => {
  const entry = table[facts.problem.code.kind] as Entry<ProblemCode>;
  if (!weiboUnreviewed(facts)) return entry;
  return {
    ...entry,
    side: "yours",
    action: "open_platform",
    title: () => m.problem_weibo_unreviewed({}, facts.at),
    next: () => m.problem_weibo_unreviewed_next({}, facts.at),
  };
};

const sideLabel = (side: Side, facts: Facts): string => {
  switch (side) {
    case "yours":
      return m.side_yours({}, facts.at);
    case "network":
      return m.side_network({}, facts.at);
    case "kaibo":
      return m.side_kaibo({}, facts.at);
    case "platform":
      return facts.platform
        ? spaced(m.side_platform({ platform: facts.name }, facts.at), facts.locale)
        : m.side_platform_any({}, facts.at);
  }
};

const waitRemedy = (facts: Facts): Remedy => {
  const seconds = facts.problem.retry_after ?? 0;
  const label =
    seconds > 0
      ? m.remedy_wait({ wait: waitWords(seconds, facts.locale) }, facts.at)
      : m.remedy_wait_any({}, facts.at);
  return { kind: "wait", label, seconds };
};

const fieldOf = (code: ProblemCode): string => {
  if (code.kind === "invalid") return code.field;
  return code.kind === "area_gone" ? "area" : "chat";
};

const remedyOf = (kind: RemedyKind, facts: Facts): Remedy => {
  const { code } = facts.problem;
  switch (kind) {
    case "retry":
      return { kind, label: m.remedy_retry({}, facts.at) };
    case "sign_in":
      return { kind, label: m.remedy_sign_in({}, facts.at) };
    case "show_qr":
      return { kind, label: m.remedy_show_qr({}, facts.at), qr: code.kind === "face_check" ? code.url : "" };
    case "wait":
      return waitRemedy(facts);
    case "edit_field": {
      const field = fieldOf(code);
      // What stands in the connect form is put right there.
      const where = isDetail(field) ? kind : "sign_in";
      return { kind: where, label: m.remedy_edit_field({}, facts.at), field };
    }
    case "unlock_keyring":
      return { kind, label: m.remedy_unlock_keyring({}, facts.at) };
    case "look_again":
      return { kind, label: m.remedy_look_again({}, facts.at) };
    case "open_platform":
      // With no platform there is no page to open.
      if (!facts.platform) return { kind: "retry", label: m.remedy_retry({}, facts.at) };
      return {
        kind,
        label: spaced(m.remedy_open_platform({ platform: facts.name }, facts.at), facts.locale),
        url: consoles[facts.platform],
      };
  }
};

/** A problem in words: what happened, whose side, what to do next, one action. Pure. */
export function problemWords(problem: Problem, context: ProblemContext = {}): ProblemWords {
  const locale = context.locale ?? getLocale();
  const at = { locale };
  const platform = problem.platform ?? context.platform ?? null;
  const name = platform ? platformName(platform, locale) : m.problem_platform({}, at);
  const facts: Facts = { problem, platform, name, locale, at };
  const { code } = problem;
  const entry = entryOf(facts);
  const title = spaced(entry.title(facts, code), locale);
  const tail = problem.platform_code ? m.problem_code({ code: problem.platform_code }, at) : "";
  const brief =
    code.kind === "invalid" ? spacedNext(invalidBrief(facts, code.field, code.reason), facts) : title;
  return {
    title,
    next: spacedNext(entry.next(facts, code), facts) + tail,
    brief,
    severity: entry.severity,
    side: entry.side,
    sideLabel: sideLabel(entry.side, facts),
    action: remedyOf(entry.action, facts),
  };
}

/** Every kind the table knows; the type makes it complete. */
export const problemKinds = Object.keys(table) as ProblemCode["kind"][];
