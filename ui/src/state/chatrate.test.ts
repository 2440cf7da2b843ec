import { expect, it } from "vitest";
import type { ChatLine } from "../ipc/backend";
import { CHAT_KEPT, ChatLog } from "./chatlog.svelte";

const MINUTE = 60_000;
const NOW = 100 * MINUTE;

const line = (id: number, ago: number, more: Partial<ChatLine> = {}): ChatLine => ({
  id,
  room: "a",
  platform: "weibo",
  kind: "message",
  who: null,
  text: "",
  at: NOW - ago,
  gift: null,
  until: null,
  recalled: false,
  ...more,
});

const rate = (log: ChatLog): number[] => log.rate.minutes("a", NOW).map((p) => p.value);

it("counts messages of one room by the minute", () => {
  const log = new ChatLog();
  log.replace([line(1, 90_000), line(2, 30_000, { room: "b" })]);
  log.add([line(3, 20_000, { kind: "like" }), line(4, 10_000)], 0);
  expect(rate(log).slice(-2)).toEqual([1, 1]);
  expect(rate(log).reduce((sum, n) => sum + n)).toBe(2);
});

it("counts whole minutes up to the moment that is asked about", () => {
  const log = new ChatLog();
  log.add(Array.from({ length: 1_200 }, (_, i) => line(i + 1, i * 250 + 1)).reverse(), 0);
  expect(rate(log)).toEqual([240, 240, 240, 240, 240]);
});

it("tells nothing of minutes before the first line it has", () => {
  const log = new ChatLog();
  expect(rate(log)).toEqual([0]);
  log.add([line(1, 2.5 * MINUTE, { room: "b" }), line(2, 10_000)], 0);
  expect(rate(log), "nobody spoke in this room while another was heard").toEqual([0, 0, 1]);
  log.replace([line(2, 10_000)]);
  expect(rate(log)).toEqual([1]);
  log.add([line(3, -MINUTE)], 0);
  expect(rate(log), "its platform's clock is ahead").toEqual([2]);
});

it("still counts what a flood pushed out of the pane", () => {
  const log = new ChatLog();
  const lines = (first: number, ago: number, room: string): ChatLine[] =>
    Array.from({ length: CHAT_KEPT }, (_, i) => line(first + i, ago, { room }));
  log.add(lines(1, 2.5 * MINUTE, "a"), 0);
  log.add(lines(CHAT_KEPT + 1, 0, "b"), 0);
  expect(log.lines.every((l) => l.room === "b")).toBe(true);
  expect(rate(log).slice(-3)).toEqual([CHAT_KEPT, 0, 0]);
});

it("keeps no more than it tells, however far clocks are apart", () => {
  const log = new ChatLog();
  log.add(Array.from({ length: 2_000 }, (_, i) => line(i + 1, i * 5_000 + 1)).reverse(), 0);
  expect(rate(log)).toEqual(Array.from({ length: 30 }, () => 12));
});
