/** The overlay's page and its card in the settings. */
import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { expect, it, vi } from "vitest";
import Window from "../../App.svelte";
import type { Backend, OverlayLine, OverlaySettings, Snapshot } from "../../ipc/backend";
import { FakeBackend } from "../../ipc/fake";
import { Stage } from "../../overlay/stage";
import { m } from "../../paraglide/messages.js";
import { NOW, snapshot } from "../../screens/data";
import { App } from "../../state/app.svelte";
import { NO_OVERLAY, OVERLAY_DEFAULTS } from "../../state/model.svelte";

// jsdom has no constructed style sheets.
CSSStyleSheet.prototype.replaceSync ??= vi.fn();

const line = (id: number, text: string, more: Partial<OverlayLine> = {}): OverlayLine => ({
  id,
  platform: "bilibili",
  kind: "message",
  name: "小满",
  me: false,
  moderator: false,
  text,
  gift: null,
  at: 0,
  ...more,
});
const rows = (place: Element): string[] =>
  [...place.querySelectorAll(".line .text")].map((row) => row.textContent ?? "");

function stage(more: Partial<OverlaySettings> = {}): { place: HTMLElement; stage: Stage } {
  const place = document.createElement("div");
  const made = new Stage(place, "en");
  made.start({ ...OVERLAY_DEFAULTS, ...more }, [], 0);
  return { place, stage: made };
}

it("puts text in as text, newest last, and thirty lines at most", () => {
  const { place, stage: page } = stage();
  page.add([line(1, "<b>bold</b>"), line(2, "second")], 0);
  expect(rows(place)).toEqual(["<b>bold</b>", "second"]);
  expect(place.querySelector(".line b")).toBeNull();
  page.add(
    Array.from({ length: 100 }, (_, n) => line(n + 3, `line ${n}`)),
    0,
  );
  expect(rows(place)).toHaveLength(30);
  expect(rows(place).at(-1)).toBe("line 99");
});

it("puts the newest on top where that is wanted", () => {
  const { place, stage: page } = stage({ newest_on_top: true });
  page.add([line(1, "first"), line(2, "second")], 0);
  expect(rows(place)).toEqual(["second", "first"]);
});

it("lets a line go when its time is over, or when it is taken back", () => {
  const { place, stage: page } = stage({ stay_seconds: 10 });
  page.add([line(1, "old")], 1_000);
  page.add([line(2, "young"), line(3, "taken back")], 9_000);
  page.recall([3]);
  expect(rows(place)).toEqual(["old", "young"]);
  page.tick(11_000);
  expect(rows(place)).toEqual(["young"]);
});

it("shows the likes of a platform once, and gifts with their count", () => {
  const { place, stage: page } = stage();
  page.add([line(1, "10", { kind: "like" }), line(2, "11", { kind: "like" })], 0);
  page.add([line(3, "", { kind: "gift", gift: { name: "Flower", count: 3, worth: 1_500 } })], 0);
  expect(rows(place)).toEqual(["11 likes", "Flower ×3"]);
  expect(place.querySelector(".worth")?.textContent).toBe("¥1.50");
});

async function open(
  more: Partial<Snapshot> = {},
  answers: Partial<Backend> = {},
): Promise<{ app: App; backend: FakeBackend }> {
  const backend = new FakeBackend(snapshot("en", more), answers);
  const app = new App(backend, { now: () => NOW, schedule: (draw) => draw() });
  render(Window, { app });
  await waitFor(() => expect(app.model.ready).toBe(true));
  app.show("settings");
  await screen.findByTestId("overlay");
  return { app, backend };
}

const on = (more: Partial<OverlaySettings> = {}): Partial<Snapshot> => ({
  overlay: { state: { kind: "on" }, pages: 1 },
  preferences: { ...snapshot("en").preferences, overlay: { ...OVERLAY_DEFAULTS, on: true, ...more } },
});
const press = (id: string): Promise<unknown> => fireEvent.click(screen.getByTestId(id));
const last = (backend: FakeBackend): OverlaySettings | undefined => backend.of("setOverlay").at(-1)?.[0];

it("is off until it is switched on", async () => {
  const { backend } = await open();
  expect(screen.queryByTestId("overlay-copy")).toBeNull();
  await press("overlay-on");
  expect(last(backend)).toEqual({ ...OVERLAY_DEFAULTS, on: true });
  expect(await screen.findByTestId("overlay-copy")).toBeTruthy();
});

it("copies the address, and makes another only when asked twice", async () => {
  const { backend } = await open(on());
  expect(screen.getByTestId("overlay").dataset["pages"]).toBe("1");
  await press("overlay-copy");
  expect(backend.of("copyOverlay")).toHaveLength(1);
  await press("overlay-renew");
  expect(backend.of("renewOverlay")).toHaveLength(0);
  await press("overlay-renew-sure");
  await waitFor(() => expect(backend.of("renewOverlay")).toHaveLength(1));
});

it("previews with the page's own code and follows the options", async () => {
  const { backend } = await open(on());
  const shown = (): Element | null | undefined =>
    screen.getByTestId("overlay-preview").firstElementChild?.shadowRoot?.querySelector(".overlay");
  expect(shown()?.querySelectorAll(".line").length).toBeGreaterThan(3);
  await press("overlay-theme-bubbles");
  expect(last(backend)?.theme).toBe("bubbles");
  await waitFor(() => expect(shown()?.getAttribute("data-theme")).toBe("bubbles"));
  await press("overlay-kind-gifts");
  expect(last(backend)?.gifts).toBe(false);
  await waitFor(() => expect(shown()?.querySelector('[data-kind="gift"]')).toBeNull());
});

it("doesn't send a port or a style sheet that can't be", async () => {
  const { backend } = await open(on());
  const write = async (id: string, value: string): Promise<void> => {
    await fireEvent.input(screen.getByTestId(id), { target: { value } });
    await fireEvent.change(screen.getByTestId(id));
  };
  await write("overlay-port", "80");
  expect(screen.getByTestId("overlay-port-problem")).toBeTruthy();
  await write("overlay-css", "弹".repeat(11_000));
  expect(screen.getByTestId("overlay-css-problem")).toBeTruthy();
  expect(backend.of("setOverlay")).toHaveLength(0);
  await write("overlay-port", "7400");
  expect(last(backend)?.port).toBe(7400);
});

it("tells of a taken port and of a locked keyring, with the next step", async () => {
  const { backend } = await open({
    ...on(),
    overlay: { ...NO_OVERLAY, state: { kind: "port_taken", port: 7345 } },
  });
  expect(screen.getByTestId("overlay-problem").textContent).toContain("7345");
  expect(screen.getByTestId("overlay-on").getAttribute("aria-checked"), "it is wanted").toBe("true");
  expect(screen.getByTestId("overlay-state").textContent, "and isn't off").toBe(m.overlay_port_taken_short());
  const problem = {
    code: { kind: "keyring_locked" as const },
    platform: null,
    platform_code: null,
    message: null,
    retry_after: null,
    detail_id: "",
  };
  backend.push([{ kind: "overlay", overlay: { state: { kind: "failed", problem }, pages: 0 } }]);
  await waitFor(() => expect(screen.getByTestId("overlay-unlock")).toBeTruthy());
  expect(screen.getByTestId("overlay-state").textContent, "nor is it then").toBe(m.overlay_failed_short());
  await press("overlay-unlock");
  await waitFor(() => expect(backend.of("setOverlay").length).toBeGreaterThan(0));
});
