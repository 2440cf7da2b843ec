/** The help page: what it answers, and the log that goes out of it. */
import { fireEvent, render, screen } from "@testing-library/svelte";
import { tick } from "svelte";
import { beforeEach, expect, it, vi } from "vitest";
import { testApp } from "../accounts/harness";
import InApp from "../accounts/InApp.svelte";
import { problem } from "../../screens/data";
import { setLocale } from "../../state/locale.svelte";
import HelpPage from "./HelpPage.svelte";
import { topics } from "./topics";

vi.setConfig({ testTimeout: 60_000 });
beforeEach(() => setLocale("en"));

async function settled(): Promise<void> {
  for (let i = 0; i < 8; i++) {
    await Promise.resolve();
    await tick();
  }
}

it("answers each question, and hands the log out by the program's dialog", async () => {
  const { app, calls } = testApp({ exportLog: () => "kaibo.zip" });
  render(InApp, { app, page: HelpPage });
  expect(screen.getAllByTestId("help-topic").map((t) => t.dataset.topic)).toEqual(topics.map((t) => t.key));
  await fireEvent.click(screen.getByTestId("export-log"));
  await settled();
  expect(calls.map((c) => c.name)).toContain("exportLog");
  expect(app.toasts.list.map((t) => t.text).join()).toContain("kaibo.zip");
});

it("says that the log wasn't written", async () => {
  const { app } = testApp({
    exportLog: () => {
      throw problem({ kind: "storage" }) as unknown as Error;
    },
  });
  render(InApp, { app, page: HelpPage });
  await fireEvent.click(screen.getByTestId("export-log"));
  await settled();
  expect(screen.getByTestId("help-log-problem").dataset.code).toBe("storage");
});
