/** A room's figures over a scripted program: what is read goes into the sparklines and the chart. */
import { render, screen } from "@testing-library/svelte";
import { tick } from "svelte";
import { expect, it } from "vitest";
import Window from "../../App.svelte";
import type { Reading, RoomView } from "../../ipc/backend";
import { FakeBackend } from "../../ipc/fake";
import { NOW, snapshot } from "../../screens/data";
import { App } from "../../state/app.svelte";

async function settled(): Promise<void> {
  for (let i = 0; i < 10; i++) {
    await Promise.resolve();
    await tick();
  }
}

it("draws readings as they come, and all anew when some are gone", async () => {
  const backend = new FakeBackend(snapshot("en", { readings: {} }));
  const app = new App(backend, { now: () => NOW, schedule: (draw) => draw() });
  render(Window, { app });
  await settled();
  app.showRoom("room-weibo");
  await settled();
  const drawn = (): number => {
    const figures = screen.getByTestId("figures");
    const spark = figures.querySelector('[data-figure="watching"] .spark path:not(.fill)');
    const chart = figures.querySelector("svg.chart path.line.weibo");
    const points = (path: Element | null): number => path?.getAttribute("d")?.match(/[ML]/g)?.length ?? 0;
    expect(points(chart)).toBe(points(spark));
    return points(spark);
  };
  const tell = async (whole: boolean, ...minutes: number[]): Promise<void> => {
    const readings = minutes.map((n): Reading => ({ at: NOW + n * 60_000, figures: { watching: 900 + n } }));
    backend.push([{ kind: "readings", room: "room-weibo", whole, readings }]);
    await settled();
  };
  expect(drawn()).toBe(0);
  await tell(false, 1, 2, 3);
  expect(drawn()).toBe(3);
  await tell(false, 4);
  expect(drawn()).toBe(4);
  await tell(true, 1, 3);
  expect(drawn()).toBe(2);
  const title = (): string | undefined => document.querySelector("figure .cap")?.textContent;
  expect(title()).toBe("Watching, last 2 min");
  await tell(true, 1, 60);
  expect(title()).toBe("Watching, last hour");
  await tell(true, 1, 186);
  expect(title(), "readings tell the whole evening").toBe("Watching, last 3 h 5 min");
});

it("counts what is said while the anchor is away, and nothing when it is over", async () => {
  const backend = new FakeBackend(snapshot("en", {}));
  const app = new App(backend, { now: () => NOW, schedule: (draw) => draw() });
  render(Window, { app });
  await settled();
  app.showRoom("room-weibo");
  const told = async (status: RoomView["status"]): Promise<boolean> => {
    const room = app.model.room("room-weibo");
    if (room) backend.push([{ kind: "room", room: { ...room, status } }]);
    await settled();
    return screen.queryByTestId("figure-chat") !== null;
  };
  expect(await told("live")).toBe(true);
  expect(await told("anchor_away")).toBe(true);
  expect(screen.getByTestId("room-weibo").textContent).toContain("Host is away");
  expect(await told("ended")).toBe(false);
});
