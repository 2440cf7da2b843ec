/** The designed states of the tour, templates, streamer mode, the small window and help. */
import type { Template } from "../ipc/backend";
import type { App } from "../state/app.svelte";
import { chat, pick, sandboxRooms, TITLE, type Lang } from "./data";
import { idle } from "./run";
import { frame, press, type Scene } from "./scenes";

const templates = (lang: Lang): Template[] =>
  (
    [
      [["周五夜听", "Friday evening"], TITLE],
      [
        ["新到的七寸", "New 7-inches"],
        ["周日开箱：新到的七寸", "Sunday unboxing: new 7-inches"],
      ],
    ] as [[string, string], [string, string]][]
  ).map(([name, title]) => ({
    name: pick(lang, ...name),
    details: {
      title: pick(lang, ...title),
      summary: "",
      notice: "",
      cover_url: "",
      area_id: "",
      tags: [],
      visibility: "public",
    },
  }));

const withTemplates = (app: App, lang: Lang): void => {
  app.model.preferences = { ...app.model.preferences, templates: templates(lang) };
};

export const flowScreens: Scene[] = [
  {
    name: "tour",
    sizes: true,
    snapshot: (lang) => ({ rooms: sandboxRooms(lang), sandbox: true }),
    show: async (app) => {
      app.tour.begin();
      const first = app.model.rooms[0];
      if (first) app.showRoom(first.id);
      await frame();
    },
  },
  {
    name: "tonight-templates",
    snapshot: (lang) => ({ rooms: idle(lang) }),
    show: async (app, _backend, lang) => {
      withTemplates(app, lang);
      app.showTonight();
      await frame();
      await press("templates");
    },
  },
  {
    name: "tonight-template-keep",
    snapshot: (lang) => ({ rooms: idle(lang) }),
    show: async (app, _backend, lang) => {
      withTemplates(app, lang);
      app.showTonight();
      app.tonight.details.title = pick(lang, ...TITLE);
      app.tonight.details.visibility = "private";
      await frame();
      await press("templates");
      await press("template-keep");
    },
  },
  {
    name: "streamer-mode",
    sizes: true,
    snapshot: (lang) => ({ chat: chat(lang) }),
    show: async (app) => {
      app.model.preferences = { ...app.model.preferences, streamer_mode: true };
      app.showRoom("room-bilibili");
      await frame();
    },
  },
  {
    name: "streamer-accounts",
    snapshot: (lang) => ({ chat: chat(lang) }),
    show: async (app) => {
      app.model.preferences = { ...app.model.preferences, streamer_mode: true };
      app.showAccounts();
      await frame();
    },
  },
  {
    name: "compact",
    sizes: true,
    snapshot: (lang) => ({ chat: chat(lang) }),
    show: async (app) => {
      app.showRoom("room-bilibili");
      await app.setCompact(true);
      await frame();
    },
  },
  {
    name: "help",
    sizes: true,
    show: async (app) => {
      app.show("help");
      await frame();
    },
  },
];
