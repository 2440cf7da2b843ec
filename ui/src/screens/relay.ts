/** The designed states of the relay: before it, while it runs, what goes wrong with it, its settings. */
import type {
  CustomTarget,
  EncoderView,
  Preferences,
  Problem,
  RelaySettings,
  RelayTargetState,
  RelayTargetView,
  RelayView,
  RoomView,
  RunState,
  RunView,
  Snapshot,
} from "../ipc/backend";
import type { App } from "../state/app.svelte";
import { NO_RELAY, RELAY_DEFAULTS } from "../state/model.svelte";
import { chat, evening, NOW, pick, problem, SINCE, snapshot, type Lang } from "./data";
import { connected, streaming } from "./encoder";
import { idle } from "./run";
import { frame, press, type, type Scene } from "./scenes";

export const CUSTOM: CustomTarget = {
  id: "c1",
  name: "工作室存档",
  server: "rtmps://keep.example/live",
  on: true,
};

export const custom = (lang: Lang): CustomTarget => ({
  ...CUSTOM,
  name: pick(lang, CUSTOM.name, "Studio archive"),
});

/** A minute that breathes around a bitrate. */
const minute = (kbps: number): number[] =>
  Array.from({ length: 60 }, (_, i) =>
    kbps === 0 ? 0 : Math.round(kbps + 160 * Math.sin(i / 3) + 60 * Math.sin(i * 1.9)),
  );

export const fedRoom = (
  room: string,
  state: RelayTargetState,
  more: Partial<RelayTargetView> = {},
): RelayTargetView => {
  const kbps = state.kind === "publishing" ? 6_020 : 0;
  return {
    target: { kind: "room", room },
    state,
    kbps,
    queued_ms: kbps > 0 ? 210 : 0,
    delay_ms: kbps > 0 ? 40 : 0,
    dropped_frames: 0,
    reconnects: 0,
    figures: minute(kbps),
    ...more,
  };
};

const publishing: RelayTargetState = { kind: "publishing" };

/** The line with so many targets publishing, of so many that want to. */
const upload = (now: number, needed: number): RelayView["upload"] => ({
  now_kbps: now * 6_020,
  needed_kbps: needed * 6_020,
  budget: { kind: "at_least", kbps: 18_400 },
  short: false,
});

export const relay = (more: Partial<RelayView> = {}): RelayView => ({
  ...NO_RELAY,
  state: { kind: "on" },
  server: "rtmp://127.0.0.1:1936/live",
  source: { kind: "publishing", since: SINCE },
  video: "H.264",
  audio: "AAC",
  kbps: 6_020,
  targets: [
    fedRoom("room-bilibili", publishing),
    fedRoom("room-weibo", publishing, { queued_ms: 480, delay_ms: 130 }),
    fedRoom("c", publishing, { target: { kind: "custom", id: "c1" }, dropped_frames: 42, reconnects: 1 }),
  ],
  upload: upload(3, 3),
  ...more,
});

/** OBS went away six seconds ago: nothing was handed on since. */
const gone = (state: RelayTargetState["kind"]): Partial<RelayTargetView> =>
  state === "publishing" ? { figures: [...minute(6_020).slice(6), 0, 0, 0, 0, 0, 0] } : {};

/** OBS isn't there: nothing flows. */
const still = (source: RelayView["source"], state: RelayTargetState["kind"]): Partial<RelayView> => ({
  source,
  video: null,
  audio: null,
  kbps: 0,
  targets: [
    fedRoom("room-bilibili", { kind: state } as RelayTargetState, gone(state)),
    fedRoom("room-weibo", { kind: state } as RelayTargetState, gone(state)),
  ],
  upload: upload(0, 0),
});

export const settingsWith = (lang: Lang, more: Partial<RelaySettings> = {}): Preferences => ({
  ...snapshot(lang).preferences,
  relay: { ...RELAY_DEFAULTS, custom: [custom(lang)], ...more },
});

/** An evening with the relay in a state. */
const withRelay = (lang: Lang, view: RelayView, more: Partial<Snapshot> = {}): Partial<Snapshot> => ({
  chat: chat(lang),
  relay: view,
  preferences: settingsWith(lang),
  ...more,
});

const failing = (code: "target_unreachable" | "target_stalled"): RelayTargetState => ({
  kind: "retrying",
  problem: problem({ kind: code }),
});
const refused: RelayTargetState = {
  kind: "stopped",
  problem: problem(
    { kind: "target_refused" },
    { platform: "weibo", platform_code: "NetStream.Publish.BadName" },
  ),
};

