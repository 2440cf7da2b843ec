import { describe, expect, it } from "vitest";
import type { InvalidReason, Platform, Problem, ProblemCode, UnreadableHow } from "../ipc/types/kaibo";
import { problemKinds, problemWords } from "./problems";
import type { Locale } from "./words";

const locales: Locale[] = ["zh-CN", "en"];
const platforms: (Platform | null)[] = [null, "weibo", "taobao", "qiniu", "bilibili"];
const reasons: InvalidReason[] = [
  { why: "empty" },
  { why: "too_long", used: 41, limit: 40 },
  { why: "too_many", limit: 200 },
  { why: "malformed" },
  { why: "refused" },
];
const hows: UnreadableHow[] = ["html", "truncated", "too_large", "too_deep", "malformed"];
const fields = [
  "title",
  "cover_url",
  "add_tags",
  "chat",
  "access_token",
  "cookie",
  "live_ids",
  "no_such_field",
];

const problem = (code: ProblemCode, more: Partial<Problem> = {}): Problem => ({
  code,
  platform: null,
  platform_code: null,
  message: null,
  retry_after: null,
  detail_id: "",
  ...more,
});

/** Every form a code can take. */
function forms(kind: ProblemCode["kind"]): ProblemCode[] {
  if (kind === "invalid")
    return fields.flatMap((field) => reasons.map((reason) => ({ kind, field, reason })));
  if (kind === "unreadable") return hows.map((how) => ({ kind, how }));
  if (kind === "verify_in_app")
    return [
      { kind, url: "https://example.com/verify" },
      { kind, url: "" },
    ];
  if (kind === "face_check") return [{ kind, url: "https://example.com/face" }];
  if (kind === "history_gap") return [{ kind, lines: 37 }];
  return [{ kind } as ProblemCode];
}

const every = problemKinds.flatMap(forms);
const cases = locales.flatMap((locale) =>
  platforms.flatMap((platform) => every.map((code) => ({ locale, platform, code }))),
);

describe("the problem table", () => {
  it("has an entry for each kind the program can send", () => {
    expect(problemKinds).toHaveLength(43);
    expect(new Set(problemKinds).size).toBe(43);
  });

  it("says what happened, whose side, what to do next, and offers one action", () => {
    for (const { locale, platform, code } of cases) {
      const words = problemWords(problem(code, { platform }), { locale });
      for (const text of [words.title, words.next, words.brief, words.sideLabel, words.action.label]) {
        expect(text.trim(), JSON.stringify(code)).not.toBe("");
      }
    }
  });

  it("never falls back to a code, a message key or a name on the wire", () => {
    const wire = /[a-z]+_[a-z_]+|undefined|\[object|\{|\}/u;
    // These are the platforms' own names, and what a person copies.
    const known = /bili_jct/gu;
    for (const { locale, platform, code } of cases) {
      const w = problemWords(problem(code, { platform }), { locale });
      const all = [w.title, w.next, w.brief, w.sideLabel, w.action.label].join(" ").replace(known, "");
      expect(all).not.toMatch(wire);
    }
  });

  it("differs between the languages, and follows the wording rules in both", () => {
    for (const { platform, code } of cases) {
      const zh = problemWords(problem(code, { platform }), { locale: "zh-CN" });
      const en = problemWords(problem(code, { platform }), { locale: "en" });
      expect(zh.title).toMatch(/\p{Script=Han}/u);
      expect(zh.next).toMatch(/\p{Script=Han}/u);
      expect(en.title).not.toBe(zh.title);
      expect(en.next).not.toBe(zh.next);
      for (const text of [zh.title, zh.next, zh.action.label]) {
        expect(text).not.toMatch(/(?<!申)请|您|[!！]/u);
        // A space between Han and Latin or digits.
        expect(text).not.toMatch(/\p{Script=Han}[A-Za-z0-9]|[A-Za-z0-9]\p{Script=Han}/u);
      }
      for (const text of [en.title, en.next, en.action.label]) {
        expect(text).not.toMatch(/please|[!！“”‘’]/iu);
        expect(text.replace(/直播姬/gu, "")).not.toMatch(/\p{Script=Han}/u);
      }
    }
  });

  it("puts the platform's own code last, in brackets", () => {
    const more = { platform: "bilibili", platform_code: "60034" } as const;
    const zh = problemWords(problem({ kind: "client_refused" }, more), { locale: "zh-CN" });
    expect(zh.title).toBe("B 站只让自家程序开播");
    expect(zh.next).toMatch(/直播姬.*接上.*客户端身份.*（60034）$/u);
    const en = problemWords(problem({ kind: "client_refused" }, more), { locale: "en" });
    expect(en.next).toMatch(/client identity.* \(60034\)$/u);
  });

  it("names the field in words and says the fix", () => {
    const title: ProblemCode = {
      kind: "invalid",
      field: "title",
      reason: { why: "too_long", used: 41, limit: 40 },
    };
    const zh = problemWords(problem(title), { locale: "zh-CN" });
    expect(zh.title).toBe("标题 41 / 40，太长了");
    expect(zh.next).toBe("删 1 个字。");
    expect(zh.action).toMatchObject({ kind: "edit_field", field: "title" });
    const en = problemWords(problem(title), { locale: "en" });
    expect(en.title).toBe("Title is too long: 41 / 40");
    expect(en.next).toBe("Remove 1 character.");

    const cookie: ProblemCode = { kind: "invalid", field: "cookie", reason: { why: "malformed" } };
    expect(problemWords(problem(cookie, { platform: "bilibili" }), { locale: "en" }).brief).toMatch(
      /SESSDATA/,
    );
  });

  it("passes on the platform's words where it gave some, unchanged", () => {
    const refused = problem({ kind: "refused" }, { platform: "bilibili", message: "标题含a敏感词" });
    expect(problemWords(refused, { locale: "zh-CN" }).next).toBe("B 站说：「标题含a敏感词」");
  });

  it("tells how long to wait, in a person's unit", () => {
    const limited = (retry_after: number | null): ReturnType<typeof problemWords> =>
      problemWords(problem({ kind: "rate_limited" }, { platform: "weibo", retry_after }), { locale: "en" });
    expect(limited(8).action).toMatchObject({ kind: "wait", seconds: 8, label: "Try again in 8 s" });
    expect(limited(601).next).toBe("Try again in 11 min.");
    expect(limited(20_000).next).toBe("Try again in 6 h.");
    expect(limited(null).action.seconds).toBe(0);
  });

  it("tells an unreviewed Weibo app from other refusals, whichever kind it comes as", () => {
    for (const kind of ["not_allowed", "credentials_refused", "refused"] as const) {
      const words = problemWords(problem({ kind }, { platform: "weibo", platform_code: "21321" }), {
        locale: "zh-CN",
      });
      expect(words.title).toBe("微博不认这个应用");
      expect(words.next).toMatch(/（21321）$/u);
      expect(words.action.kind).toBe("open_platform");
    }
  });

  it("shows the face check's own address as a code, and takes the platform from the context", () => {
    const code: ProblemCode = { kind: "face_check", url: "https://example.com/face" };
    const words = problemWords(problem(code), { locale: "zh-CN", platform: "bilibili" });
    expect(words.action).toMatchObject({ kind: "show_qr", qr: "https://example.com/face" });
    expect(words.title).toBe("B 站要人脸验证");
  });
});
