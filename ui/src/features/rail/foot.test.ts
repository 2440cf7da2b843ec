/** The rail's head, and its foot: it tells the worst there is, and whose. */
import { cleanup, render, screen } from "@testing-library/svelte";
import { tick } from "svelte";
import { beforeEach, expect, it } from "vitest";
import Window from "../../App.svelte";
import type { RoomView, Signal, Snapshot } from "../../ipc/backend";
import { FakeBackend } from "../../ipc/fake";
import { NOW, problem, room, snapshot } from "../../screens/data";
import { App } from "../../state/app.svelte";
import { setLocale } from "../../state/locale.svelte";
import { NO_ENCODER } from "../../state/model.svelte";
import { videoLine } from "./video";

beforeEach(() => setLocale("en"));

const arriving = (kbps: number): Signal => ({ kind: "arriving", kbps, width: 0, height: 0 });
const bilibili = (signal: Signal, more: Partial<RoomView> = {}): RoomView =>
  room("bilibili", "en", { status: "live", signal, ...more });
const weibo = (signal: Signal): RoomView => room("weibo", "en", { status: "live", signal });

async function open(more: Partial<Snapshot>): Promise<void> {
  const backend = new FakeBackend(snapshot("en", more));
  render(Window, { app: new App(backend, { now: () => NOW, schedule: (draw) => draw() }) });
  for (let i = 0; i < 8; i++) {
    await Promise.resolve();
    await tick();
  }
}

it("tells the worst of several rooms' video, and whose it is", () => {
  const told = (...rooms: RoomView[]): string[] => {
    const line = videoLine(rooms, new Set());
    return line ? [line.glyph, [line.value, line.whose].filter(Boolean).join(" · ")] : [];
  };
  expect(told(bilibili({ kind: "unknown" }))).toEqual([]);
  expect(told(bilibili(arriving(5_880)))).toEqual(["healthy", "5,880 kb/s"]);
  expect(told(bilibili(arriving(5_880)), weibo({ kind: "none" }))).toEqual(["problem", "None · Weibo"]);
  expect(told(bilibili(arriving(5_880)), weibo(arriving(6_010)))).toEqual([
    "healthy",
    "5,880 kb/s · Bilibili",
  ]);
  expect(told(bilibili({ kind: "none" }), weibo({ kind: "none" }))).toEqual(["problem", "None · 2 rooms"]);
  const twin = bilibili({ kind: "none" }, { id: "room-twin", name: "Second room" });
  expect(told(bilibili(arriving(5_880)), twin)[1]).toBe("None · Second room");
});

it("takes an alarm's word where the platform tells nothing", () => {
  const line = videoLine(
    [bilibili(arriving(1)), weibo({ kind: "unknown" })],
    new Set([weibo(arriving(1)).id]),
  );
  expect(line).toMatchObject({ glyph: "problem", full: "1 kb/s · Bilibili, None · Weibo" });
});

it("isn't green while one room has no video, and names it whole", async () => {
  await open({ rooms: [bilibili(arriving(5_880)), weibo({ kind: "none" })] });
  const line = screen.getByTestId("foot-video");
  expect([line.dataset.glyph, line.textContent]).toEqual(["problem", "None · Weibo"]);
  cleanup();
  const twin = bilibili({ kind: "none" }, { id: "room-twin", name: "Ache · Cooking" });
  await open({ rooms: [bilibili(arriving(5_880)), twin] });
  expect(screen.getByTestId("foot-video").textContent).toBe("None · Ache · Cooking");
});

it("says that OBS streams with another key than the room's", async () => {
  const encoder = {
    ...NO_ENCODER,
    address: { host: "127.0.0.1", port: 4455 },
    link: { kind: "connected" },
    streaming: true,
    since: NOW - 60_000,
  } as const;
  const alarm = {
    id: 1,
    room: "room-bilibili",
    since: NOW,
    seen: true,
    kind: { kind: "other_key" },
  } as const;
  await open({ rooms: [bilibili({ kind: "none" })], encoder, alarms: [alarm] });
  const chip = screen.getByTestId("foot-encoder");
  expect(chip.className).toContain("t-problem");
  expect(chip.title).toBe("OBS: wrong key");
});

it("tells when it tries OBS again in a line that is never cut", async () => {
  const link = {
    kind: "broken",
    retry_at: NOW + 4_000,
    problem: problem({ kind: "encoder_unreachable" }),
  } as const;
  await open({ encoder: { ...NO_ENCODER, address: { host: "127.0.0.1", port: 4455 }, link } });
  const chip = screen.getByTestId("foot-encoder");
  expect([chip.textContent.trim(), chip.title]).toEqual(["Retrying in 4 s", "Unreachable · Retrying in 4 s"]);
});

it("doesn't claim that nothing is live over a watched room that is, and has no clock for it", async () => {
  const watched = room("taobao", "en", { status: "live", started_at: NOW - 60_000, problem: null });
  await open({ rooms: [room("bilibili", "en", { status: "not_started" }), watched] });
  expect(screen.getByTestId("rooms-live").textContent).toBe("1 watched room live");
  expect(screen.getByTestId("rooms-live").dataset.live, "none of one's own").toBe("0");
  expect(screen.queryByTestId("clock")).toBeNull();
});

it("offers to go live while there is a room that can", async () => {
  const live = [bilibili(arriving(6_000)), weibo(arriving(6_000))];
  await open({ rooms: live });
  expect(screen.getByTestId("end-all")).toBeTruthy();
  expect(screen.queryByTestId("go-live")).toBeNull();
  cleanup();
  await open({ rooms: [...live, room("qiniu", "en")] });
  expect(screen.getByTestId("go-live")).toBeTruthy();
});
