import type { Counting, DetailKind, Platform, PlatformInfo, TextLimit } from "../ipc/backend";

/** A text's length as the platform counts it; the same as the program's `limits.rs`. */
export function count(counting: Counting, text: string): number {
  return counting === "weibo" ? weiboLength(text) : [...text].length;
}

/**
 * Weibo's count of a post, in Chinese characters: half-width counts a half, an emoji two, a web address
 * 10 or by its length, and the sum is rounded up.
 */
export function weiboLength(text: string): number {
  let halves = 0;
  let rest = text;
  for (;;) {
    const at = rest.indexOf("http://");
    if (at < 0) break;
    halves += textHalves(rest.slice(0, at));
    rest = rest.slice(at);
    const end = rest.search(/[^\x21-\x7e]/);
    const link = end < 0 ? rest : rest.slice(0, end);
    halves += linkHalves(link);
    rest = rest.slice(link.length);
  }
  return Math.ceil((halves + textHalves(rest)) / 2);
}

function textHalves(text: string): number {
  let halves = 0;
  for (const char of text) halves += (char.codePointAt(0) ?? 0) <= 0x80 ? 1 : 2 * char.length;
  return halves;
}

function linkHalves(link: string): number {
  const host = link.replace(/^(http:\/\/)+/, "").split(/[/?#:]/)[0] ?? "";
  const of = (domain: string): boolean => host === domain || host.endsWith(`.${domain}`);
  if (host === "" || of("t.cn")) return textHalves(link);
  if (of("weibo.com") || of("weibo.cn")) return link.length <= 41 ? link.length : 20;
  return link.length <= 140 ? 20 : 20 + (link.length - 140);
}

export const limitOf = (info: PlatformInfo | undefined, detail: DetailKind): TextLimit | undefined =>
  info?.limits.find((l) => l.detail === detail)?.limit;

/** A text measured against a platform's limit. */
export interface Measure {
  platform: Platform;
  used: number;
  /** `Infinity` when the platform names no limit. */
  max: number;
  over: boolean;
  /** Empty, and the platform refuses that. */
  missing: boolean;
}

export function measure(info: PlatformInfo | undefined, detail: DetailKind, text: string): Measure | null {
  const limit = limitOf(info, detail);
  if (!info) return null;
  if (!limit) {
    // Every broadcast has a title, also where the platform names no limit for it.
    if (detail !== "title") return null;
    const used = count("characters", text);
    return { platform: info.platform, used, max: Infinity, over: false, missing: text.trim() === "" };
  }
  const used = count(limit.counting, text);
  return {
    platform: info.platform,
    used,
    max: limit.max,
    over: used > limit.max,
    missing: limit.required && text.trim() === "",
  };
}
