import { describe, expect, it } from "vitest";
import { platforms } from "../screens/platforms";
import { count, measure, weiboLength } from "./limits";

// The same vectors as the program's own tests in `limits.rs`.
describe("Weibo's count", () => {
  it.each([
    ["我司CEO与我司吉祥物...好大一坨！", 16],
    ["Test", 2],
    ["", 0],
    ["http://example.com/a/very/long/path", 10],
    ["看 http://t.cn/abc", 9],
    [`http://example.com/${"a".repeat(141)}`, 20],
    ["😀", 2],
  ])("%s counts %i", (text, length) => {
    expect(weiboLength(text)).toBe(length);
  });

  it("counts links to Weibo by their length up to 41, then 20 halves", () => {
    const short = `http://weibo.com/${"a".repeat(24)}`;
    expect(weiboLength(short)).toBe(21);
    expect(weiboLength(`${short}a`)).toBe(10);
    expect(weiboLength("http://notweibo.com/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")).toBe(10);
  });

  it("ends a link at the first character that isn't one of a link", () => {
    expect(weiboLength("http://example.com/a看看")).toBe(12);
    expect(weiboLength("http://a.example http://b.example")).toBe(21);
  });
});

describe("characters", () => {
  it("are code points", () => {
    expect(count("characters", "😀a")).toBe(2);
  });

  it("tell a text that is too long or missing", () => {
    const bilibili = platforms.find((p) => p.platform === "bilibili");
    expect(measure(bilibili, "title", "字".repeat(40))).toMatchObject({
      used: 40,
      over: false,
      missing: false,
    });
    expect(measure(bilibili, "title", "字".repeat(41))).toMatchObject({ used: 41, over: true });
    expect(measure(bilibili, "title", "  ")).toMatchObject({ missing: true });
    expect(measure(bilibili, "summary", "anything")).toBeNull();
    const free = bilibili && { ...bilibili, limits: [] };
    expect(measure(free, "title", " ")).toMatchObject({ missing: true, over: false });
    expect(measure(free, "title", "字".repeat(500))).toMatchObject({ missing: false, over: false });
  });
});
