import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { beforeEach, expect, it } from "vitest";
import { shortcuts } from "../../screens/data";
import { setLocale } from "../../state/locale.svelte";
import { testApp, type Call } from "../accounts/harness";
import InApp from "../accounts/InApp.svelte";
import { keyLabels } from "./keys";
import SettingsPage from "./SettingsPage.svelte";

beforeEach(() => setLocale("zh-CN"));

function open(
  view = shortcuts(),
  setShortcut: () => string | null = () => null,
): { app: ReturnType<typeof testApp>["app"]; calls: Call[] } {
  const { app, calls } = testApp({ setShortcut });
  app.model.apply({ seq: 1, updates: [{ kind: "shortcuts", shortcuts: view }] });
  render(InApp, { app, page: SettingsPage });
  return { app, calls };
}

const of = (calls: Call[], name: string): unknown[][] =>
  calls.filter((c) => c.name === name).map((c) => c.args);

it("takes the keys that are pressed, lets go of all meanwhile, and is off at first", async () => {
  const { app, calls } = open();
  expect(screen.getByTestId("global-on-compact").getAttribute("aria-checked")).toBe("false");
  const keys = screen.getByTestId("global-keys-compact");
  await fireEvent.click(keys);
  expect(of(calls, "holdShortcuts")).toEqual([[true]]);
  await fireEvent.keyDown(keys, { key: "Control", code: "ControlLeft", ctrlKey: true });
  expect(keys.textContent).toContain("Ctrl");
  expect(of(calls, "setShortcut"), "Ctrl alone is none").toEqual([]);
  await fireEvent.keyDown(keys, { key: "J", code: "KeyJ", ctrlKey: true, shiftKey: true });
  await waitFor(() => expect(app.busy.size).toBe(0));
  expect(of(calls, "setShortcut")).toEqual([["compact", "Ctrl+Shift+KeyJ", true]]);
  expect(of(calls, "holdShortcuts")).toEqual([[true], [false]]);
});

it("leaves the keys as they are at Esc, and when the focus goes", async () => {
  const { calls } = open();
  const keys = screen.getByTestId("global-keys-end");
  await fireEvent.click(keys);
  await fireEvent.keyDown(keys, { key: "Escape", code: "Escape" });
  await fireEvent.click(keys);
  await fireEvent.blur(keys);
  await fireEvent.keyDown(keys, { key: "F9", code: "F9" });
  expect(of(calls, "setShortcut")).toEqual([]);
  expect(of(calls, "holdShortcuts")).toEqual([[true], [false], [true], [false]]);
});

it("tells why keys can't be had, and which action has them", async () => {
  const { app } = open(
    shortcuts({
      show: { on: true, state: { kind: "refused" } },
      end: { on: true, state: { kind: "same", with: "compact" } },
    }),
    () => "everyday",
  );
  expect(screen.getByTestId("global-wrong-show").textContent).toContain("系统没给");
  expect(screen.getByTestId("global-wrong-end").textContent).toContain("「小窗」");
  expect(screen.queryByTestId("global-wrong-compact")).toBeNull();
  const keys = screen.getByTestId("global-keys-compact");
  await fireEvent.click(keys);
  await fireEvent.keyDown(keys, { key: "c", code: "KeyC", ctrlKey: true });
  await waitFor(() => expect(app.busy.size).toBe(0));
  expect(screen.getByTestId("global-wrong-compact").textContent).toContain("至少按住两个");
});

it("switches with the streamer's own keys, and resets", async () => {
  const { app, calls } = open(shortcuts({ show: { keys: "F9", own: true } }));
  for (const id of ["global-on-show", "global-on-end", "global-reset"]) {
    await fireEvent.click(screen.getByTestId(id));
    await waitFor(() => expect(app.busy.size).toBe(0));
  }
  expect(of(calls, "setShortcut")).toEqual([
    ["show", "F9", true],
    ["end", null, true],
  ]);
  expect(of(calls, "resetShortcuts")).toHaveLength(1);
});

it("offers commands where there can be no shortcuts", () => {
  open(shortcuts({}, false));
  expect(screen.getByTestId("global-command-streamer_mode").textContent).toBe("kaibo --streamer-mode");
  expect(screen.queryByTestId("global-on-show")).toBeNull();
});

it("names keys as they are printed", () => {
  expect(keyLabels("Ctrl+Alt+KeyK")).toEqual(["Ctrl", "Alt", "K"]);
  expect(keyLabels("Shift+Digit1")).toEqual(["Shift", "1"]);
  expect(keyLabels("Super+NumpadAdd")).toEqual(["Super", "Num +"]);
  expect(keyLabels("F9")).toEqual(["F9"]);
});
