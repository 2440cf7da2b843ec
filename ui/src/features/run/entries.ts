import type { Problem, ProblemCode, RoomView, RunRoom, Step } from "../../ipc/backend";
import { m } from "../../paraglide/messages.js";

export type RunTone = "done" | "work" | "problem" | "ask" | "skip";

export const toneOf = (room: RunRoom): RunTone =>
  (({ working: "work", done: "done", failed: "problem", unknown: "ask", skipped: "skip" }) as const)[
    room.state.kind
  ];

export const stepName = (step: Step): string =>
  ({
    create: m.step_create,
    details: m.step_details,
    start: m.step_start,
    keep: m.step_keep,
    end: m.step_end,
  })[step]();

export const problemOf = (room: RunRoom): Problem | null =>
  "problem" in room.state ? room.state.problem : null;

/** Failures in which somebody said no. In all others nothing was answered, or it never got out of this computer. */
const REFUSALS = new Set<ProblemCode["kind"]>([
  "sign_in_expired",
  "credentials_refused",
  "not_allowed",
  "verify_in_app",
  "sign_in_denied",
  "wrong_account",
  "not_found",
  "invalid",
  "rate_limited",
  "face_check",
  "client_refused",
  "identity_check",
  "area_gone",
  "wrong_state",
  "refused",
]);

/** A room that didn't make it, in one word: refused only where it was. */
export function failedWords(code: ProblemCode["kind"] | undefined): string {
  if (code === "timeout") return m.run_timed_out();
  return code !== undefined && REFUSALS.has(code) ? m.run_refused() : m.run_failed();
}

/** What is known beside the room: its video is awaited of OBS, comes by the relay; OBS is streaming. */
interface DoneFacts {
  awaited?: boolean;
  fed?: boolean;
  encoding?: boolean;
}

/** What a finished room can be told of. */
export function doneWords(
  room: RoomView,
  goingLive: boolean,
  { awaited = false, fed = false, encoding = false }: DoneFacts = {},
): string {
  if (!goingLive) {
    if (room.signal.kind !== "arriving") return m.run_ended();
    return encoding ? m.run_ended_encoder() : m.run_ended_pushing();
  }
  if (fed && room.signal.kind !== "arriving")
    return room.status === "live" ? m.run_live_relayed() : m.run_ready_relayed();
  if (awaited && room.status === "live" && room.signal.kind !== "arriving") return m.run_live_awaited();
  if (room.status === "live") return room.signal.kind === "none" ? m.run_live_no_video() : m.run_live();
  return room.push ? m.run_ready() : m.run_started();
}

/** Seconds with one digit below ten: 1.2 s, 12 s. */
export function seconds(ms: number): string {
  const s = Math.max(0, ms) / 1_000;
  return `${s < 10 ? s.toFixed(1) : Math.round(s)} s`;
}
