/** Templates of *Tonight* over a scripted program, and what a room went live with last. */
import { fireEvent, render, screen } from "@testing-library/svelte";
import { tick } from "svelte";
import { beforeEach, expect, it, vi } from "vitest";
import Window from "../../App.svelte";
import type { Details, Preferences } from "../../ipc/backend";
import { FakeBackend } from "../../ipc/fake";
import { NOW, snapshot } from "../../screens/data";
import { idle } from "../../screens/run";
import { App } from "../../state/app.svelte";
import { setLocale } from "../../state/locale.svelte";

vi.setConfig({ testTimeout: 60_000 });
beforeEach(() => setLocale("en"));

const form = (title: string): Details => ({
  title,
  summary: "",
  notice: "",
  cover_url: "",
  area_id: "",
  tags: [],
  visibility: "public",
});

async function settled(): Promise<void> {
  for (let i = 0; i < 8; i++) {
    await Promise.resolve();
    await tick();
  }
}

async function open(more: Partial<Preferences>): Promise<{ app: App; backend: FakeBackend }> {
  const told = snapshot("en", { rooms: idle("en") });
  told.preferences = { ...told.preferences, language: "en", tonight: form(""), ...more };
  const backend = new FakeBackend(told);
  const app = new App(backend, { now: () => NOW, schedule: (draw) => draw() });
  render(Window, { app });
  await settled();
  return { app, backend };
}

const press = async (id: string): Promise<void> => {
  await fireEvent.click(screen.getByTestId(id));
  await settled();
};

it("keeps a form under a name, fills it in, and takes that back", async () => {
  const { app, backend } = await open({ templates: [{ name: "Friday", details: form("Friday evening") }] });
  app.showTonight();
  await settled();
  app.tonight.details.title = "What I wrote";
  await press("templates");
  await press("template-use");
  expect(app.tonight.details.title).toBe("Friday evening");
  await press("templates");
  await press("template-undo");
  expect(app.tonight.details.title).toBe("What I wrote");

  await press("templates");
  await press("template-keep");
  await fireEvent.input(screen.getByTestId("template-name"), { target: { value: "  Mine " } });
  await press("template-save");
  const kept = backend.of("setPreferences").at(-1)?.[0].templates;
  expect(kept?.map((t) => [t.name, t.details.title])).toEqual([
    ["Mine", "What I wrote"],
    ["Friday", "Friday evening"],
  ]);
  await press("templates");
  await press("template-keep");
  await fireEvent.click(screen.getAllByTestId("template-delete")[0] as HTMLElement);
  await settled();
  expect(
    backend
      .of("setPreferences")
      .at(-1)?.[0]
      .templates.map((t) => t.name),
  ).toEqual(["Friday"]);
});

it("begins with what a room went live with last, and never over what was written", async () => {
  const { app } = await open({ last: { "room-bilibili": form("Last time") } });
  app.showTonight("room-bilibili");
  expect(app.tonight.details.title).toBe("Last time");
  app.tonight.details.title = "Being written";
  app.showTonight("room-bilibili");
  expect(app.tonight.details.title).toBe("Being written");
});

it("tells of each platform what it gets, not what it could get", async () => {
  const { app } = await open({});
  app.showTonight();
  await settled();
  const line = (p: string): string =>
    screen.getByTestId(`preview-${p}`).querySelector(".takes")?.textContent ?? "";
  expect([line("bilibili"), line("weibo"), line("qiniu")]).toEqual(["with area", "Title only", "Title only"]);
  app.tonight.details.notice = " \n";
  await settled();
  expect(line("bilibili"), "what is blank isn't sent").toBe("with area");
  app.tonight.details.notice = "Milk at nine";
  app.tonight.details.cover_url = "https://a.example/cover.jpg";
  await settled();
  expect([line("bilibili"), line("weibo"), line("qiniu")]).toEqual([
    "with notice, area; no cover",
    "with cover; no notice",
    "with cover, notice",
  ]);
  expect(screen.getByTestId("tonight-notice").closest(".fieldset")?.textContent).toContain(
    "Only for Bilibili, Qiniu.",
  );
});

it("doesn't look ready to go live while something is missing, and leads there when pressed", async () => {
  const { app, backend } = await open({});
  app.showTonight();
  await settled();
  const go = screen.getByTestId("tonight-go");
  expect([go.getAttribute("aria-disabled"), go.classList.contains("is-off")]).toEqual(["true", true]);
  await press("tonight-go");
  expect(backend.of("goLive")).toEqual([]);
  expect(document.activeElement?.id).toBe("tonight-title");
  app.tonight.details.title = "A Friday";
  await settled();
  expect(go.getAttribute("aria-disabled")).toBeNull();
});

it("says where a private broadcast would be seen by everybody", async () => {
  const { app } = await open({});
  app.showTonight();
  await settled();
  expect(screen.queryAllByTestId("preview-public")).toHaveLength(0);
  app.tonight.details.visibility = "private";
  await settled();
  expect(screen.getByTestId("preview-bilibili").textContent).toContain("private");
  expect(screen.getByTestId("preview-weibo").querySelector('[data-testid="preview-public"]')).toBeNull();
});
