import { tick } from "svelte";
import type { App } from "../state/app.svelte";
import { sizeByKey } from "../state/textsize";
import { isOnAir } from "./room/roomstate";

/**
 * Keys that work everywhere in the window: copy server and key of the room in the middle, go to *Tonight*,
 * end, focus the chat, choose a room, streamer mode, the small window, the text's size. True when the key was one of
 * them.
 */
export function shortcut(app: App, event: KeyboardEvent): boolean {
  if (event.key === "F1" && !app.dialog) {
    app.show("help");
    return true;
  }
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return false;
  const size = app.model.preferences.text_size;
  const wanted = sizeByKey(event, size);
  if (wanted !== null) {
    if (wanted !== size) void app.prefer({ text_size: wanted });
    return true;
  }
  if (event.repeat || app.dialog) return false;
  const room = app.room;
  if (event.shiftKey) {
    if (event.code === "KeyH") {
      void app.prefer({ streamer_mode: !app.model.preferences.streamer_mode });
      return true;
    }
    if (event.code === "KeyM") {
      void app.setCompact(!app.compact);
      return true;
    }
    if (!room) return false;
    switch (event.code) {
      case "KeyS":
        if (app.relay.feeds(room.id)) void app.relay.copy("server");
        else if (room.push) void app.copyPush(room.id, "server");
        return true;
      case "KeyK":
        if (app.relay.feeds(room.id)) void app.relay.copy("key");
        else if (room.push?.has_key) void app.copyPush(room.id, "key");
        return true;
      case "KeyE":
        if (isOnAir(room) && app.info(room)?.abilities.end) app.dialog = { kind: "end", rooms: [room.id] };
        return true;
      default:
        return false;
    }
  }
  // What is being written has an undo of its own.
  if (event.key === "z" && !(event.target as Element | null)?.closest?.("input, textarea"))
    return app.toasts.undoLast();
  if (event.key === "/") {
    app.pane = "chat";
    void tick().then(() => document.getElementById("chat-input")?.focus());
    return true;
  }
  if (event.key === "h") {
    app.history.back();
    app.show("history");
    void tick().then(() => document.getElementById("history-search")?.focus());
    return true;
  }
  if (event.key === ",") {
    app.show("settings");
    return true;
  }
  if (event.key === "Enter" && app.view === "room") {
    app.showTonight();
    return true;
  }
  const nth = /^Digit([1-9])$/.exec(event.code)?.[1];
  const chosen = nth === undefined ? undefined : app.model.rooms[Number(nth) - 1];
  if (!chosen) return false;
  app.showRoom(chosen.id);
  return true;
}
