import type { RoomView } from "../../ipc/backend";
import { platformName } from "../../components";
import { m } from "../../paraglide/messages.js";
import { whole } from "../../state/format";

/** Whether video arrives, of all rooms on air. */
export interface VideoLine {
  glyph: "problem" | "healthy";
  /** The worst of them. */
  value: string;
  /** Whose it is, or how many have none; empty where only one is on air. */
  whose: string;
  /** Each of them. */
  full: string;
}

/**
 * The rail's line of the rooms on air: the worst one's. `silent` are rooms with an alarm that no video comes,
 * which is known of OBS where the platform doesn't tell. None while nothing is known of any.
 */
export function videoLine(live: readonly RoomView[], silent: ReadonlySet<string>): VideoLine | null {
  const told = live.flatMap((room) => {
    if (room.signal.kind === "none" || silent.has(room.id)) return [{ room, kbps: -1 }];
    return room.signal.kind === "arriving" ? [{ room, kbps: room.signal.kbps }] : [];
  });
  const [first] = told;
  if (!first) return null;
  const worst = told.reduce((least, t) => (t.kbps < least.kbps ? t : least), first);
  const value = ({ kbps }: typeof worst): string => (kbps < 0 ? m.foot_video_none() : `${whole(kbps)} kb/s`);
  const whose = ({ room }: typeof worst): string => {
    if (live.length === 1) return "";
    const twins = live.some((r) => r.id !== room.id && r.platform === room.platform);
    return twins ? room.name : platformName(room.platform);
  };
  const none = told.filter((t) => t.kbps < 0).length;
  return {
    glyph: worst.kbps < 0 ? "problem" : "healthy",
    value: value(worst),
    whose: none > 1 ? m.accounts_rooms({ n: none }) : whose(worst),
    full: told.map((t) => [value(t), whose(t)].filter(Boolean).join(" · ")).join(m.list_comma()),
  };
}
