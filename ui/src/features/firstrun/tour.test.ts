/** From the first start to a live room of the sandbox, counted in clicks. */
import { fireEvent, render, screen } from "@testing-library/svelte";
import { tick } from "svelte";
import { beforeEach, expect, it, vi } from "vitest";
import Window from "../../App.svelte";
import type { ChatLine, RoomView } from "../../ipc/backend";
import { FakeBackend } from "../../ipc/fake";
import { chat, NOW, sandboxRooms, snapshot } from "../../screens/data";
import { fedRoom, relay } from "../../screens/relay";
import { App } from "../../state/app.svelte";
import { setLocale } from "../../state/locale.svelte";

vi.setConfig({ testTimeout: 60_000 });
beforeEach(() => setLocale("en"));

async function settled(): Promise<void> {
  for (let i = 0; i < 10; i++) {
    await Promise.resolve();
    await tick();
  }
}

const push = { server: "rtmp://127.0.0.1:1935/live", has_key: true, expires_at: null };
const onAir = (room: RoomView): RoomView =>
  ({ ...room, status: "live", started_at: NOW, remote: "1", push: { ...push, ...room.push } }) as RoomView;

it.each([
  ["through the relay", true],
  ["without the relay", false],
])(
  "is live in three clicks, has both push parts in two more, and leaves no trace: %s",
  async (_, relayed) => {
    const rooms = sandboxRooms("en").filter((r) => r.platform !== "taobao");
    const told = snapshot("en", { rooms, chat: [] });
    told.accounts = told.accounts.map((a) => ({ ...a, sandbox: true }));
    told.preferences = {
      ...told.preferences,
      language: "en",
      tonight: { ...told.preferences.tonight, title: "" },
      relay: { ...told.preferences.relay, use_for: relayed ? "several" : "never" },
    };
    told.sandbox = true;
    const backend = new FakeBackend(told, {
      goLive: (request) => ({
        id: 1,
        going_live: true,
        started_at: NOW,
        finished_at: NOW + 1,
        rooms: request.rooms.map((room) => ({ room, state: { kind: "done" }, steps: [], took_ms: 1 })),
        encoder: null,
        relay: request.relay ? { kind: "done" } : null,
      }),
    });
    const app = new App(backend, { now: () => NOW, schedule: (draw) => draw() });
    render(Window, { app });
    await settled();
    expect(app.view).toBe("firstrun");

    let clicks = 0;
    const click = async (id: string): Promise<void> => {
      clicks += 1;
      await fireEvent.click(screen.getAllByTestId(id)[0] as HTMLElement);
      await settled();
    };
    await click("firstrun-dismiss");
    expect(screen.getByTestId("tour").dataset.next).toBe("live");
    await click("go-live");
    await click("tonight-go");
    expect(clicks).toBe(3);
    expect(backend.of("goLive")[0]?.[0]).toMatchObject({ relay: relayed });
    expect(backend.of("goLive")[0]?.[0].rooms).toHaveLength(3);
    backend.push(rooms.map((room) => ({ kind: "room", room: onAir(room) })));
    const targets = rooms.map((room) => fedRoom(room.id, { kind: "waiting" }));
    if (relayed)
      backend.push([{ kind: "relay", relay: relay({ source: { kind: "absent" }, kbps: 0, targets }) }]);
    await settled();
    expect(screen.getByTestId("tour").dataset.next).toBe("copy");

    await click("copy-server");
    await click("copy-key");
    expect(clicks).toBe(5);
    const ofRooms = backend.of("copyPush").map(([, part]) => part);
    const ofRelay = backend.of("copyRelay").map(([part]) => part);
    expect(relayed ? [ofRelay, ofRooms] : [ofRooms, ofRelay]).toEqual([["server", "key"], []]);
    expect(screen.getByTestId("tour").dataset.next).toBe("chat");

    const lines: ChatLine[] = chat("en").slice(0, 3);
    backend.push([{ kind: "chat", lines, skipped: 0 }]);
    app.showRoom(rooms[0]?.id ?? "");
    await settled();
    expect(screen.getByTestId("tour").dataset.next).toBe("end");
    backend.push(rooms.map((room) => ({ kind: "room", room: { ...onAir(room), status: "ended" } })));
    await settled();
    expect(screen.getByTestId("tour").dataset.next, "a room that ended was live").toBe("end");
    await click("tour-connect");
    expect(screen.queryByTestId("tour")).toBeNull();
    expect(app.tonight.details.title).toBe("");
    expect(backend.of("setPreferences")).toEqual([]);
  },
);
