/** Streamer mode: what the window shows while it is on. */
import { fireEvent, render, screen } from "@testing-library/svelte";
import { tick } from "svelte";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import Window from "../App.svelte";
import { FakeBackend } from "../ipc/fake";
import { evening, NOW, snapshot } from "../screens/data";
import { App } from "./app.svelte";
import { setLocale } from "./locale.svelte";
import { setStreamerMode } from "./privacy.svelte";

vi.setConfig({ testTimeout: 60_000 });
beforeEach(() => setLocale("en"));
afterEach(() => setStreamerMode(false));

async function settled(): Promise<void> {
  for (let i = 0; i < 8; i++) {
    await Promise.resolve();
    await tick();
  }
}

it("hides keys, addresses and names, and copies all the same", async () => {
  const rooms = evening("en");
  const told = snapshot("en", { rooms, chat: [] });
  told.preferences = { ...told.preferences, language: "en" };
  const backend = new FakeBackend(told);
  const app = new App(backend, { now: () => NOW, schedule: (draw) => draw() });
  render(Window, { app });
  await settled();
  const room = rooms.find((r) => r.push?.has_key);
  if (!room?.push) throw new Error("a room with a push address");
  app.showRoom(room.id);
  await settled();
  const page = (): string => document.body.innerHTML;
  const shown = rooms.flatMap((r) => [r.landing_url ?? [], r.remote ?? []].flat());
  const secrets = [room.push.server, room.name, ...shown];
  expect(page()).toContain(room.remote);
  expect(page()).toContain(room.push.server);
  await fireEvent.click(screen.getByTestId("reveal-key"));
  await settled();
  expect(page()).toContain("demo-key-not-real");

  await fireEvent.click(screen.getByTestId("streamer-mode"));
  await settled();
  expect(backend.of("setPreferences").at(-1)?.[0].streamer_mode).toBe(true);
  expect(screen.getByTestId("streamer-strip")).toBeTruthy();
  for (const secret of [...secrets, "demo-key-not-real"]) expect(page()).not.toContain(secret);
  const before = backend.of("revealKey").length;
  await fireEvent.click(screen.getByTestId("reveal-key"));
  await settled();
  expect(backend.of("revealKey")).toHaveLength(before);
  await fireEvent.click(screen.getByTestId("copy-server"));
  await settled();
  expect(backend.of("copyPush").at(-1)).toEqual([room.id, "server"]);

  await fireEvent.keyDown(window, { code: "KeyH", key: "H", ctrlKey: true, shiftKey: true });
  await settled();
  expect(page()).toContain(room.push.server);
});

it("becomes small and full again, with chat, state and end", async () => {
  const told = snapshot("en", { rooms: evening("en"), chat: [] });
  const backend = new FakeBackend(told);
  const app = new App(backend, { now: () => NOW, schedule: (draw) => draw() });
  render(Window, { app });
  await settled();
  await fireEvent.click(screen.getByTestId("compact"));
  await settled();
  expect(backend.of("setCompact")).toEqual([[true]]);
  expect(screen.getByTestId("compact-bilibili").dataset.status).toBe("live");
  expect(screen.getByTestId("chat-input")).toBeTruthy();
  await fireEvent.click(screen.getByTestId("compact-end"));
  await settled();
  expect(app.dialog).toMatchObject({ kind: "end" });
  app.dialog = null;
  await settled();
  await fireEvent.click(screen.getByTestId("compact-back"));
  await settled();
  expect(backend.of("setCompact").at(-1)).toEqual([false]);
  expect(screen.queryByTestId("compact-head")).toBeNull();
  expect(screen.getByTestId("compact")).toBeTruthy();
});
