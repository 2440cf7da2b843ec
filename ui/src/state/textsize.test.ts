import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { expect, it } from "vitest";
import { testApp } from "../features/accounts/harness";
import InApp from "../features/accounts/InApp.svelte";
import SettingsPage from "../features/settings/SettingsPage.svelte";
import { shortcut } from "../features/shortcuts";
import { stepped, TEXT_SIZES } from "./textsize";

it("steps from the least to the largest and back, and stays at either end", () => {
  const up = [80];
  for (let size = stepped(80, true); size !== up.at(-1); size = stepped(size, true)) up.push(size);
  expect(up).toEqual([...TEXT_SIZES]);
  expect(stepped(80, false)).toBe(80);
  // A size of nobody's choosing finds its way back to the steps.
  expect([stepped(117, true), stepped(117, false)]).toEqual([125, 110]);
});

it("grows, shrinks and goes back by keys, also while something is asked", async () => {
  const { app, calls } = testApp();
  app.dialog = { kind: "close" };
  const press = (key: string, more: KeyboardEventInit = { ctrlKey: true }): boolean =>
    shortcut(app, new KeyboardEvent("keydown", { key, ...more }));
  expect(press("+", {}), "a plus that is written").toBe(false);
  for (const [key, size] of [
    ["=", 110],
    ["+", 125],
    ["-", 110],
    ["0", 100],
  ] as const) {
    expect(press(key, { ctrlKey: true, shiftKey: key === "+" })).toBe(true);
    expect(app.model.preferences.text_size).toBe(size);
    await waitFor(() => expect(app.busy.size).toBe(0));
  }
  press("0");
  expect(calls.filter((c) => c.name === "setPreferences")).toHaveLength(4);
});

it("is set in the settings, where the ends are told and keep the focus", async () => {
  const { app } = testApp();
  render(InApp, { app, page: SettingsPage });
  for (let n = 0; n < 6; n += 1) {
    await fireEvent.click(screen.getByTestId("text-larger"));
    await waitFor(() => expect(app.busy.size).toBe(0));
  }
  expect(screen.getByTestId("text-size").textContent).toBe("200 %");
  expect(screen.getByTestId("text-larger").getAttribute("aria-disabled")).toBe("true");
  expect(screen.getByTestId<HTMLButtonElement>("text-larger").disabled).toBe(false);
  await fireEvent.click(screen.getByTestId("text-usual"));
  expect(app.model.preferences.text_size).toBe(100);
});
