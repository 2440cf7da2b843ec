/** Words for a refused field, and for an answer that could not be read. */
import type { InvalidReason, UnreadableHow } from "../ipc/types/kaibo";
import { m } from "../paraglide/messages.js";
import { fieldName, malformedHint } from "./fieldnames";
import { saidOr, type Facts } from "./problemfacts";

const tooLong = (facts: Facts, used: number, limit: number): string => {
  const n = Math.max(1, used - limit);
  return n === 1
    ? m.problem_invalid_too_long_next_one({}, facts.at)
    : m.problem_invalid_too_long_next({ n }, facts.at);
};

export const invalidTitle = (facts: Facts, field: string, reason: InvalidReason): string => {
  const name = fieldName(field, facts.platform, facts.locale);
  switch (reason.why) {
    case "empty":
      return m.problem_invalid_empty({ field: name }, facts.at);
    case "too_long":
      return m.problem_invalid_too_long({ field: name, used: reason.used, limit: reason.limit }, facts.at);
    case "too_many":
      return m.problem_invalid_too_many({ limit: reason.limit }, facts.at);
    case "malformed":
      return m.problem_invalid_malformed({ field: name }, facts.at);
    case "refused":
      return m.problem_invalid_refused({ field: name, platform: facts.name }, facts.at);
  }
};

export const invalidNext = (facts: Facts, field: string, reason: InvalidReason): string => {
  switch (reason.why) {
    case "empty":
      return m.problem_invalid_empty_next({}, facts.at);
    case "too_long":
      return tooLong(facts, reason.used, reason.limit);
    case "too_many":
      return m.problem_invalid_too_many_next({}, facts.at);
    case "malformed":
      return malformedHint(field, facts.locale);
    case "refused":
      return saidOr(facts, m.problem_invalid_refused_next({}, facts.at));
  }
};

export const invalidBrief = (facts: Facts, field: string, reason: InvalidReason): string => {
  switch (reason.why) {
    case "empty":
      return m.problem_invalid_empty_brief({}, facts.at);
    case "too_long": {
      const { used, limit } = reason;
      return m.problem_invalid_too_long_brief({ used, limit, n: Math.max(1, used - limit) }, facts.at);
    }
    case "too_many":
      return m.problem_invalid_too_many({ limit: reason.limit }, facts.at);
    case "malformed":
      return malformedHint(field, facts.locale);
    case "refused":
      return saidOr(facts, m.problem_invalid_refused_brief({ platform: facts.name }, facts.at));
  }
};

export const unreadable: Record<
  UnreadableHow,
  { title: typeof m.problem_refused; next: typeof m.problem_refused_next }
> = {
  html: { title: m.problem_unreadable_html, next: m.problem_unreadable_html_next },
  truncated: { title: m.problem_unreadable_truncated, next: m.problem_unreadable_truncated_next },
  too_large: { title: m.problem_unreadable_too_large, next: m.problem_unreadable_too_large_next },
  too_deep: { title: m.problem_unreadable_too_deep, next: m.problem_unreadable_too_deep_next },
  malformed: { title: m.problem_unreadable_malformed, next: m.problem_unreadable_malformed_next },
};
