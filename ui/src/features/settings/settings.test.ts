import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { beforeEach, expect, it } from "vitest";
import { setLocale } from "../../state/locale.svelte";
import { testApp } from "../accounts/harness";
import InApp from "../accounts/InApp.svelte";
import FirstRunPage from "../firstrun/FirstRunPage.svelte";
import SettingsPage from "./SettingsPage.svelte";

beforeEach(() => setLocale("zh-CN"));

it("sets appearance, language and the sandbox through the program's preferences", async () => {
  const { app, calls } = testApp();
  render(InApp, { app, page: SettingsPage });
  for (const id of ["setting-theme-light", "setting-language-en", "setting-sandbox"]) {
    await fireEvent.click(screen.getByTestId(id));
    await waitFor(() => expect(app.busy.size).toBe(0));
  }
  const set = calls.filter((c) => c.name === "setPreferences");
  expect(set).toHaveLength(3);
  expect(set[2]?.args[0]).toMatchObject({ theme: "light", language: "en", sandbox: true });
  expect(screen.getByTestId("setting-theme-light").getAttribute("aria-checked")).toBe("true");
  expect(screen.getByTestId("setting-sandbox").getAttribute("aria-checked")).toBe("true");
});

it("moves through choices by arrow keys", async () => {
  const { app } = testApp();
  render(InApp, { app, page: SettingsPage });
  await fireEvent.keyDown(screen.getByTestId("setting-theme-dark"), { key: "ArrowLeft" });
  expect(app.model.preferences.theme).toBe("system");
  expect(document.activeElement).toBe(screen.getByTestId("setting-theme-system"));
});

it("welcomes, and steps aside at a press", async () => {
  const { app } = testApp();
  app.show("firstrun");
  render(InApp, { app, page: FirstRunPage });
  await fireEvent.click(screen.getByTestId("firstrun-dismiss"));
  expect(app.view).toBe("room");
  await fireEvent.click(screen.getByTestId("firstrun-connect"));
  expect(app.view).toBe("accounts");
  expect(app.accountsIntent).toEqual({ kind: "add", platform: null });
});

it("chooses what is told outside the window, each kind by itself", async () => {
  const { app, calls } = testApp();
  render(InApp, { app, page: SettingsPage });
  expect(screen.getByTestId("notices-paid").getAttribute("aria-checked"), "off at first").toBe("false");
  await fireEvent.click(screen.getByTestId("notices-paid"));
  await waitFor(() => expect(app.busy.size).toBe(0));
  await fireEvent.click(screen.getByTestId("notices-runs"));
  await waitFor(() => expect(app.busy.size).toBe(0));
  expect(calls.at(-1)?.args[0]).toMatchObject({ notices: { alarms: true, paid: true, runs: false } });
});
