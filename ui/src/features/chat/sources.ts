import type { PlatformInfo, RoomView } from "../../ipc/backend";
import { isOnAir } from "../room/roomstate";

/** Time without a line after which a listening source is called quiet, ms. */
export const QUIET_MS = 3 * 60_000;
/** Time without a sign of life after which a source isn't called healthy any more, ms. */
export const SILENT_MS = 90_000;

export type SourceState = "healthy" | "quiet" | "connecting" | "broken" | "off";

/** A room as a source of chat. */
export interface Source {
  room: RoomView;
  state: SourceState;
  /** ms since its last line; none where none came. When it last was heard from is told source by source. */
  age: number | null;
}

export function sourceOf(room: RoomView, now: number): Source | null {
  const chat = room.chat;
  switch (chat.kind) {
    case "none":
      return null;
    case "off":
      return { room, state: "off", age: null };
    case "connecting":
      return { room, state: "connecting", age: null };
    case "broken":
      return { room, state: "broken", age: null };
    case "listening": {
      const line = chat.last_line;
      const age = line === null ? null : Math.max(0, now - line);
      if (now - chat.last_alive > SILENT_MS) return { room, state: "connecting", age };
      return { room, state: line === null || now - line > QUIET_MS ? "quiet" : "healthy", age };
    }
  }
}

/** Rooms that a line can be said in now. */
export const speakable = (
  rooms: readonly RoomView[],
  info: (r: RoomView) => PlatformInfo | undefined,
): RoomView[] => rooms.filter((r) => isOnAir(r) && (info(r)?.abilities.chat_out ?? false));
