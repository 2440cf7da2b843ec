import { beforeEach, describe, expect, it } from "vitest";
import { ago, change, clock, elapsed, lasting, short, span, videoWords, whole } from "./format";
import { resolveLocale, setLocale } from "./locale.svelte";

beforeEach(() => setLocale("zh-CN"));

describe("numbers", () => {
  it("stand in full in the room", () => {
    expect(whole(12_347)).toBe("12,347");
    expect(change(318)).toBe("+318");
    expect(change(-41)).toBe("−41");
    expect(change(0)).toBe("0");
  });

  it.each([
    [0, "0", "0"],
    [9_999, "9,999", "9,999"],
    [10_000, "1万", "10k"],
    [12_347, "1.2万", "12.3k"],
    [999_499, "99.9万", "999k"],
    [999_500, "100万", "1M"],
    [1_234_567, "123万", "1.2M"],
    [123_456_789, "1.2亿", "123M"],
  ])("%i is short in both languages", (n, zh, en) => {
    expect(short(n, "zh-CN")).toBe(zh);
    expect(short(n, "en")).toBe(en);
  });
});

describe("times", () => {
  it("have one form each", () => {
    const ms = ((1 * 60 + 23) * 60 + 45) * 1_000 + 999;
    expect(clock(ms)).toBe("01:23:45");
    expect(elapsed(ms)).toBe("1:23:45");
    expect(clock(-5)).toBe("00:00:00");
    expect(clock(100 * 3_600_000)).toBe("100:00:00");
  });

  it("say how long something has lasted, to the minute", () => {
    expect(lasting(59_999)).toBe("刚刚");
    expect(lasting(60_000)).toBe("1 分钟");
    expect(lasting(3_600_000 + 5 * 60_000)).toBe("1 小时 5 分");
    setLocale("en");
    expect(lasting(3_600_000)).toBe("1 h 0 min");
  });

  it("say how long ago in the language of the window", () => {
    expect(ago(3_400)).toBe("刚刚");
    expect(ago(10_000)).toBe("10 秒前");
    expect(ago(19_999)).toBe("10 秒前");
    expect(ago(60_000)).toBe("1 分钟前");
    setLocale("en");
    expect(ago(3_400)).toBe("just now");
    expect(ago(59_999)).toBe("50 s ago");
    expect(ago(7_200_000)).toBe("2 h ago");
  });

  it("say how long something goes on in whole units that have passed", () => {
    setLocale("en");
    expect([0, 1_999, 59_999, 60_000, 119_999].map(span)).toEqual(["0 s", "1 s", "59 s", "1 min", "1 min"]);
  });
});

it("leaves out what isn't known of a picture", () => {
  expect(videoWords(6_012, 1_080)).toBe("1080p · 6,012 kb/s");
  expect(videoWords(6_012, 0)).toBe("6,012 kb/s");
});

it("follows the operating system's language unless told otherwise", () => {
  expect(resolveLocale("auto", "zh_TW")).toBe("zh-CN");
  expect(resolveLocale("auto", "de-DE")).toBe("en");
  expect(resolveLocale("zh-CN", "en-GB")).toBe("zh-CN");
});
