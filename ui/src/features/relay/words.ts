import type { Glyph } from "../../components";
import type { Platform, RelayTargetState, RelayView, UploadBudget } from "../../ipc/backend";
import { m } from "../../paraglide/messages.js";
import { problemWords, type ProblemWords } from "../../state/problems";

/** A rate in words: 6.0 Mb/s. */
export const mbps = (kbps: number): string => `${(kbps / 1_000).toFixed(1)} Mb/s`;

/** A short time in seconds with one digit: 0.4 s. */
export const tenths = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

type Tone = "plain" | "ok" | "warn" | "problem";

/** A state in a few words, with its glyph. */
export interface RelayState {
  glyph: Glyph;
  tone: Tone;
  words: string;
}

/** `held`: OBS is gone, and the connections are only kept open for it. */
export function targetState({ kind }: RelayTargetState, held = false): RelayState {
  if (kind === "publishing" && held)
    return { glyph: "preparing", tone: "plain", words: m.relay_target_held() };
  switch (kind) {
    case "waiting":
      return { glyph: "preparing", tone: "plain", words: m.relay_target_waiting() };
    case "connecting":
      return { glyph: "working", tone: "plain", words: m.relay_target_connecting() };
    case "publishing":
      return { glyph: "healthy", tone: "ok", words: m.relay_target_publishing() };
    case "retrying":
      return { glyph: "reconnecting", tone: "warn", words: m.relay_target_retrying() };
    case "paused":
      return { glyph: "off", tone: "plain", words: m.relay_target_paused() };
    case "stopped":
      return { glyph: "problem", tone: "problem", words: m.relay_target_stopped() };
  }
}

/** Why a target isn't reached; none when nothing is wrong. */
export const targetProblem = (state: RelayTargetState, platform: Platform | null): ProblemWords | null =>
  "problem" in state ? problemWords(state.problem, { platform }) : null;

/** How the relay is doing as a whole: what is worst about it first. */
export function relayState(view: RelayView): RelayState {
  const { state, source, targets, upload } = view;
  if (state.kind === "off") return { glyph: "off", tone: "plain", words: m.relay_state_off() };
  if (state.kind === "broken") return { glyph: "problem", tone: "problem", words: m.relay_state_broken() };
  if (source.kind === "absent") return { glyph: "preparing", tone: "plain", words: m.relay_state_waiting() };
  if (source.kind === "held") return { glyph: "reconnecting", tone: "warn", words: m.relay_state_held() };
  const n = targets.filter((t) => t.state.kind === "publishing").length;
  const words = m.relay_state_sending({ n, all: targets.length });
  if (targets.some((t) => t.state.kind === "stopped")) return { glyph: "problem", tone: "problem", words };
  if (upload.short) return { glyph: "warning", tone: "warn", words: m.relay_state_short() };
  if (targets.some((t) => t.state.kind === "retrying")) return { glyph: "reconnecting", tone: "warn", words };
  const onTheWay = targets.some(({ state: { kind } }) => kind === "connecting" || kind === "waiting");
  if (n === 0 || onTheWay) return { glyph: "preparing", tone: "plain", words };
  return { glyph: "healthy", tone: "ok", words };
}

/** What the line takes, and who says so. */
export function budgetWords(budget: UploadBudget): string {
  if (budget.kind === "unknown") return m.relay_budget_unknown();
  const rate = mbps(budget.kbps);
  return {
    told: m.relay_budget_told,
    measured: m.relay_budget_measured,
    at_least: m.relay_budget_at_least,
  }[budget.kind]({ rate });
}

/** Is that more than nine tenths of what the line is known to take? */
export const tooMuch = (kbps: number, budget: UploadBudget): boolean =>
  (budget.kind === "told" || budget.kind === "measured") && kbps * 10 > budget.kbps * 9;
