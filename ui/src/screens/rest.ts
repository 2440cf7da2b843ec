/** Designed states that no other page of them has: questions, banners over the window, the end of a run. */
import type { RunView, Snapshot } from "../ipc/backend";
import { chat, evening, NOW, pick, problem, type Lang } from "./data";
import { answers } from "./history";
import { frame, press, type Scene } from "./scenes";

const full = (lang: Lang): Partial<Snapshot> => ({ chat: chat(lang) });

/** A run of *End*: one room ended, one refused. */
const ending = (): RunView => ({
  id: 2,
  going_live: false,
  started_at: NOW - 4_000,
  finished_at: NOW - 1_000,
  rooms: [
    {
      room: "room-bilibili",
      state: { kind: "done" },
      steps: [{ step: "end", done: true }],
      took_ms: 900,
    },
    {
      room: "room-weibo",
      state: { kind: "failed", problem: problem({ kind: "timeout" }, { platform: "weibo" }) },
      steps: [],
      took_ms: 3_000,
    },
  ],
  encoder: null,
  relay: null,
});

export const restScreens: Scene[] = [
  {
    name: "run-ended",
    sizes: true,
    snapshot: (lang) => ({
      rooms: evening(lang).map((r) =>
        r.id === "room-bilibili" ? { ...r, status: "ended", ended_at: NOW, chat: { kind: "off" } } : r,
      ),
      run: ending(),
    }),
    show: (app) => {
      app.runFirst = { id: ending().id, goingLive: false };
      app.show("run");
    },
  },
  {
    name: "run-skipped",
    snapshot: (lang) => ({
      rooms: evening(lang),
      run: {
        ...ending(),
        going_live: true,
        rooms: [{ room: "room-taobao", state: { kind: "skipped" }, steps: [], took_ms: null }],
      },
    }),
    show: (app) => app.show("run"),
  },
  {
    name: "link-dialog",
    snapshot: full,
    show: (app) => {
      app.showRoom("room-bilibili");
      app.dialog = { kind: "link", url: "https://live.bilibili.example/2100418?from=chat" };
    },
  },
  {
    name: "lost-dialog",
    snapshot: (lang) => ({
      rooms: evening(lang).map((r) =>
        r.id === "room-weibo"
          ? {
              ...r,
              remote: null,
              status: "not_started",
              signal: { kind: "unknown" },
              started_at: null,
              figures: {},
              push: null,
              landing_url: null,
              play: [],
              chat: { kind: "off" },
              lost_since: NOW - 5_000,
            }
          : r,
      ),
      readings: {},
    }),
    show: (app) => {
      app.showRoom("room-weibo");
      app.dialog = { kind: "lost", room: "room-weibo" };
    },
  },
  {
    name: "verify-dialog",
    snapshot: full,
    show: (app) => {
      app.showRoom("room-weibo");
      app.dialog = { kind: "verify", platform: "weibo", url: "" };
    },
  },
  {
    name: "keyring-absent",
    snapshot: (lang) => ({ ...full(lang), vault: { kind: "absent" } }),
    show: (app) => app.showRoom("room-bilibili"),
  },
  {
    name: "history-gap",
    sizes: true,
    snapshot: full,
    show: (app, backend) => {
      app.showRoom("room-bilibili");
      backend.push([{ kind: "problem", problem: problem({ kind: "history_gap", lines: 12 }) }]);
    },
  },
  {
    name: "history-export",
    snapshot: full,
    backend: answers(),
    show: (app) => {
      app.show("history");
      app.dialog = { kind: "history_export", session: null };
    },
  },
  {
    name: "mute-menu",
    snapshot: full,
    show: async (app, _backend, lang) => {
      app.showRoom("room-bilibili");
      app.drawer = {
        kind: "person",
        // Somebody who only came in.
        person: {
          platform: "bilibili",
          id: "guest",
          sandbox: false,
          name: pick(lang, "半夜卖瓜的", "midnight melons"),
        },
        room: "room-bilibili",
        from: null,
      };
      await frame();
      await press("person-mute");
    },
  },
  {
    name: "fields-refused",
    snapshot: (lang) => ({
      rooms: evening(lang).map((r) =>
        r.id === "room-bilibili"
          ? {
              ...r,
              problem: problem(
                { kind: "invalid", field: "title", reason: { why: "refused" } },
                { platform: "bilibili", platform_code: "-400" },
              ),
            }
          : r,
      ),
    }),
    show: (app) => app.showRoom("room-bilibili"),
  },
];
