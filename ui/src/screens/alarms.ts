/** The designed states of alarms: each kind, some at once, and seen ones. */
import type { Alarm, AlarmKind, RoomView, Snapshot } from "../ipc/backend";
import { evening, NOW, pick, type Lang } from "./data";
import { broken, connected, streaming, withObs } from "./encoder";
import { frame, type Scene } from "./scenes";

const alarm = (id: number, kind: AlarmKind, more: Partial<Alarm> = {}): Alarm => ({
  id,
  kind,
  room: "room-bilibili",
  since: NOW - 42_000,
  seen: false,
  ...more,
});

const rooms = (lang: Lang, more: Partial<RoomView>): RoomView[] =>
  evening(lang).map((r) => (r.id === "room-bilibili" ? { ...r, ...more } : r));

const scene = (name: string, told: (lang: Lang) => Partial<Snapshot>, sizes = false): Scene => ({
  name: `alarm-${name}`,
  sizes,
  snapshot: told,
  show: (app) => app.showRoom("room-bilibili"),
});

/** Five at once, of three rooms and OBS. */
const many = (lang: Lang): Partial<Snapshot> =>
  withObs(lang, streaming({ reconnecting: true }), {
    rooms: rooms(lang, { signal: { kind: "none" } }),
    alarms: [
      alarm(1, { kind: "address_runs_out", at: NOW + 25 * 60_000 }, { room: "room-weibo" }),
      alarm(2, { kind: "live_without_video" }, { seen: true }),
      alarm(3, { kind: "warned", words: words(lang) }),
      alarm(4, { kind: "live_without_video" }, { room: "room-weibo", since: NOW - 16_000 }),
      alarm(5, { kind: "encoder_reconnecting" }, { room: null }),
    ],
  });

const words = (lang: Lang): string =>
  pick(lang, "画面里有未经许可的内容", "The picture holds content without permission");

export const alarmScreens: Scene[] = [
  scene(
    "no-video",
    (lang) =>
      withObs(lang, connected({ room: "room-bilibili" }), {
        rooms: rooms(lang, { signal: { kind: "none" } }),
        alarms: [alarm(1, { kind: "live_without_video" })],
      }),
    true,
  ),
  scene("not-live", (lang) =>
    withObs(lang, streaming(), {
      rooms: rooms(lang, { status: "ended", ended_at: NOW - 42_000, chat: { kind: "off" } }),
      alarms: [alarm(1, { kind: "video_without_live" })],
    }),
  ),
  scene("cut-off", (lang) =>
    withObs(lang, streaming(), {
      rooms: rooms(lang, { status: "ended", ended_at: NOW - 42_000, chat: { kind: "off" } }),
      alarms: [alarm(1, { kind: "cut_off", words: words(lang) })],
    }),
  ),
  scene("warned", (lang) =>
    withObs(lang, streaming(), { alarms: [alarm(1, { kind: "warned", words: words(lang) })] }),
  ),
  scene("other-key", (lang) =>
    withObs(lang, streaming({ room: null, figures: [] }), {
      rooms: rooms(lang, { signal: { kind: "none" } }),
      alarms: [alarm(1, { kind: "other_key" })],
    }),
  ),
  scene("runs-out", (lang) =>
    withObs(lang, streaming(), { alarms: [alarm(1, { kind: "address_runs_out", at: NOW + 25 * 60_000 })] }),
  ),
  scene("lost", (lang) =>
    withObs(
      lang,
      {
        ...broken("encoder_unreachable"),
        room: "room-bilibili",
        figures: streaming().figures.map((f) => ({ ...f, at: f.at - 42_000 })),
      },
      {
        alarms: [alarm(1, { kind: "encoder_lost" })],
      },
    ),
  ),
  scene("many", many, true),
  {
    ...scene("many-open", many, true),
    show: async (app) => {
      app.showRoom("room-bilibili");
      await frame();
      document.querySelector<HTMLElement>('[data-testid="alarms-more"]')?.click();
    },
  },
];
