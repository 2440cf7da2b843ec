/** The page of a run over a scripted program: it says nothing of calls that may still be made. */
import { render, screen, within } from "@testing-library/svelte";
import { tick } from "svelte";
import { beforeEach, expect, it } from "vitest";
import Window from "../../App.svelte";
import type { RunView } from "../../ipc/backend";
import { FakeBackend } from "../../ipc/fake";
import { NOW, problem, snapshot } from "../../screens/data";
import { idle } from "../../screens/run";
import { App } from "../../state/app.svelte";
import { setLocale } from "../../state/locale.svelte";

beforeEach(() => setLocale("en"));

async function settled(): Promise<void> {
  for (let i = 0; i < 8; i++) {
    await Promise.resolve();
    await tick();
  }
}

const run = (over: boolean): RunView => ({
  id: 1,
  going_live: true,
  started_at: NOW,
  finished_at: over ? NOW + 1_000 : null,
  rooms: [
    {
      room: "room-weibo",
      state: over ? { kind: "failed", problem: problem({ kind: "keyring_locked" }) } : { kind: "working" },
      steps: [],
      took_ms: over ? 1_000 : null,
    },
  ],
  encoder: null,
  relay: null,
});

it("says that nothing was sent only once nothing will be", async () => {
  const never = (): Promise<never> => new Promise(() => undefined);
  const backend = new FakeBackend(snapshot("en", { rooms: idle("en"), journal: [] }), { goLive: never });
  const app = new App(backend, { now: () => NOW, schedule: (draw) => draw() });
  render(Window, { app });
  await settled();
  const journal = (): string =>
    within(screen.getByRole("complementary", { name: "Journal" })).getByText(/sent to a platform/)
      .textContent;
  const hint = (): boolean => screen.queryByText(/one failing doesn't stop the rest/) !== null;
  void app.goLive(["room-weibo"]);
  await settled();
  expect([journal(), hint()]).toEqual(["Nothing sent to a platform yet", false]);
  backend.push([{ kind: "run", run: run(false) }]);
  await settled();
  expect([journal(), hint()]).toEqual(["Nothing sent to a platform yet", true]);
  backend.push([{ kind: "run", run: run(true) }]);
  await settled();
  expect([journal(), hint()]).toEqual(["Nothing was sent to a platform", false]);
});
