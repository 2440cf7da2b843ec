import { beforeEach, describe, expect, it } from "vitest";
import { setLocale } from "../../state/locale.svelte";
import { accountExpiry, callsWords, expiryWords } from "./expiry";
import { sampleAccount } from "./harness";

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

beforeEach(() => setLocale("zh-CN"));

describe("when a sign-in runs out", () => {
  const at = (left: number): [string, string] => {
    const { text, tone } = expiryWords(NOW + left, NOW);
    return [text, tone];
  };

  it("is told in whole units that never promise too much", () => {
    expect(at(30 * DAY)).toEqual(["30 天后过期", "plain"]);
    expect(at(4 * DAY - 1)[0]).toBe("3 天后过期");
    expect(at(1_825 * DAY)[0]).toBe("5 年后过期");
  });

  it("turns amber under three days, and to hours under one", () => {
    expect(at(3 * DAY)).toEqual(["3 天后过期", "plain"]);
    expect(at(3 * DAY - 1)).toEqual(["2 天后过期", "warn"]);
    expect(at(DAY)).toEqual(["1 天后过期", "warn"]);
    expect(at(DAY - 1)).toEqual(["23 小时后过期", "warn"]);
    expect(at(HOUR - 1)).toEqual(["59 分钟后过期", "warn"]);
    expect(at(10)).toEqual(["1 分钟后过期", "warn"]);
    expect(at(0)).toEqual(["已经过期", "problem"]);
  });

  it("is said in English with its plural", () => {
    setLocale("en");
    expect([at(DAY)[0], at(2 * DAY)[0]]).toEqual(["Expires in 1 day", "Expires in 2 days"]);
  });

  it("is said only of an account that is signed in and has an end", () => {
    const expires_at = NOW + DAY;
    expect(accountExpiry(sampleAccount(), NOW)).toBeNull();
    expect(accountExpiry(sampleAccount({ expires_at, state: "expired" }), NOW)).toBeNull();
    expect(accountExpiry(sampleAccount({ expires_at }), NOW)?.text).toBe("1 天后过期");
  });
});

it("tells the calls left and when they start anew, amber when few", () => {
  const resets_at = new Date(2026, 2, 14).getTime();
  const of = (left: number): ReturnType<typeof callsWords> => callsWords({ left, of: 100, resets_at });
  expect(of(63)).toEqual({ text: "还可调用 63/100 次 · 00:00 重置", tone: "plain" });
  expect(of(9).tone).toBe("warn");
  expect(of(0)).toEqual({ text: "100 次调用用完了 · 00:00 重置", tone: "warn" });
});
