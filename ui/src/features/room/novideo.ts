import { m } from "../../paraglide/messages.js";
import { actForVideo, labels, type VideoScene } from "../alarms/words";

/** A room on air without video, by where that should come from. */
export interface NoVideo {
  /** What viewers see, and what to do. */
  text: string;
  /** OBS is started from here, by this name; without it there is only another look. */
  start?: { act: string; label: string };
}

/** `setTo`: OBS is set to what gives the room its video; `other`: whose address it holds instead. */
export interface NoVideoScene extends VideoScene {
  setTo: boolean;
  other: string | null;
}

function next({ room, encoder, relay, setTo, other }: NoVideoScene): string {
  const on = relay.state.kind === "on";
  if (on && relay.targets.some(({ target }) => target.kind === "room" && target.room === room?.id))
    return m.no_video_relay();
  if (!encoder.streaming) return m.no_video_by_hand();
  if (setTo) return m.no_video_awaited();
  if (encoder.relay) return m.no_video_unfed();
  return other === null ? m.no_video_astray() : m.no_video_other({ name: other });
}

export function noVideo(scene: NoVideoScene): NoVideo {
  const act = actForVideo(scene);
  if (act === "start" || act === "send_start")
    return { text: m.alarm_live_without_video_next(), start: { act, label: labels[act]() } };
  return { text: m.no_video_still() + next(scene) };
}
