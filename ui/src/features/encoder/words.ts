import type { Glyph } from "../../components";
import type { EncoderStep, EncoderView } from "../../ipc/backend";
import { m } from "../../paraglide/messages.js";
import { elapsed, whole } from "../../state/format";
import { waitWords } from "../../state/words";

/** How OBS is doing, in a few words. */
export interface EncoderState {
  kind: "off" | "connecting" | "idle" | "streaming" | "reconnecting" | "broken";
  glyph: Glyph;
  tone: "plain" | "ok" | "warn" | "problem";
  words: string;
  /** The same where there is little room. */
  short: string;
  /** What to do next, where something is to be done. */
  next: string;
}

const busyWords = {
  send: m.encoder_state_sending,
  restore: m.encoder_state_restoring,
  start: m.encoder_state_starting,
  stop: m.encoder_state_stopping,
};

const state = (
  kind: EncoderState["kind"],
  glyph: Glyph,
  words: string,
  more: Partial<EncoderState> = {},
): EncoderState => ({ kind, glyph, tone: "plain", words, short: words, next: "", ...more });

/** Time on air and bitrate, as far as they are known: 1:23:45 · 6,012 kb/s. */
function streamingWords(view: EncoderView, now: number): { words: string; short: string } {
  const time = view.since === null ? "" : elapsed(now - view.since);
  const last = view.figures.at(-1);
  const rate = last ? `${whole(last.kbps)} kb/s` : "";
  const words = [time, rate].filter(Boolean).join(" · ");
  return { words: words || m.encoder_state_streaming(), short: rate || time || m.encoder_state_streaming() };
}

/** `astray`: it streams with another key than a room's that waits for it; an alarm says so. */
export function encoderState(view: EncoderView, now: number, astray = false): EncoderState {
  const { link } = view;
  switch (link.kind) {
    case "off":
      return state("off", "off", m.encoder_state_off(), { next: m.encoder_next_off() });
    case "connecting":
      return state("connecting", "working", m.encoder_state_connecting());
    case "broken": {
      const problem = { glyph: "problem", tone: "problem" } as const;
      if (link.problem.code.kind === "encoder_password") {
        return state("broken", "problem", m.encoder_state_password(), {
          ...problem,
          next: m.encoder_next_password(),
        });
      }
      // Its password can't be read.
      if (link.problem.code.kind.startsWith("keyring_")) {
        return state("broken", "warning", m.short_keyring_locked(), { tone: "warn", next: m.unlock() });
      }
      // The seconds are what is waited for; that it is unreachable, its sign says where room is short.
      const left = link.retry_at === null ? 0 : Math.max(1, Math.ceil((link.retry_at - now) / 1_000));
      const again = left > 0 ? m.encoder_retry_in({ wait: waitWords(left) }) : "";
      return state("broken", "problem", m.encoder_state_unreachable(), {
        ...problem,
        next: again || m.encoder_next_unreachable(),
        ...(again && { short: again }),
      });
    }
    case "connected":
      if (view.busy) return state(view.streaming ? "streaming" : "idle", "working", busyWords[view.busy]());
      if (view.reconnecting)
        return state("reconnecting", "reconnecting", m.encoder_state_reconnecting(), { tone: "warn" });
      if (view.streaming && astray)
        return state("streaming", "problem", m.alarm_short_other_key(), {
          tone: "problem",
          short: m.encoder_state_other_key(),
        });
      if (view.streaming)
        return { ...state("streaming", "healthy", "", { tone: "ok" }), ...streamingWords(view, now) };
      return state("idle", "healthy", m.encoder_state_idle(), {
        tone: "ok",
        short: m.encoder_state_idle_short(),
      });
  }
}

export const encoderStepName = (step: EncoderStep): string =>
  ({
    rooms: m.encstep_rooms,
    send: m.encstep_send,
    compare: m.encstep_compare,
    start: m.encstep_start,
    stop: m.encstep_stop,
    blank: m.encstep_blank,
  })[step]();

/** Names in a row: 「a」、「b」, or a, b. */
export const names = (list: readonly string[]): string =>
  list.map((name) => m.name_quoted({ name })).join(m.list_comma());
