/** A live that may have been made, over a scripted program: the streamer says what there is. */
import { fireEvent, render, screen } from "@testing-library/svelte";
import { tick } from "svelte";
import { beforeEach, expect, it } from "vitest";
import Window from "../../App.svelte";
import type { Backend, RoomView } from "../../ipc/backend";
import { FakeBackend } from "../../ipc/fake";
import { NOW, problem, snapshot } from "../../screens/data";
import { runRooms, started } from "../../screens/run";
import { App } from "../../state/app.svelte";
import { timeOfDay } from "../../state/format";
import { setLocale } from "../../state/locale.svelte";

const ROOM = "room-weibo-2";
beforeEach(() => setLocale("en"));

async function settled(): Promise<void> {
  for (let i = 0; i < 8; i++) {
    await Promise.resolve();
    await tick();
  }
}

const press = async (id: string): Promise<void> => {
  await fireEvent.click(screen.getByTestId(id));
  await settled();
};
const write = async (id: string, value: string): Promise<void> => {
  await fireEvent.input(screen.getByTestId(id), { target: { value } });
  await settled();
};
/** The same once nothing is lost any more. */
const settledRoom = (): RoomView => {
  const room = { ...lostRoom(), problem: null };
  delete room.lost_since;
  return room;
};
const lostRoom = (): RoomView => runRooms("en").find((r) => r.id === ROOM) as RoomView;

async function open(answers: Partial<Backend> = {}): Promise<{ app: App; backend: FakeBackend }> {
  const told = snapshot("en", { rooms: runRooms("en"), run: started(), chat: [] });
  const backend = new FakeBackend(told, answers);
  const app = new App(backend, { now: () => NOW, schedule: (draw) => draw() });
  render(Window, { app });
  await settled();
  app.showRoom(ROOM);
  await settled();
  return { app, backend };
}

it("tells when it was asked for, in place of the problem, and looks again", async () => {
  const { backend } = await open();
  const banner = screen.getByTestId("lost").textContent;
  expect(banner).toContain(
    `Weibo may already have made a broadcast at ${timeOfDay(lostRoom().lost_since ?? 0)}: look in its app`,
  );
  expect(screen.queryByTestId("problem"), "said once").toBeNull();
  await press("lost-look");
  expect(backend.of("refreshRoom")).toEqual([[ROOM]]);
  expect(backend.of("settleLost")).toEqual([]);
});

it("asks once before it takes that there is none", async () => {
  const { backend } = await open();
  await press("lost-none");
  expect(screen.getByTestId("dialog").textContent).toContain("may make a second broadcast");
  await press("cancel");
  expect(backend.of("settleLost")).toEqual([]);
  await press("lost-none");
  await press("confirm");
  expect(backend.of("settleLost")).toEqual([[ROOM, null]]);
  expect(screen.queryByTestId("dialog")).toBeNull();
  backend.push([{ kind: "room", room: settledRoom() }]);
  await settled();
  expect(screen.queryByTestId("lost")).toBeNull();
});

it("takes its id, and says at the field when the platform knows none", async () => {
  const none = problem({ kind: "not_found" }, { platform: "weibo" });
  const { backend } = await open({ settleLost: () => Promise.reject(none as unknown as Error) });
  expect(screen.getByTestId<HTMLButtonElement>("lost-use").disabled).toBe(true);
  await write("lost-id", "  1022:7 ");
  await press("lost-use");
  expect(backend.of("settleLost")).toEqual([[ROOM, "1022:7"]]);
  expect(screen.queryByTestId("lost-id-problem"), "the room's word is awaited").toBeNull();
  backend.push([{ kind: "room", room: { ...lostRoom(), problem: none } }]);
  await settled();
  expect(screen.getByTestId("lost-id-problem").textContent).toBe("Weibo knows no broadcast with this ID.");
  expect(screen.queryByTestId("problem")).toBeNull();
  expect(screen.getByTestId("room-status").textContent, "no more is known than before").toContain(
    "Outcome unknown",
  );
  await write("lost-id", "1022:8");
  expect(screen.queryByTestId("lost-id-problem"), "another id is another question").toBeNull();
});

it("offers no second broadcast while the first may be there, and claims neither live nor not", async () => {
  const { app, backend } = await open();
  backend.push([{ kind: "run", run: { ...started(), finished_at: NOW } }]);
  await settled();
  expect(screen.queryByTestId("room-go-live")).toBeNull();
  expect(screen.getByTestId("rooms-live").textContent).toBe("Outcome unknown");
  expect(screen.queryByTestId("clock")).toBeNull();
  await app.setCompact(true);
  await settled();
  expect(screen.getByTestId("compact-unsure").textContent).toContain("Outcome unknown");
  await app.setCompact(false);
  app.showTonight(ROOM);
  await settled();
  expect(app.startableChosen.map((r) => r.id)).not.toContain(ROOM);
  const tick = document.querySelector<HTMLInputElement>(`input[data-room="${ROOM}"]`);
  expect(tick?.disabled).toBe(true);
  app.showRoom(ROOM);
  backend.push([{ kind: "room", room: settledRoom() }]);
  await settled();
  expect(screen.getByTestId("room-go-live")).toBeTruthy();
  expect(screen.getByTestId("rooms-live").textContent).toBe("Not live");
  expect(screen.getByTestId("clock")).toBeTruthy();
});

it("is shown beside another problem, not in its place", async () => {
  const { backend } = await open();
  const expired = problem({ kind: "sign_in_expired" }, { platform: "weibo" });
  backend.push([{ kind: "room", room: { ...lostRoom(), problem: expired } }]);
  await settled();
  expect(screen.getByTestId("lost")).toBeTruthy();
  expect(screen.getByTestId("problem").dataset.code).toBe("sign_in_expired");
});

it("stands in the run's row, where trying again would tell nothing new", async () => {
  const { app, backend } = await open();
  app.show("run");
  await settled();
  const row = document.querySelector(`[data-testid="run-page"] li[data-room="${ROOM}"]`);
  expect(row?.textContent).toContain("Weibo may already have made a broadcast");
  expect(row?.querySelector('[data-testid="run-again"]')).toBeNull();
  await press("run-lost-none");
  await press("confirm");
  expect(backend.of("settleLost")).toEqual([[ROOM, null]]);
  backend.push([{ kind: "room", room: settledRoom() }]);
  await settled();
  expect(row?.querySelector('[data-testid="run-again"]')).not.toBeNull();
});
