/** Draws one designed state: `?scene=…&theme=dark|light&lang=zh-CN|en`. Never part of the program. */
import { mount } from "svelte";
import Window from "../App.svelte";
import type { Theme, Update } from "../ipc/backend";
import { FakeBackend } from "../ipc/fake";
import { App } from "../state/app.svelte";
import { alarmScreens } from "./alarms";
import { chatScreens } from "./chat";
import { connectScreens } from "./connect";
import { NOW, sandboxRooms, snapshot, type Lang } from "./data";
import { encoderScreens } from "./encoder";
import { historyScreens } from "./history";
import { overlayScreens } from "./overlay";
import { peopleScreens } from "./people";
import { moderationScreens } from "./moderation";
import { tonightScreens } from "./tonight";
import { frame, scenes, type Scene } from "./scenes";

const all: Scene[] = [
  ...scenes,
  ...chatScreens,
  ...connectScreens,
  ...tonightScreens,
  ...encoderScreens,
  ...alarmScreens,
  ...historyScreens,
  ...overlayScreens,
  ...peopleScreens,
  ...moderationScreens,
];
const query = new URLSearchParams(location.search);
const scene = all.find((s) => s.name === query.get("scene"));

async function draw(target: HTMLElement, chosen: Scene): Promise<void> {
  const lang: Lang = query.get("lang") === "en" ? "en" : "zh-CN";
  const theme = (query.get("theme") ?? "dark") as Theme;
  const told = snapshot(lang, chosen.snapshot?.(lang) ?? { rooms: sandboxRooms(lang) });
  if (chosen.accounts) told.accounts = [...told.accounts, ...chosen.accounts];
  if (chosen.vault) told.vault = chosen.vault;
  told.preferences = { ...told.preferences, theme };
  const backend = new FakeBackend(told, chosen.backend);
  if (chosen.backend?.subscribe) backend.subscribe = chosen.backend.subscribe;
  const app = new App(backend, { now: () => NOW });
  // What scripts want told besides: `scripts/chat-flood.mjs`.
  document.addEventListener("kaibo-push", (event) => {
    if (event instanceof CustomEvent) backend.push(event.detail as Update[]);
  });
  mount(Window, { target, props: { app } });
  await frame();
  await chosen.show?.(app, backend, lang);
  await frame();
  await new Promise((done) => setTimeout(done, 150));
}

const target = document.getElementById("app");
if (!scene) {
  document.body.textContent = all.map((s) => s.name).join("\n");
  document.body.dataset.scenes = JSON.stringify(all.map((s) => ({ name: s.name, sizes: s.sizes ?? false })));
} else if (target) {
  void draw(target, scene).then(() => (document.body.dataset.ready = "true"));
}
