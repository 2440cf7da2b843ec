/** The designed states of OBS: connecting it, sending to it, its figures, a run with it. */
import type { EncoderFigures, EncoderView, Preferences, RunEncoder, RunView, Snapshot } from "../ipc/backend";
import { NO_ENCODER } from "../state/model.svelte";
import type { App } from "../state/app.svelte";
import { chat, evening, NOW, pick, problem, room, SINCE, snapshot, TITLE, type Lang } from "./data";
import { idle } from "./run";
import { frame, type Scene } from "./scenes";

const ADDRESS = { host: "127.0.0.1", port: 4455 };

/** Two minutes of OBS: a bitrate that breathes, and a few frames dropped in the middle. */
const figures = (): EncoderFigures[] =>
  Array.from({ length: 120 }, (_, i) => ({
    at: NOW - (119 - i) * 1_000,
    kbps: Math.round(6_000 + 180 * Math.sin(i / 3) + 70 * Math.sin(i * 1.9)) - (i > 60 && i < 66 ? 2_400 : 0),
    dropped: i < 60 ? 11 : Math.min(11 + (i - 59) * 9, 65),
    frames: 300_000 + i * 60,
    congestion: i > 58 && i < 70 ? 46 - Math.abs(64 - i) * 6 : Math.round(3 + 2 * Math.sin(i)),
  }));

/** The same, until its connection went a few seconds ago. */
const away = (): EncoderFigures[] => figures().map((f, i) => (i < 114 ? f : { ...f, kbps: 0 }));

export const connected = (more: Partial<EncoderView> = {}): EncoderView => ({
  ...NO_ENCODER,
  address: ADDRESS,
  link: { kind: "connected" },
  version: { encoder: "29.0.2", protocol: "5.1.0" },
  ...more,
});

export const streaming = (more: Partial<EncoderView> = {}): EncoderView =>
  connected({
    streaming: true,
    since: SINCE,
    room: "room-bilibili",
    former: true,
    size: [1_920, 1_080],
    figures: figures(),
    ...more,
  });

export const broken = (code: "encoder_unreachable" | "encoder_password"): EncoderView => ({
  ...NO_ENCODER,
  address: ADDRESS,
  link: {
    kind: "broken",
    retry_at: code === "encoder_unreachable" ? NOW + 4_000 : null,
    problem: problem({ kind: code }),
  },
});

const prefers = (lang: Lang, more: Partial<Preferences>): Preferences => ({
  ...snapshot(lang).preferences,
  encoder: ADDRESS,
  ...more,
});

/** An evening with OBS in a state. */
export const withObs = (
  lang: Lang,
  encoder: EncoderView,
  more: Partial<Snapshot> = {},
): Partial<Snapshot> => ({
  chat: chat(lang),
  encoder,
  preferences: prefers(lang, { with_encoder: true }),
  ...more,
});

const settings = async (app: App): Promise<void> => {
  app.showEncoder();
  await frame();
};
const press = async (id: string): Promise<void> => {
  document.querySelector<HTMLElement>(`[data-testid="${id}"]`)?.click();
  await frame();
};
const openFirst = (app: App): void => app.showRoom("room-bilibili");

const run = (encoder: RunEncoder, going_live = true): RunView => ({
  id: 1,
  going_live,
  started_at: NOW - 9_000,
  finished_at: encoder.state.kind === "working" ? null : NOW,
  rooms: ["room-bilibili", "room-weibo"].map((id, i) => ({
    room: id,
    state: { kind: "done" },
    steps: [],
    took_ms: 900 + i * 400,
  })),
  encoder,
  relay: null,
});

const failed = (code: "encoder_differs" | "encoder_unreachable"): RunEncoder => ({
  room: "room-bilibili",
  state: { kind: "failed", problem: problem({ kind: code }) },
  steps: [
    { step: "rooms", done: true },
    { step: "send", done: true },
    { step: "compare", done: true },
    { step: "start", done: false },
  ],
});

/** Rooms on air whose video hasn't come. */
const silent = (lang: Lang): Snapshot["rooms"] =>
  evening(lang).map((r) =>
    r.status === "live" ? { ...r, signal: { kind: "none" }, started_at: NOW - 8_000 } : r,
  );

const waiting = (lang: Lang): Snapshot["rooms"] =>
  idle(lang).map((r) =>
    r.platform === "weibo"
      ? {
          ...r,
          remote: "1022:1",
          title: pick(lang, ...TITLE),
          push: { server: "rtmp://ps.live.example/alicdn", has_key: true },
          signal: { kind: "none" },
        }
      : r,
  );

