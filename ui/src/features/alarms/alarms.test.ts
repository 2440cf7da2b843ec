import { describe, expect, it } from "vitest";
import type { Alarm, AlarmKind, EncoderView, RoomView } from "../../ipc/backend";
import { problem, room } from "../../screens/data";
import { setLocale } from "../../state/locale.svelte";
import { NO_ENCODER, NO_RELAY } from "../../state/model.svelte";
import { alarmShort, alarmWords, foremost, standing, type AlarmAct } from "./words";
import { roomState } from "../room/roomstate";
import { platforms } from "../../screens/platforms";

const NOW = 1_800_000_000_000;
const every: AlarmKind[] = [
  { kind: "live_without_video" },
  { kind: "video_without_live" },
  { kind: "cut_off", words: "" },
  { kind: "warned", words: "" },
  { kind: "other_key" },
  { kind: "address_runs_out", at: NOW },
  { kind: "encoder_reconnecting" },
  { kind: "encoder_lost" },
  { kind: "upload_short", needed_kbps: 12_040, budget_kbps: 10_000 },
];
const alarm = (kind: AlarmKind, more: Partial<Alarm> = {}): Alarm => ({
  id: 1,
  kind,
  room: "room-bilibili",
  since: NOW,
  seen: false,
  ...more,
});
const idle: EncoderView = { ...NO_ENCODER, link: { kind: "connected" } };
const push = { server: "rtmp://a.example/live", has_key: true };
const act = (kind: AlarmKind, of: Partial<RoomView>, encoder: EncoderView): AlarmAct =>
  alarmWords(alarm(kind), { room: room("bilibili", "en", of), startable: true, encoder, relay: NO_RELAY })
    .act;

describe("an alarm's words", () => {
  it("are there for each kind, in both languages, by the house's rules", () => {
    const told = (["zh-CN", "en"] as const).map((lang) => {
      setLocale(lang);
      return every.map((kind) => {
        const of = room("bilibili", lang);
        const words = alarmWords(alarm(kind), { room: of, startable: true, encoder: idle, relay: NO_RELAY });
        return [words.title, words.next, words.label, alarmShort(kind.kind)].join(" ");
      });
    });
    for (const [zh, en] of (told[0] ?? []).map((text, i) => [text, told[1]?.[i] ?? ""] as const)) {
      expect(zh).toMatch(/\p{Script=Han}/u);
      expect(zh).not.toMatch(/请|您|！|undefined|[a-z]_[a-z]/u);
      expect(en).not.toMatch(/\p{Script=Han}|please|!|undefined|[a-z]_[a-z]/iu);
    }
    expect(new Set(told.flat()).size).toBe(2 * every.length);
  });

  it("pass on what the platform said", () => {
    setLocale("en");
    const words = alarmWords(alarm({ kind: "cut_off", words: "内容a违规" }), {
      room: room("bilibili", "en"),
      startable: true,
      encoder: idle,
      relay: NO_RELAY,
    });
    expect(words.next).toBe('Bilibili says: "内容a违规" Put it right, then go live again.');
    expect(words.act, "and it begins there").toBe("go_live");
  });

  it("offer what can be done then", () => {
    const video: AlarmKind = { kind: "live_without_video" };
    expect(act(video, { push }, { ...idle, room: "room-bilibili" })).toBe("start");
    expect(act(video, { push }, idle)).toBe("send_start");
    expect(act(video, { push }, { ...idle, streaming: true })).toBe("open_room");
    expect(act(video, { push }, NO_ENCODER)).toBe("open_room");
    expect(act(video, {}, idle)).toBe("open_room");
    const key: AlarmKind = { kind: "other_key" };
    expect(act(key, { push }, { ...idle, streaming: true })).toBe("resend");
    expect(act(key, { push }, idle), "nothing to stop").toBe("send_start");
    expect(act({ kind: "cut_off", words: "" }, {}, idle), "first a look").toBe("open_room");
    const live: AlarmKind = { kind: "video_without_live" };
    expect(act(live, { status: "not_started" }, idle)).toBe("go_live");
    expect(act(live, { status: "ended" }, idle)).toBe("stop");
    expect(act(live, { status: "ended" }, NO_ENCODER)).toBe("open_room");
  });
});

it("stands the grave before the others, and seen ones below the unseen", () => {
  const list = [
    alarm({ kind: "warned", words: "" }, { id: 1 }),
    alarm({ kind: "live_without_video" }, { id: 2, seen: true }),
    alarm({ kind: "other_key" }, { id: 3 }),
    alarm({ kind: "encoder_reconnecting" }, { id: 4 }),
  ];
  const ids = (found: Alarm[]): number[] => found.map((a) => a.id);
  expect(ids(standing(list))).toEqual([2, 3, 1, 4]);
  expect(ids(foremost(list, 4))).toEqual([3, 1, 4, 2]);
  expect(ids(foremost(list, 3))).toEqual([3, 1, 4]);
  expect(ids(foremost(list.slice(0, 3), 3))).toEqual([3, 1, 2]);
});

it("marks its room in the rail, but for what the room itself says", () => {
  setLocale("en");
  const info = platforms.find((p) => p.platform === "bilibili");
  const live = room("bilibili", "en", { status: "live" });
  expect(roomState(live, info, "warned")).toMatchObject({ glyph: "warning", words: "Warned" });
  expect(roomState(live, info, "encoder_lost")).toMatchObject({ glyph: "problem", tone: "problem" });
  expect(roomState(live, info).glyph).toBe("live");
  const refused = { ...live, problem: problem({ kind: "network" }) };
  expect(roomState(refused, info, "warned").words).not.toBe("Warned");
});
