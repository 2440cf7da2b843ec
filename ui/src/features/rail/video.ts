import type { RoomView } from "../../ipc/backend";
import { platformName } from "../../components";
import { m } from "../../paraglide/messages.js";
import { whole } from "../../state/format";

/** Whether video arrives, of all rooms on air. */
export interface VideoLine {
  glyph: "problem" | "healthy";
  /** The worst of them; and whose it is, or how many have none, where several are on air. */
  value: string;
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
  const words = ({ room, kbps }: typeof worst): string => {
    const value = kbps < 0 ? m.foot_video_none() : `${whole(kbps)} kb/s`;
    if (live.length === 1) return value;
    const twins = live.some((r) => r.id !== room.id && r.platform === room.platform);
    return `${value} · ${twins ? room.name : platformName(room.platform)}`;
  };
  const none = told.filter((t) => t.kbps < 0).length;
  return {
    glyph: worst.kbps < 0 ? "problem" : "healthy",
    value: none > 1 ? `${m.foot_video_none()} · ${m.accounts_rooms({ n: none })}` : words(worst),
    full: told.map(words).join(m.list_comma()),
  };
}
