import { beforeEach, describe, expect, it } from "vitest";
import type { Check, CheckKind, PreflightView } from "../../ipc/backend";
import { account, NOW, problem, room, snapshot } from "../../screens/data";
import { setLocale } from "../../state/locale.svelte";
import { clockWords, outdated, roomChecks, rowOf, wantsLook } from "./preflight";

beforeEach(() => setLocale("en"));

const HOUR = 3_600_000;
const check = (kind: CheckKind, more: Partial<Check> = {}): Check => ({
  kind,
  level: "red",
  expires_at: null,
  skew_ms: null,
  host: null,
  problem: null,
  ...more,
});
const bilibili = room("bilibili", "en");
const weibo = room("weibo", "en");
const row = (c: Check, r = weibo): ReturnType<typeof rowOf> => rowOf(c, r, account(r), NOW);
const kinds: CheckKind[] = ["sign_in", "right", "area", "texts", "push_address", "clock", "ingest", "calls"];

describe("a check in words", () => {
  it("says what, what next, and has one button, whatever it is, in both languages", () => {
    for (const lang of ["en", "zh-CN"] as const) {
      setLocale(lang);
      for (const kind of kinds) {
        for (const level of ["red", "amber", "unknown"] as const) {
          const found = row(check(kind, { level }));
          expect(found?.title, kind).toMatch(/\S/u);
          expect(found?.note, kind).toMatch(/\S/u);
          expect(found?.fix?.label, kind).toMatch(/\S/u);
          expect(`${found?.title}${found?.note}`).not.toMatch(/undefined|null|\{/u);
        }
      }
    }
  });

  it("is no row when it is good or still out", () => {
    expect(row(check("clock", { level: "green" }))).toBeNull();
    expect(row(check("clock", { level: "working" }))).toBeNull();
  });

  it("tells when the sign-in runs out, and leads to signing in", () => {
    const found = row(check("sign_in", { level: "amber", expires_at: NOW + 5 * HOUR }));
    expect(found?.title).toBe("Sign-in expires in 5 h");
    expect(found?.fix).toMatchObject({ kind: "repair", remedy: { kind: "sign_in" } });
  });

  it("shows the code to verify with, and says where to verify when there is none", () => {
    const right = (url: string): ReturnType<typeof row> =>
      row(check("right", { problem: problem({ kind: "verify_in_app", url }) }));
    expect(right("https://verify.example/1")?.fix).toMatchObject({
      kind: "repair",
      remedy: { kind: "verify", qr: "https://verify.example/1" },
    });
    expect(right("")?.note).toContain("begin a broadcast there");
    expect(right("")?.fix?.kind).toBe("again");
  });

  it("leads to the title and to the area on the page", () => {
    const code = {
      kind: "invalid",
      field: "title",
      reason: { why: "too_long", used: 41, limit: 40 },
    } as const;
    expect(row(check("texts", { problem: problem(code) }), bilibili)?.fix?.kind).toBe("title");
    const gone = row(check("area", { problem: problem({ kind: "area_gone" }) }), bilibili);
    expect(gone?.fix?.kind).toBe("area");
  });

  it("tells which way the clock is off", () => {
    expect(clockWords(95_000)).toContain("95 s slow");
    expect(clockWords(-600_000)).toContain("10 min fast");
  });

  it("names the ingest's host", () => {
    expect(row(check("ingest", { host: "push.example:1935" }))?.note).toContain("push.example:1935");
  });
});

describe("a look over rooms", () => {
  const view = (finished_at: number | null, more: Partial<PreflightView> = {}): PreflightView => ({
    id: 1,
    finished_at,
    rooms: [
      {
        room: weibo.id,
        checks: [
          check("clock", { level: "unknown" }),
          check("calls", { level: "amber" }),
          check("right"),
          check("sign_in", { level: "green" }),
          check("texts", { level: "working" }),
        ],
      },
    ],
    ...more,
  });

  it("puts the worst first and folds what is good, for the chosen rooms alone", () => {
    const found = roomChecks(view(NOW), [bilibili, weibo], [], NOW);
    expect(found).toHaveLength(1);
    expect(found[0]?.rows.map((r) => r.level)).toEqual(["red", "amber", "unknown"]);
    expect(found[0]?.good).toEqual(["sign_in"]);
    expect(found[0]?.working).toEqual(["texts"]);
    expect(roomChecks(view(NOW), [bilibili], [], NOW)).toEqual([]);
  });

  it("lets go of what it found about texts that were changed since", () => {
    const then = snapshot("en").preferences.tonight;
    const old = outdated(then, { ...then, title: "Another" });
    expect([old("texts"), old("area"), old("clock")]).toEqual([true, false, false]);
    expect(outdated(then, { ...then, area_id: "9" })("area")).toBe(true);
    expect(roomChecks(view(NOW), [weibo], [], NOW, old)[0]?.working).toEqual([]);
  });

  it("is made by itself for what wasn't looked over or long ago, never twice in a minute", () => {
    const ids = [weibo.id];
    expect(wantsLook(null, ids, null, NOW)).toBe(true);
    expect(wantsLook(null, [], null, NOW)).toBe(false);
    expect(wantsLook(null, ids, NOW - 59_000, NOW)).toBe(false);
    expect(wantsLook(view(NOW - 4 * 60_000), ids, NOW - 4 * 60_000, NOW)).toBe(false);
    expect(wantsLook(view(NOW - 6 * 60_000), ids, NOW - 6 * 60_000, NOW)).toBe(true);
    expect(wantsLook(view(NOW - 90_000), [...ids, bilibili.id], NOW - 90_000, NOW)).toBe(true);
  });
});
