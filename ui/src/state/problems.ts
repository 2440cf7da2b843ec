/** From a problem to words, severity, whose side it is on, and one action. */
import { m } from "../paraglide/messages.js";
import { getLocale } from "../paraglide/runtime.js";
import type { CallsLeft, Platform, Problem, ProblemCode } from "../ipc/types/kaibo";
import { timeOfDay } from "./format";
import { invalidBrief } from "./invalidwords";
import { spacedNext, type Entry, type Facts, type Remedy, type Severity, type Side } from "./problemfacts";
import { table } from "./problemtable";
import { remedyOf } from "./remedies";
import { platformName, spaced, type Locale } from "./words";

export type { Remedy, RemedyKind, Severity, Side } from "./problemfacts";
export { consolePage } from "./remedies";

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
  /** Calls left of the account's quota: a limit that was reached is told by them. */
  calls?: CallsLeft | null;
  locale?: Locale;
}

/** Weibo 21321: the app isn't reviewed and the account isn't a test account, under whichever kind it comes. */
const weiboUnreviewed = (facts: Facts): boolean =>
  facts.platform === "weibo" && facts.problem.platform_code === "21321";

/** The day's calls are used up: there is nothing to do but wait for the next count. */
const spentEntry = (entry: Entry<ProblemCode>, { of, resets_at }: CallsLeft): Entry<ProblemCode> => ({
  ...entry,
  title: (f) => m.problem_calls_spent({ platform: f.name, of }, f.at),
  next: (f) => m.problem_calls_spent_next({ time: timeOfDay(resets_at) }, f.at),
});

const entryOf = (facts: Facts): Entry<ProblemCode> => {
  const entry = table[facts.problem.code.kind] as Entry<ProblemCode>;
  if (facts.problem.code.kind === "rate_limited" && facts.calls?.left === 0)
    return spentEntry(entry, facts.calls);
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
    case "encoder":
      return m.side_encoder({}, facts.at);
    case "kaibo":
      return m.side_kaibo({}, facts.at);
    case "platform":
      return facts.platform
        ? spaced(m.side_platform({ platform: facts.name }, facts.at), facts.locale)
        : m.side_platform_any({}, facts.at);
  }
};

/** A problem in words: what happened, whose side, what to do next, one action. Pure. */
export function problemWords(problem: Problem, context: ProblemContext = {}): ProblemWords {
  const locale = context.locale ?? getLocale();
  const at = { locale };
  const platform = problem.platform ?? context.platform ?? null;
  const name = platform ? platformName(platform, locale) : m.problem_platform({}, at);
  const facts: Facts = { problem, calls: context.calls ?? null, platform, name, locale, at };
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
