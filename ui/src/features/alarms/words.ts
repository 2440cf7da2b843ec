import type { Severity } from "../../state/problems";
import type { Alarm, AlarmKind, EncoderView, RelayView, RoomView } from "../../ipc/backend";
import { m } from "../../paraglide/messages.js";
import { timeOfDay } from "../../state/format";
import { platformName } from "../../state/words";
import { mbps } from "../relay/words";

/** What the one button of an alarm does. */
export type AlarmAct =
  | "start"
  | "send_start"
  | "stop"
  | "resend"
  | "go_live"
  | "connect"
  | "open_room"
  | "open_encoder"
  | "open_relay";

/** An alarm as the streamer reads it. */
export interface AlarmWords {
  severity: Severity;
  title: string;
  next: string;
  act: AlarmAct;
  label: string;
}

/** Where a room's video could come from. */
export interface VideoScene {
  room: RoomView | undefined;
  encoder: EncoderView;
  relay: RelayView;
}

export interface AlarmScene extends VideoScene {
  /** Kaibo can put it on air. */
  startable: boolean;
}

export const labels: Record<AlarmAct, () => string> = {
  start: m.alarm_act_start,
  send_start: m.alarm_act_send_start,
  stop: m.alarm_act_stop,
  resend: m.alarm_act_resend,
  go_live: m.alarm_act_go_live,
  connect: m.alarm_act_connect,
  open_room: m.open_room,
  open_encoder: m.alarm_act_open_encoder,
  open_relay: m.alarm_act_open_relay,
};

/** Does the relay give the room its video? */
const fed = ({ room, relay }: VideoScene): boolean =>
  relay.state.kind === "on" &&
  relay.targets.some(({ target }) => target.kind === "room" && target.room === room?.id);

/** Live without video: OBS can be started from here while it is connected and does nothing else. */
export function actForVideo(scene: VideoScene): AlarmAct {
  const { room, encoder, relay } = scene;
  // The video is there and isn't handed on: OBS is not to blame.
  if (fed(scene) && relay.source.kind === "publishing") return "open_relay";
  if (encoder.link.kind !== "connected" || encoder.streaming || !room?.push) return "open_room";
  return (fed(scene) ? encoder.relay : encoder.room === room.id) ? "start" : "send_start";
}

const nextForVideo = (act: AlarmAct, scene: AlarmScene): string => {
  if (act === "open_relay") return m.alarm_relay_without_video();
  if (act !== "open_room") return m.alarm_live_without_video_next();
  return fed(scene) ? m.alarm_relay_no_source() : m.alarm_live_without_video_by_hand();
};

/** Video without a live room: what hasn't begun can be started, what is over wants OBS stopped. */
function actForLive(scene: AlarmScene): AlarmAct {
  const { room, startable, encoder } = scene;
  if (room?.status === "not_started" && startable) return "go_live";
  // Stopping OBS would take the video from the other rooms as well.
  if (fed(scene)) return "open_relay";
  return encoder.link.kind === "connected" ? "stop" : "open_room";
}

const nextForLive = (act: AlarmAct): string => {
  if (act === "go_live") return m.alarm_video_without_live_start();
  return act === "open_relay" ? m.alarm_relay_in_vain() : m.alarm_video_without_live_ended();
};

/** The platform's own words where it gave some, and what to do about them. */
const said = (scene: AlarmScene, words: string, then: string, ours: string): string =>
  words ? m.alarm_words({ platform: platformOf(scene), words }) + then : ours;

const platformOf = ({ room }: AlarmScene): string =>
  room ? platformName(room.platform) : m.problem_platform();

/** The relay needs more of the line than it takes. */
function uploadTitle(needed: number, budget: number | null): string {
  if (budget === null) return m.alarm_upload_short_any();
  const line = m.alarm_upload_short_line({ rate: mbps(budget) });
  return m.alarm_upload_short({ needed: mbps(needed), budget: line });
}

/** An alarm in words, with the one thing to do about it. Pure. */
export function alarmWords({ kind }: Alarm, scene: AlarmScene): AlarmWords {
  const name = scene.room?.name ?? m.alarm_a_room();
  const words = (severity: Severity, title: string, next: string, act: AlarmAct): AlarmWords => ({
    severity,
    title,
    next,
    act,
    label: labels[act](),
  });
  const toRoom: AlarmAct = scene.room ? "open_room" : "open_encoder";
  switch (kind.kind) {
    case "live_without_video": {
      const act = actForVideo(scene);
      return words("problem", m.alarm_live_without_video({ name }), nextForVideo(act, scene), act);
    }
    case "video_without_live": {
      const act = actForLive(scene);
      return words("warn", m.alarm_video_without_live({ name }), nextForLive(act), act);
    }
    case "cut_off":
      return words(
        "problem",
        m.alarm_cut_off({ name, platform: platformOf(scene) }),
        said(scene, kind.words, m.alarm_cut_off_again(), m.alarm_cut_off_next()),
        kind.words && scene.room && scene.startable ? "go_live" : toRoom,
      );
    case "warned":
      return words(
        "warn",
        m.alarm_warned({ name, platform: platformOf(scene) }),
        said(scene, kind.words, m.alarm_warned_again(), m.alarm_warned_next()),
        toRoom,
      );
    case "other_key":
      return scene.encoder.streaming
        ? words("problem", m.alarm_other_key({ name }), m.alarm_other_key_next(), "resend")
        : words("problem", m.alarm_other_key({ name }), m.alarm_other_key_idle(), "send_start");
    case "address_runs_out":
      return words(
        "warn",
        m.alarm_address_runs_out({ name, time: timeOfDay(kind.at) }),
        m.alarm_address_runs_out_next(),
        toRoom,
      );
    case "encoder_reconnecting":
      return words("warn", m.alarm_encoder_reconnecting(), m.alarm_encoder_reconnecting_next(), toRoom);
    case "encoder_lost":
      return words("problem", m.alarm_encoder_lost({ name }), m.alarm_encoder_lost_next(), "connect");
    case "upload_short":
      return words(
        "warn",
        uploadTitle(kind.needed_kbps, kind.budget_kbps),
        m.alarm_upload_short_next(),
        "open_relay",
      );
  }
}

/** What the rail says of a room with an alarm. */
export function alarmShort(kind: AlarmKind["kind"]): string {
  return {
    live_without_video: m.state_live_no_video,
    video_without_live: m.alarm_short_video_without_live,
    cut_off: m.alarm_short_cut_off,
    warned: m.alarm_short_warned,
    other_key: m.alarm_short_other_key,
    address_runs_out: m.alarm_short_address_runs_out,
    encoder_reconnecting: m.alarm_short_encoder_reconnecting,
    encoder_lost: m.alarm_short_encoder_lost,
    upload_short: m.alarm_short_upload_short,
  }[kind]();
}

const GRAVE = new Set<AlarmKind["kind"]>(["live_without_video", "cut_off", "other_key", "encoder_lost"]);

/** Viewers see nothing, or not what they should. */
export const grave = (kind: AlarmKind["kind"]): boolean => GRAVE.has(kind);

/** The grave before the others, then the oldest: the order they stand in. */
export const standing = (alarms: readonly Alarm[]): Alarm[] =>
  [...alarms].sort((a, b) => Number(grave(b.kind.kind)) - Number(grave(a.kind.kind)) || a.id - b.id);

/** The `n` to show: what the streamer has seen stands below what still asks for a look. */
export function foremost(alarms: readonly Alarm[], n: number): Alarm[] {
  const all = standing(alarms);
  return [...all.filter((a) => !a.seen), ...all.filter((a) => a.seen)].slice(0, n);
}
