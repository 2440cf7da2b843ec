/**
 * Draws one designed state: `?scene=…&theme=dark|light&lang=zh-CN|en`; `?scene=components` every component in every state
 * of its own, `problems` every problem in words. Never part of the program.
 */
import { mount } from "svelte";
import Window from "../App.svelte";
import type { Backend, RoomView, Theme, Update } from "../ipc/backend";
import { FakeBackend } from "../ipc/fake";
import { App } from "../state/app.svelte";
import { setLocale } from "../state/locale.svelte";
import { setTheme } from "../state/theme";
import { alarmScreens } from "./alarms";
import { aliveScreens } from "./alive";
import { chatScreens } from "./chat";
import { connectScreens } from "./connect";
import { coverScreens } from "./cover";
import { chat, NOW, sandboxRooms, snapshot, type Lang } from "./data";
import { encoderScreens } from "./encoder";
import Gallery from "./Gallery.svelte";
import { historyScreens } from "./history";
import { overlayScreens } from "./overlay";
import { peopleScreens } from "./people";
import { moderationScreens } from "./moderation";
import Problems from "./Problems.svelte";
import { relayScreens } from "./relay";
import { madeUpCode } from "./run";
import { restScreens } from "./rest";
import { updateScreens } from "./update";
import { flowScreens } from "./flow";
import { summaryScreens } from "./summary";
import { tonightScreens } from "./tonight";
import { frame, scenes, type Scene } from "./scenes";

const all: Scene[] = [
  ...scenes,
  ...chatScreens,
  ...connectScreens,
  ...tonightScreens,
  ...coverScreens,
  ...encoderScreens,
  ...alarmScreens,
  ...aliveScreens,
  ...historyScreens,
  ...overlayScreens,
  ...peopleScreens,
  ...moderationScreens,
  ...relayScreens,
  ...summaryScreens,
  ...flowScreens,
  ...restScreens,
  ...updateScreens,
];
const GALLERY = "components";
const PROBLEMS = "problems";
const query = new URLSearchParams(location.search);
const lang: Lang = query.get("lang") === "en" ? "en" : "zh-CN";
const theme = (query.get("theme") ?? "dark") as Theme;
const scene = all.find((s) => s.name === query.get("scene"));

async function draw(target: HTMLElement, chosen: Scene): Promise<void> {
  const told = snapshot(lang, chosen.snapshot?.(lang) ?? { rooms: sandboxRooms(lang) });
  // Rooms that heard somebody just now show what was said.
  const heard = ({ chat: c }: RoomView): boolean =>
    c.kind === "listening" && c.last_line !== null && NOW - c.last_line < 60_000;
  const hearing = new Set(told.rooms.filter(heard).map((r) => r.id));
  if (told.chat.length === 0) told.chat = chat(lang).filter((l) => hearing.has(l.room));
  if (chosen.accounts) told.accounts = [...told.accounts, ...chosen.accounts];
  if (chosen.vault) told.vault = chosen.vault;
  told.preferences = { ...told.preferences, theme };
  const preflight: Backend["preflight"] = ({ rooms }) =>
    Promise.resolve({ id: 1, finished_at: NOW, rooms: rooms.map((room) => ({ room, checks: [] })) });
  const backend = new FakeBackend(told, {
    preflight,
    qrCode: () => Promise.resolve(madeUpCode()),
    ...chosen.backend,
  });
  if (chosen.backend?.subscribe) backend.subscribe = chosen.backend.subscribe;
  const app = new App(backend, { now: () => NOW });
  app.model.systemLanguage = lang;
  // Nothing is looked at by itself: the picture in the other theme, a moment later, would be of another state.
  app.lastLook = NOW;
  // What scripts want told besides: `scripts/chat-flood.mjs`.
  document.addEventListener("kaibo-push", (event) => {
    if (event instanceof CustomEvent) backend.push(event.detail as Update[]);
  });
  // The same page is drawn in the other theme too, and its settings say which.
  document.addEventListener("kaibo-theme", (event) => {
    if (!(event instanceof CustomEvent)) return;
    const preferences = { ...app.model.preferences, theme: event.detail as Theme };
    backend.push([{ kind: "preferences", preferences }]);
  });
  mount(Window, { target, props: { app } });
  await frame();
  await chosen.show?.(app, backend, lang);
  await frame();
  await new Promise((done) => setTimeout(done, 150));
}

const target = document.getElementById("app");
// A caret that blinks is there in one picture and not in the next.
document.documentElement.style.caretColor = "transparent";
if (target && [GALLERY, PROBLEMS].includes(query.get("scene") ?? "")) {
  setLocale(lang);
  setTheme(theme);
  if (query.get("scene") === PROBLEMS) mount(Problems, { target });
  else mount(Gallery, { target, props: { lang } });
  document.body.dataset.ready = "true";
} else if (!scene) {
  const listed = [
    { name: GALLERY, sizes: false },
    { name: PROBLEMS, sizes: false },
    ...all.map(({ name, sizes = false }) => ({ name, sizes })),
  ];
  document.body.textContent = listed.map(({ name }) => name).join("\n");
  document.body.dataset.scenes = JSON.stringify(listed);
} else if (target) {
  void draw(target, scene).then(() => (document.body.dataset.ready = "true"));
}