const page = (app: App): void => app.show("relay");
const obs = (more: Partial<EncoderView> = {}): EncoderView => streaming({ room: null, relay: true, ...more });

const settings = async (app: App): Promise<void> => {
  app.relay.showSettings();
  await frame();
};

/** Rooms on air whose video hasn't come. */
const silent = (lang: Lang): RoomView[] =>
  evening(lang).map((r) =>
    r.status === "live" ? { ...r, signal: { kind: "none" }, started_at: NOW - 8_000 } : r,
  );

export const relayRun = (state: RunState): RunView => ({
  id: 1,
  going_live: true,
  started_at: NOW - 9_000,
  finished_at: state.kind === "working" ? null : NOW,
  rooms: ["room-bilibili", "room-weibo"].map((room, i) => ({
    room,
    state: { kind: "done" },
    steps: [],
    took_ms: 900 + i * 400,
  })),
  encoder: null,
  relay: state,
});

const invalid = (field: string): Problem => problem({ kind: "invalid", field, reason: { why: "malformed" } });

const two = (state: RelayTargetState): RelayTargetView[] => [
  fedRoom("room-bilibili", publishing),
  fedRoom("room-weibo", state, { dropped_frames: 310, reconnects: 3 }),
];

export const relayScreens: Scene[] = [
  { name: "relay-off", snapshot: (lang) => withRelay(lang, NO_RELAY), show: page },
  {
    name: "relay-absent",
    sizes: true,
    snapshot: (lang) => withRelay(lang, relay(still({ kind: "absent" }, "waiting"))),
    show: page,
  },
  {
    name: "relay-absent-obs",
    snapshot: (lang) =>
      withRelay(lang, relay(still({ kind: "absent" }, "waiting")), { encoder: connected({ former: true }) }),
    show: page,
  },
  {
    name: "relay-starting",
    snapshot: (lang) =>
      withRelay(
        lang,
        relay({
          source: { kind: "publishing", since: NOW - 2_000 },
          targets: [fedRoom("room-bilibili", publishing), fedRoom("room-weibo", { kind: "connecting" })],
          upload: { now_kbps: 6_020, needed_kbps: 12_040, budget: { kind: "unknown" }, short: false },
        }),
        { encoder: obs({ since: NOW - 2_000 }) },
      ),
    show: page,
  },
  {
    name: "relay-sending",
    sizes: true,
    snapshot: (lang) => withRelay(lang, relay({ refused: 2 }), { encoder: obs() }),
    show: page,
  },
  {
    name: "relay-add",
    snapshot: (lang) =>
      withRelay(lang, relay({ targets: two({ kind: "paused" }), upload: upload(1, 1) }), { encoder: obs() }),
    show: async (app) => {
      page(app);
      await frame();
      await press("relay-add");
    },
  },
  {
    name: "relay-retrying",
    sizes: true,
    snapshot: (lang) =>
      withRelay(lang, relay({ targets: two(failing("target_unreachable")), upload: upload(1, 2) }), {
        encoder: obs(),
      }),
    show: page,
  },
  {
    name: "relay-stopped",
    sizes: true,
    snapshot: (lang) =>
      withRelay(lang, relay({ targets: two(refused), upload: upload(1, 1) }), { encoder: obs() }),
    show: page,
  },
  {
    name: "relay-held",
    sizes: true,
    snapshot: (lang) => withRelay(lang, relay(still({ kind: "held", until: NOW + 24_000 }, "publishing"))),
    show: page,
  },
  {
    name: "relay-short",
    sizes: true,
    snapshot: (lang) =>
      withRelay(
        lang,
        relay({
          targets: [
            fedRoom("room-bilibili", publishing, {
              kbps: 4_100,
              queued_ms: 2_400,
              delay_ms: 2_300,
              dropped_frames: 96,
            }),
            fedRoom("room-weibo", failing("target_stalled"), { dropped_frames: 801, reconnects: 2 }),
          ],
          upload: {
            now_kbps: 4_100,
            needed_kbps: 12_040,
            budget: { kind: "told", kbps: 10_000 },
            short: true,
          },
        }),
        {
          encoder: obs(),
          preferences: settingsWith(lang, { upload_kbps: 10_000 }),
          alarms: [
            {
              id: 1,
              kind: { kind: "upload_short", needed_kbps: 12_040, budget_kbps: 10_000 },
              room: null,
              since: NOW - 14_000,
              seen: false,
            },
          ],
        },
      ),
    show: page,
  },
  {
    name: "relay-broken",
    sizes: true,
    snapshot: (lang) =>
      withRelay(lang, { ...NO_RELAY, state: { kind: "broken", problem: problem({ kind: "relay_port" }) } }),
    show: page,
  },
  {
    name: "relay-remove",
    snapshot: (lang) => withRelay(lang, relay(), { encoder: obs() }),
    show: async (app) => {
      page(app);
      await frame();
      await press("relay-remove");
    },
  },
  {
    name: "relay-push-absent",
    sizes: true,
    snapshot: (lang) =>
      withRelay(lang, relay(still({ kind: "absent" }, "waiting")), {
        rooms: silent(lang),
        encoder: connected({ former: true }),
      }),
    show: (app) => app.showRoom("room-bilibili"),
  },
  {
    name: "relay-push",
    sizes: true,
    snapshot: (lang) => withRelay(lang, relay(), { encoder: obs() }),
    show: (app) => app.showRoom("room-weibo"),
  },
  {
    name: "relay-push-stopped",
    snapshot: (lang) =>
      withRelay(lang, relay({ targets: two(refused), upload: upload(1, 1) }), {
        encoder: obs(),
        rooms: evening(lang).map((r) => (r.id === "room-weibo" ? { ...r, signal: { kind: "none" } } : r)),
      }),
    show: (app) => app.showRoom("room-weibo"),
  },
  {
    name: "relay-tonight",
    sizes: true,
    snapshot: (lang) =>
      withRelay(lang, NO_RELAY, {
        rooms: idle(lang),
        encoder: connected({ figures: streaming().figures }),
        preferences: { ...settingsWith(lang, { measured_kbps: 40_000 }), with_encoder: true },
      }),
    show: (app) => app.showTonight(),
  },
  {
    name: "relay-tonight-tight",
    sizes: true,
    snapshot: (lang) =>
      withRelay(lang, NO_RELAY, {
        rooms: idle(lang),
        encoder: connected({ figures: streaming().figures }),
        preferences: settingsWith(lang, { upload_kbps: 20_000 }),
      }),
    show: (app) => app.showTonight(),
  },
  {
    name: "relay-run",
    sizes: true,
    snapshot: (lang) =>
      withRelay(lang, relay(still({ kind: "absent" }, "waiting")), {
        rooms: silent(lang),
        run: relayRun({ kind: "done" }),
      }),
    show: (app) => app.show("run"),
  },
  {
    name: "relay-run-failed",
    snapshot: (lang) =>
      withRelay(
        lang,
        { ...NO_RELAY, state: { kind: "broken", problem: problem({ kind: "relay_port" }) } },
        {
          rooms: silent(lang),
          run: relayRun({ kind: "failed", problem: problem({ kind: "relay_port" }) }),
        },
      ),
    show: (app) => app.show("run"),
  },
  { name: "relay-settings", sizes: true, snapshot: (lang) => withRelay(lang, relay()), show: settings },
  {
    name: "relay-settings-wrong",
    snapshot: (lang) => withRelay(lang, NO_RELAY, { preferences: settingsWith(lang, { custom: [] }) }),
    show: async (app) => {
      await settings(app);
      await type("relay-port", "80");
      await type("relay-hold", "900");
    },
  },
  {
    name: "relay-custom",
    sizes: true,
    snapshot: (lang) => withRelay(lang, NO_RELAY),
    backend: { setRelayTarget: () => Promise.reject(invalid("server")) },
    show: async (app) => {
      await settings(app);
      await press("relay-custom-add");
      await type("relay-custom-server", "srt://keep.example:9000");
      await press("relay-custom-save");
    },
  },
  {
    name: "relay-forget",
    snapshot: (lang) => withRelay(lang, relay()),
    show: async (app) => {
      await settings(app);
      await press("relay-custom-forget");
    },
  },
  {
    name: "relay-export",
    sizes: true,
    snapshot: (lang) => withRelay(lang, relay(), { encoder: obs() }),
    show: async (app) => {
      page(app);
      await frame();
      await press("relay-export");
    },
  },
  {
    name: "relay-end",
    snapshot: (lang) => withRelay(lang, relay(), { encoder: obs() }),
    show: (app) => {
      app.showRoom("room-bilibili");
      app.dialog = { kind: "end", rooms: ["room-bilibili"] };
    },
  },
  {
    name: "relay-close",
    snapshot: (lang) => withRelay(lang, relay(), { encoder: obs() }),
    show: (app) => {
      app.showRoom("room-bilibili");
      app.dialog = { kind: "close" };
    },
  },
];
