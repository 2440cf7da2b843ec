import type { Glyph } from "../../components";
import type { AlarmKind, PlatformInfo, ProblemCode, RoomView } from "../../ipc/backend";
import { m } from "../../paraglide/messages.js";
import { alarmShort, grave } from "../alarms/words";
import { problemWords } from "../../state/problems";

/** A room's state in a few words, for the rail and the pill. */
export interface RoomState {
  glyph: Glyph;
  words: string;
  tone: "plain" | "warn" | "problem";
}

const state = (glyph: Glyph, words: string, tone: RoomState["tone"] = "plain"): RoomState => ({
  glyph,
  words,
  tone,
});

/** Short names of problems that a rail row can hold; the room page says them in full. */
function problemInShort(code: ProblemCode): string {
  switch (code.kind) {
    case "sign_in_expired":
      return m.short_sign_in_expired();
    case "credentials_refused":
      return m.short_credentials_refused();
    case "not_allowed":
      return m.short_not_allowed();
    case "verify_in_app":
      return m.short_verify_in_app();
    case "sign_in_denied":
      return m.short_sign_in_denied();
    case "wrong_account":
      return m.short_wrong_account();
    case "keyring_full":
      return m.short_keyring_full();
    case "keyring_failed":
      return m.short_keyring_failed();
    case "not_found":
      return m.short_not_found();
    case "invalid":
      return m.short_invalid();
    case "rate_limited":
      return m.short_rate_limited();
    case "face_check":
      return m.short_face_check();
    case "client_refused":
      return m.short_client_refused();
    case "identity_check":
      return m.short_identity_check();
    case "area_gone":
      return m.short_area_gone();
    case "chat_dropped":
      return m.short_chat_dropped();
    case "wrong_state":
      return m.short_wrong_state();
    case "no_effect":
      return m.short_no_effect();
    case "platform_down":
      return m.short_platform_down();
    case "refused":
      return m.short_refused();
    case "network":
      return m.short_network();
    case "timeout":
      return m.short_timeout();
    case "outcome_unknown":
      return m.short_outcome_unknown();
    case "unreadable":
      return m.short_unreadable();
    case "keyring_locked":
      return m.short_keyring_locked();
    case "no_stream_key":
      return m.short_no_stream_key();
    case "encoder_unreachable":
      return m.short_encoder_unreachable();
    case "encoder_password":
      return m.short_encoder_password();
    case "encoder_busy":
      return m.short_encoder_busy();
    case "encoder_refused":
      return m.short_encoder_refused();
    case "relay_port":
    case "target_unreachable":
    case "target_refused":
    case "target_stalled":
      return m.short_relay();
    case "encoder_differs":
      return m.short_encoder_differs();
    case "storage":
    case "history_gap":
      return m.short_storage();
    // None of a room's, so it is told nowhere in short.
    case "update_unreachable":
    case "update_unreadable":
    case "update_untrusted":
    case "update_held":
    case "update_by_hand":
    case "internal":
      return m.short_internal();
  }
}

const busyWords = (room: RoomView): string | null =>
  room.busy === null
    ? null
    : {
        create: m.busy_create,
        start: m.busy_start,
        edit: m.busy_edit,
        end: m.busy_end,
        delete: m.busy_delete,
      }[room.busy]();

/** A broadcast is under way. While its anchor is away it still is: viewers stay, and it goes on with the video. */
export const isOnAir = (room: RoomView): boolean => room.status === "live" || room.status === "anchor_away";

/** Video is due, or expected, and an ingest said that none arrives. */
export const lacksVideo = (room: RoomView): boolean => room.status === "live" && room.signal.kind === "none";

/** Made, with an address, and nothing on air yet. */
const awaitsVideo = (room: RoomView, info: PlatformInfo | undefined): boolean =>
  room.status === "not_started" &&
  room.push !== null &&
  room.remote !== null &&
  info?.abilities.start === false;

/** What stands in the rail beside a room. */
export function roomState(
  room: RoomView,
  info: PlatformInfo | undefined,
  alarm?: AlarmKind["kind"],
): RoomState {
  const busy = busyWords(room);
  if (busy) return state("working", busy);
  if (room.problem) {
    // An answer with an id that the platform doesn't know leaves it as unknown as before.
    if (room.lost_since !== undefined && room.problem.code.kind === "not_found")
      return state("unknown", m.short_outcome_unknown(), "warn");
    const words = problemInShort(room.problem.code);
    if (room.problem.code.kind === "outcome_unknown") return state("unknown", words, "warn");
    const { severity } = problemWords(room.problem, { platform: room.platform });
    if (severity === "problem") return state("problem", words, "problem");
    if (severity === "warn") return state("warning", words, "warn");
  }
  if (alarm) {
    const bad = grave(alarm);
    return state(bad ? "problem" : "warning", alarmShort(alarm), bad ? "problem" : "warn");
  }
  switch (room.status) {
    case "live":
      if (lacksVideo(room)) return state("problem", m.state_live_no_video(), "problem");
      if (room.chat.kind === "broken") return state("reconnecting", m.state_chat_retrying(), "warn");
      return state("live", m.state_live());
    case "not_started":
      if (room.signal.kind === "arriving") return state("preparing", m.state_video_waits());
      return awaitsVideo(room, info)
        ? state("preparing", m.state_waiting_video())
        : state("off", m.state_off());
    case "ended":
      return room.signal.kind === "arriving"
        ? state("warning", m.state_ended_pushing(), "warn")
        : state("ended", m.state_ended());
    case "replay":
      return state("off", m.state_replay());
    case "postponed":
      return state("off", m.state_postponed());
    case "anchor_away":
      return state("warning", m.state_anchor_away(), "warn");
    case "deleted":
      return state("ended", m.state_deleted());
    case "unknown":
      return room.read_at === null && room.remote !== null
        ? state("working", m.state_reading())
        : state("off", room.remote === null ? m.state_off() : m.state_unknown());
  }
}

/** The number in the rail: people watching, else popularity. */
export const crowd = (room: RoomView): number | null =>
  room.figures.watching ?? room.figures.popularity ?? null;

/** A broadcast may have been made for it that only the streamer can look for: another isn't begun meanwhile. */
export const lost = (room: RoomView): boolean => room.lost_since !== undefined;

/** Can Kaibo put it on air? */
export const startable = (info: PlatformInfo | undefined): boolean =>
  info !== undefined && (info.abilities.start || info.abilities.create);

/** Can it now? */
export const startableNow = (room: RoomView, info: PlatformInfo | undefined): boolean =>
  startable(info) && !isOnAir(room) && !lost(room);
