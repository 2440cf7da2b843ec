import { render, screen, waitFor } from "@testing-library/svelte";
import { beforeEach, expect, it } from "vitest";
import Window from "../../App.svelte";
import { FakeBackend } from "../../ipc/fake";
import type { Milestone } from "../../ipc/backend";
import { summaryOf } from "../../screens/summary";
import { snapshot } from "../../screens/data";
import { App } from "../../state/app.svelte";
import { setLocale } from "../../state/locale.svelte";
import SummaryLists from "../summary/SummaryLists.svelte";
import { milestoneWords } from "./words";

beforeEach(() => setLocale("zh-CN"));

const reached = (kind: Milestone["kind"], value: number): Milestone => ({
  room: "room-bilibili",
  kind,
  value,
});

it("says a milestone once, each of several, and nothing over a small window's chat", async () => {
  const backend = new FakeBackend(snapshot("zh-CN"));
  const app = new App(backend, { schedule: (draw) => draw() });
  render(Window, { app });
  await waitFor(() => expect(app.model.ready).toBe(true));
  backend.push([
    { kind: "milestone", milestone: reached("watching", 1_000) },
    { kind: "milestone", milestone: reached("hours", 1) },
  ]);
  await waitFor(() => expect(screen.getAllByTestId("toast")).toHaveLength(2));
  const said = screen.getAllByTestId("toast").map((t) => t.textContent.trim());
  expect(said[0]).toContain("1,000");
  expect(said[1]).toContain(milestoneWords(reached("hours", 1)));
  app.compact = true;
  backend.push([{ kind: "milestone", milestone: reached("likes", 100) }]);
  await waitFor(() => expect(app.model.milestones).toEqual([]));
  expect(app.toasts.list).toHaveLength(2);
});

it("stands in the summary with its time and room", () => {
  const view = summaryOf("zh-CN", {
    milestones: [{ at: summaryOf("zh-CN").from, session: 98, kind: "messages", value: 500 }],
  });
  render(SummaryLists, { view });
  const list = screen.getByTestId("summary-milestones");
  expect(list.dataset.count).toBe("1");
  expect(list.textContent).toContain("500");
});