export const encoderScreens: Scene[] = [
  {
    name: "no-video-start",
    snapshot: (lang) =>
      withObs(lang, connected({ room: "room-bilibili" }), {
        rooms: silent(lang),
      }),
    show: openFirst,
  },
  {
    name: "no-video-streaming",
    snapshot: (lang) =>
      withObs(lang, streaming({ room: null, figures: [] }), {
        rooms: silent(lang),
      }),
    show: openFirst,
  },
  { name: "obs-off", sizes: true, snapshot: (lang) => ({ chat: chat(lang) }), show: settings },
  {
    name: "obs-find",
    snapshot: (lang) => ({ chat: chat(lang) }),
    show: async (app) => {
      await settings(app);
      await press("encoder-find");
    },
  },
  {
    name: "obs-server-off",
    sizes: true,
    snapshot: (lang) => ({ chat: chat(lang) }),
    backend: { findEncoder: () => Promise.resolve("server_off") },
    show: async (app) => {
      await settings(app);
      await app.encoder.find();
    },
  },
  {
    name: "obs-absent",
    snapshot: (lang) => ({ chat: chat(lang) }),
    backend: { findEncoder: () => Promise.resolve("absent") },
    show: async (app) => {
      await settings(app);
      await app.encoder.find();
    },
  },
  {
    name: "obs-unreachable-form",
    snapshot: (lang) => ({ chat: chat(lang) }),
    backend: { connectEncoder: () => Promise.reject(problem({ kind: "encoder_unreachable" })) },
    show: async (app) => {
      await settings(app);
      await press("encoder-manual");
      await press("encoder-connect");
    },
  },
  {
    name: "obs-connecting",
    snapshot: (lang) => withObs(lang, { ...NO_ENCODER, address: ADDRESS, link: { kind: "connecting" } }),
    show: settings,
  },
  {
    name: "obs-password",
    sizes: true,
    snapshot: (lang) => withObs(lang, broken("encoder_password")),
    show: settings,
  },
  {
    name: "obs-broken",
    sizes: true,
    snapshot: (lang) => withObs(lang, broken("encoder_unreachable")),
    show: settings,
  },
  { name: "obs-connected", sizes: true, snapshot: (lang) => withObs(lang, connected()), show: settings },
  {
    name: "obs-forget",
    snapshot: (lang) => withObs(lang, streaming()),
    show: async (app) => {
      await settings(app);
      await press("encoder-forget");
    },
  },
  {
    name: "obs-push-off",
    snapshot: (lang) => ({ chat: chat(lang) }),
    show: openFirst,
  },
  {
    name: "obs-push-idle",
    sizes: true,
    snapshot: (lang) =>
      withObs(lang, connected({ former: true, room: "room-weibo" }), { rooms: waiting(lang) }),
    show: async (app) => {
      app.showRoom("room-weibo");
      await frame();
      await press("export-menu");
    },
  },
  { name: "obs-streaming", sizes: true, snapshot: (lang) => withObs(lang, streaming()), show: openFirst },
  {
    // The room on the page waits for the video that goes to the other.
    name: "obs-streaming-other",
    snapshot: (lang) =>
      withObs(lang, streaming(), {
        chat: chat(lang).filter((l) => l.platform === "bilibili"),
        rooms: evening(lang).map((r, i) => (r.id === "room-weibo" ? (waiting(lang)[i] ?? r) : r)),
      }),
    show: (app) => app.showRoom("room-weibo"),
  },
  {
    name: "obs-differs",
    snapshot: (lang) =>
      withObs(lang, connected({ problem: problem({ kind: "encoder_differs" }) }), {
        rooms: evening(lang).map((r) => (r.status === "live" ? { ...r, signal: { kind: "none" } } : r)),
      }),
    show: openFirst,
  },
  {
    name: "obs-reconnecting",
    snapshot: (lang) =>
      withObs(lang, streaming({ reconnecting: true, figures: away() }), {
        rooms: evening(lang).map((r) => (r.id === "room-bilibili" ? { ...r, signal: { kind: "none" } } : r)),
        alarms: [
          { id: 1, kind: { kind: "encoder_reconnecting" }, room: null, since: NOW - 65_000, seen: false },
        ],
      }),
    show: openFirst,
  },
  {
    name: "obs-stop",
    snapshot: (lang) => withObs(lang, streaming()),
    show: async (app) => {
      openFirst(app);
      await frame();
      await press("stop-encoder");
    },
  },
  {
    name: "obs-export",
    sizes: true,
    snapshot: (lang) => withObs(lang, connected()),
    show: (app) => {
      openFirst(app);
      app.dialog = { kind: "export", room: "room-bilibili", format: "obs_multi_rtmp" };
    },
  },
  {
    name: "obs-export-ffmpeg",
    snapshot: (lang) => withObs(lang, connected()),
    show: (app) => {
      openFirst(app);
      app.dialog = { kind: "export", room: "room-bilibili", format: "ffmpeg" };
    },
  },
  {
    name: "obs-tonight",
    sizes: true,
    snapshot: (lang) => withObs(lang, connected(), { rooms: idle(lang) }),
    show: (app) => app.showTonight(),
  },
  {
    name: "obs-tonight-off",
    snapshot: (lang) => ({ rooms: [room("bilibili", lang), room("taobao", lang)] }),
    show: (app) => app.showTonight(),
  },
  {
    name: "obs-run-working",
    snapshot: (lang) =>
      withObs(lang, connected({ room: "room-bilibili", busy: "start" }), {
        rooms: silent(lang),
        run: run({ ...failed("encoder_differs"), state: { kind: "working" } }),
      }),
    show: (app) => app.show("run"),
  },
  {
    name: "obs-run-failed",
    sizes: true,
    snapshot: (lang) =>
      withObs(lang, connected({ room: "room-bilibili" }), {
        rooms: silent(lang),
        run: run(failed("encoder_differs")),
      }),
    show: (app) => app.show("run"),
  },
  {
    name: "obs-run-ended",
    snapshot: (lang) =>
      withObs(lang, connected(), {
        rooms: evening(lang).map((r) =>
          r.status === "live"
            ? { ...r, status: "ended", signal: { kind: "none" }, chat: { kind: "off" } }
            : r,
        ),
        run: run(
          {
            room: null,
            state: { kind: "done" },
            steps: [
              { step: "stop", done: true },
              { step: "blank", done: true },
            ],
          },
          false,
        ),
      }),
    show: (app) => {
      app.runFirst = { id: 1, goingLive: false };
      app.show("run");
    },
  },
  {
    name: "obs-end-dialog",
    sizes: true,
    snapshot: (lang) =>
      withObs(lang, streaming(), { preferences: prefers(lang, { with_encoder: true, blank_key: true }) }),
    show: (app) => {
      openFirst(app);
      app.dialog = { kind: "end", rooms: ["room-bilibili", "room-weibo"] };
    },
  },
];
