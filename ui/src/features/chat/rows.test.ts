import { describe, expect, it } from "vitest";
import type { ChatKind, ChatLine } from "../../ipc/backend";
import { CHAT_KEPT, ChatLog } from "../../state/chatlog.svelte";
import { sieve, type Filter } from "./filter";
import { FLOODED, FOLD_LINES, FOLD_MS, Measure, READABLE, SAVED } from "./flood";
import { afterRecall, linesOf, lineOf, linesAfter, unfold } from "./rowparts";
import { rowKey, type FoldRow, type Row } from "./row";
import { ALIKE_KEPT, Rows, ROWS_KEPT } from "./rows";
import { Stick } from "./stick";

const line = (id: number, more: Partial<ChatLine> = {}): ChatLine => ({
  id,
  room: "a",
  platform: "weibo",
  kind: "message",
  who: { id: `p${id}`, name: `viewer ${id}`, me: false, moderator: false },
  text: String(id),
  at: 1_000 * id,
  gift: null,
  until: null,
  recalled: false,
  ...more,
});
const ALL: Filter = { platform: "all", hidden: new Set(), word: "" };
const pane = (filter: Partial<Filter> = {}, everything = true): Rows =>
  new Rows(sieve({ ...ALL, ...filter }), everything);
/** A log to which each call comes ten seconds after the one before: no flood. */
function calmLog(): ChatLog {
  let now = 0;
  return new ChatLog(() => (now += 10_000));
}
function rowsOf(lines: ChatLine[], filter: Partial<Filter> = {}): readonly Row[] {
  const log = new ChatLog();
  log.replace(lines);
  return pane(filter).follow(log).slice();
}
/** Id and fold of each line's row. */
const folds = (rows: readonly Row[]): unknown[] =>
  rows.map((r) => (r.kind === "line" ? [r.line.id, r.more] : r.kind));
const who = (name: string): ChatLine["who"] => ({ id: name, name, me: false, moderator: false });
const given = (id: number, at: number, more: Partial<ChatLine> = {}): ChatLine =>
  line(id, {
    kind: "gift",
    at,
    who: who("tofu"),
    gift: { name: "flower", count: 1, worth: 100 },
    ...more,
  });
/** Enough talk, all different, to make a room busy. */
const crowd = (from: number, at: number, room = "a"): ChatLine[] =>
  Array.from({ length: 30 }, (_, i) => line(from + i, { at: at + i * 50, room, text: `talk ${from + i}` }));

describe("who is hidden or marked", () => {
  const said = [1, 2, 3, 4].map((id) => line(id, { who: who(id % 2 ? "loud" : "calm") }));
  const hides = (l: ChatLine): boolean => l.who?.name === "loud";

  it("counts nowhere while hidden, also not among the paid", () => {
    const log = new ChatLog();
    log.replace([...said, given(5, 5_000, { who: who("loud") })]);
    const rows = pane({ hides });
    expect(
      rows
        .follow(log)
        .slice()
        .map((r) => r.id),
    ).toEqual([2, 4]);
    expect([rows.inRoom, rows.ofKind, rows.found, rows.taken]).toEqual([2, 2, 2, 2]);
    // In one platform's tab, too.
    const other = pane({ hides, platform: "bilibili" });
    expect(other.follow(log).slice()).toEqual([]);
    expect(pane({ hides, platform: "weibo" }).follow(log).slice()).toHaveLength(2);
  });

  it("stands whole in a flood when marked", () => {
    const log = calmLog();
    log.replace([]);
    const flood = Array.from({ length: 500 }, (_, i) => line(i + 1, { at: 1_000 + i, text: `talk ${i}` }));
    flood[100] = line(101, { at: 1_100, who: who("loud"), text: "here I am" });
    const kept = (marked: (l: ChatLine) => boolean): boolean =>
      new Rows(sieve(ALL), true, marked)
        .follow(log)
        .slice()
        .some((r) => r.kind === "line" && r.line.id === 101);
    const rows = new Rows(sieve(ALL), true, hides);
    rows.follow(log).slice();
    log.add(flood, 0);
    expect(
      rows
        .follow(log)
        .slice()
        .some((r) => r.kind === "line" && r.line.id === 101),
    ).toBe(true);
    expect(kept(() => false)).toBe(false);
  });
});

describe("lines among rows", () => {
  const rows = rowsOf([
    ...crowd(1, 1_000),
    ...[1, 2, 3].map((i) => line(100 + i, { at: 2_500, text: "666" })),
    line(200, { at: 3_000 }),
  ]);

  it("are found by their id, also those that folded into another", () => {
    expect(lineOf(rows, 5)?.text).toBe("talk 5");
    expect(lineOf(rows, 103)?.id).toBe(103);
    expect(lineOf(rows, 999)).toBeUndefined();
    const folded = unfold(
      [{ kind: "fold", key: rowKey("fold", 7), id: 7, count: 1, skipped: 0, lines: [line(7)] }],
      new Set(),
    );
    expect(lineOf(folded, 7)?.id).toBe(7);
  });

  it("are counted after one of them", () => {
    expect(linesAfter(rows, 200)).toBe(0);
    expect(linesAfter(rows, 100)).toBe(4);
    expect(linesAfter(rows, 0)).toBe(34);
  });
});

it("counts anew what stands below when lines come and go", () => {
  const stick = new Stick();
  stick.hold(50);
  expect(stick.unseen(60)).toBe(10);
  stick.recount(40, 7);
  expect(stick.unseen(40)).toBe(7);
  expect(stick.unseen(42)).toBe(9);
});

describe("what passes by", () => {
  it("folds like counts, entries, follows and shares into the last of their kind, and nothing else", () => {
    const kinds: ChatKind[] = [
      "like",
      "like",
      "like",
      "message",
      "entry",
      "entry",
      "follow",
      "follow",
      "share",
    ];
    expect(folds(rowsOf(kinds.map((kind, i) => line(i + 1, { kind }))))).toEqual([
      [3, 2],
      [4, 0],
      [6, 1],
      [8, 1],
      [9, 0],
    ]);
  });

  it("doesn't fold over rooms or a minute", () => {
    const like = { kind: "like" } as const;
    const found = rowsOf([
      line(1, { ...like, at: 0 }),
      line(2, { ...like, at: 10, room: "b" }),
      line(3, { ...like, at: 70_000, room: "b" }),
    ]);
    expect(found).toHaveLength(3);
  });

  it("keeps a folded row's key, so that it is changed and not drawn anew", () => {
    const log = calmLog();
    const rows = pane();
    log.add([line(1, { kind: "like" })], 0);
    const one = rows.follow(log).slice();
    log.add([line(2, { kind: "like" })], 0);
    const two = rows.follow(log).slice();
    expect(two[0]?.key).toBe(one[0]?.key);
    expect(folds(one)).toEqual([[1, 0]]);
    expect(folds(two)).toEqual([[2, 1]]);
  });

  it("puts the time between lines at every five minutes", () => {
    const minute = 60_000;
    const found = rowsOf([4, 6, 5].map((n, i) => line(i + 1, { at: n * minute })));
    expect(found.map((r) => r.kind)).toEqual(["line", "time", "line", "line"]);
    expect(found[1]).toMatchObject({ at: 5 * minute });
  });
});

describe("gifts", () => {
  it("add up in place: one person, one gift, ten seconds from one to the next", () => {
    const found = rowsOf([
      given(1, 0),
      line(2, { at: 1_000 }),
      given(3, 9_000),
      given(4, 18_000, { gift: { name: "flower", count: 35, worth: 3_500 } }),
      given(5, 18_000, { who: who("other") }),
      given(6, 18_000, { gift: { name: "boat", count: 1, worth: null } }),
      given(7, 28_001),
    ]);
    expect(folds(found)).toEqual([
      [1, 2],
      [2, 0],
      [5, 0],
      [6, 0],
      [7, 0],
    ]);
    expect(found[0]).toMatchObject({ line: { gift: { name: "flower", count: 37, worth: 3_700 } } });
  });

  it("that cost nothing have no worth together, and are told anew after a minute", () => {
    const free = { gift: { name: "star", count: 1, worth: null } };
    const found = rowsOf(Array.from({ length: 9 }, (_, i) => given(i + 1, i * 9_000, free)));
    expect(folds(found)).toEqual([
      [1, 6],
      [8, 1],
    ]);
    expect(found[0]).toMatchObject({ line: { gift: { count: 7, worth: null } } });
  });
});

describe("messages said alike", () => {
  const alike = (from: number, n: number, at: number, more: Partial<ChatLine> = {}): ChatLine[] =>
    Array.from({ length: n }, (_, i) => line(from + i, { at: at + i * 20, text: "666", ...more }));

  it("fold in a busy room, five seconds long", () => {
    const found = rowsOf([
      ...crowd(1, 0),
      ...alike(101, 38, 1_500),
      ...crowd(201, 5_200),
      ...alike(301, 2, 7_000),
    ]);
    const told = folds(found).filter((f) => Array.isArray(f) && (f[0] > 300 || (f[0] > 100 && f[0] < 200)));
    expect(told).toEqual([
      [101, 37],
      [301, 1],
    ]);
    const row = found.find((r) => r.kind === "line" && r.line.id === 101);
    expect(row?.kind === "line" && row.alike.map((l) => l.id)).toEqual(
      Array.from({ length: 38 }, (_, i) => 101 + i),
    );
  });

  it("don't fold in a room with little talk, however busy another is", () => {
    const slow = Array.from({ length: 10 }, (_, i) => line(201 + i, { at: 1_500 + i * 300, text: "666" }));
    expect(rowsOf([...crowd(1, 0, "b"), ...slow])).toHaveLength(40);
  });

  it("never fold the streamer's own, moderators', paid or recalled ones", () => {
    const me = { id: "me", name: "me", me: true, moderator: false };
    const kept = [
      ...alike(101, 3, 1_500, { who: me }),
      ...alike(401, 3, 1_500, { who: { ...me, me: false, moderator: true } }),
      ...alike(201, 3, 1_500, { kind: "super_chat", gift: { name: "", count: 1, worth: 30_000 } }),
      ...alike(301, 3, 1_500, { recalled: true, text: "" }),
    ];
    expect(rowsOf([...crowd(1, 0), ...kept])).toHaveLength(42);
  });

  it("keeps as many as can be unfolded, and counts all", () => {
    const found = rowsOf([...crowd(1, 0), ...alike(101, ALIKE_KEPT + 20, 1_500)]).at(-1);
    expect(found?.kind === "line" && [found.more, found.alike.length]).toEqual([ALIKE_KEPT + 19, ALIKE_KEPT]);
  });

  it("leaves what is held as it was", () => {
    const log = calmLog();
    const rows = pane();
    log.add([...crowd(1, 0), ...alike(101, 3, 1_500)], 0);
    const held = rows.follow(log).slice();
    log.add(alike(104, 10, 1_600), 0);
    rows.follow(log).slice();
    expect(folds(held).at(-1)).toEqual([101, 2]);
  });
});

describe("lines that were taken back", () => {
  it("keep their place and their name, and fold with nothing", () => {
    const log = calmLog();
    const rows = pane();
    log.add([line(1), line(2, { text: "rude" }), line(3)], 0);
    const held = rows.follow(log).slice();
    log.recall([2]);
    const now = rows.follow(log).slice();
    expect(now.map((r) => r.key)).toEqual(held.map((r) => r.key));
    expect(now[1]).toMatchObject({ line: { recalled: true, text: "", who: { name: "viewer 2" } } });
    expect(log.lines[1]).toMatchObject({ recalled: true, text: "" });
  });

  it("leave the head of a fold to the next that stands", () => {
    const log = calmLog();
    const rows = pane();
    log.add([...crowd(1, 0), ...[101, 102, 103].map((id) => line(id, { at: 1_500, text: "666" }))], 0);
    rows.follow(log).slice();
    log.recall([101]);
    expect(rows.follow(log).slice().at(-1)).toMatchObject({
      key: rowKey("line", 101),
      line: { id: 102, text: "666" },
      more: 2,
    });
  });
});

describe("lines that came too fast", () => {
  it("are told where they would stand, together where nothing stands between", () => {
    const log = calmLog();
    const rows = pane();
    log.add([line(1)], 0);
    log.add([], 4);
    log.add([line(2)], 3);
    log.add([line(3, { platform: "bilibili" })], 5);
    expect(folds(rows.follow(log).slice())).toEqual([[1, 0], [2, 0], "fold", [3, 0], "fold"]);
    expect(rows.follow(log).slice()[2]).toMatchObject({ count: 7, skipped: 7, lines: [] });
    expect(rows.taken).toBe(15);
    expect(folds(pane({ platform: "weibo" }, false).follow(log).slice())).toEqual([
      [1, 0],
      [2, 0],
    ]);
    const hidden = new Set(["messages"] as const);
    expect(pane({ hidden }).follow(log).slice()).toMatchObject([
      { kind: "fold", skipped: 7 },
      { kind: "fold", skipped: 5 },
    ]);
  });

  it("are told once at the top when they left", () => {
    const log = calmLog();
    const rows = pane();
    log.add([line(1, { at: 0 })], 9);
    rows.follow(log).slice();
    for (let i = 0; i < ROWS_KEPT; i += SAVED) {
      log.add(
        Array.from({ length: SAVED }, (_, n) => line(i + n + 2, { at: 0 })),
        0,
      );
      rows.follow(log).slice();
    }
    const found = rows.follow(log).slice();
    expect(new Set(found.map((r) => r.kind))).toEqual(new Set(["dropped", "line"]));
    const [top] = found;
    expect(top?.kind === "dropped" && top.count + found.length - 1).toBe(rows.taken);
    expect(log.skippedBefore(1)).toBe(0);
  });
});

describe("a flood", () => {
  /** A log in whose time each batch comes `every` ms after the one before. */
  function flood(every: number): {
    log: ChatLog;
    rows: Rows;
    push: (n: number, more?: (i: number) => Partial<ChatLine>) => readonly Row[];
  } {
    let now = 0;
    let id = 0;
    const log = new ChatLog(() => (now += every));
    const rows = pane();
    const push = (n: number, more: (i: number) => Partial<ChatLine> = () => ({})): readonly Row[] => {
      log.add(
        Array.from({ length: n }, (_, i) => line(++id, { at: now, text: `t${id}`, ...more(i) })),
        0,
      );
      return rows.follow(log).slice();
    };
    return { log, rows, push };
  }
  const standsFor = (rows: readonly Row[]): number =>
    rows.reduce((n, r) => n + (r.kind === "line" ? r.more + 1 : r.kind === "time" ? 0 : r.count), 0);
  const foldRows = (rows: readonly Row[]): FoldRow[] => rows.filter((r) => r.kind === "fold");

  it("leaves as many rows as can be read, the newest of each batch, and loses no line", () => {
    const { rows, push } = flood(20);
    let found: readonly Row[] = [];
    for (let i = 0; i < 200; i++) found = push(100);
    const whole = found.filter((r) => r.kind === "line");
    expect(whole.length).toBeLessThanOrEqual(SAVED + FLOODED * 4 + 1);
    expect(whole.length).toBeGreaterThanOrEqual(SAVED + FLOODED * 4 - 1);
    expect(foldRows(found).length).toBeLessThanOrEqual(20_000 / FOLD_LINES + 4_000 / FOLD_MS);
    expect(standsFor(found)).toBe(20_000);
    expect(rows.taken).toBe(20_000);
    // After the first second each is the last of a batch of a hundred.
    expect(whole.slice(SAVED + FLOODED).every((r) => r.id % 100 === 0)).toBe(true);
  });

  it("draws fewer rows a second while lines fold, and as many as ever once that is over", () => {
    const measure = new Measure();
    let now = 0;
    /** How many lines of batches, fifty a second, stood whole within a second. */
    const second = (lines: number): number => {
      let whole = 0;
      for (let i = 0; i < 50; i++, now += 20) {
        measure.at(now);
        let folding = false;
        for (let coming = lines; coming > 0; coming--) {
          if (measure.take(coming, folding)) whole++;
          else folding = true;
        }
      }
      return whole;
    };
    for (let i = 0; i < 10; i++) second(20);
    expect(second(20)).toBe(FLOODED);
    now += 2_100;
    measure.at(now);
    let whole = 0;
    for (let i = 0; i < 30 * READABLE; i++) {
      measure.at((now += 1_000 / READABLE));
      if (measure.take(1, false)) whole++;
    }
    expect(whole).toBe(30 * READABLE);
  });

  it("never folds what is paid, one's own, moderators' lines and notices", () => {
    const { push } = flood(20);
    const kept: Partial<ChatLine>[] = [
      { kind: "super_chat" },
      { kind: "member" },
      { kind: "notice" },
      { kind: "gift", gift: { name: "boat", count: 1, worth: 100 } },
      { who: { id: "me", name: "me", me: true, moderator: false } },
      { who: { id: "mod", name: "mod", me: false, moderator: true }, text: "be kind" },
    ];
    for (let i = 0; i < 10; i++) push(500);
    const before = push(500).length;
    const found = push(500, (i) => kept[i] ?? {});
    expect(found.length).toBeGreaterThanOrEqual(before + kept.length);
    expect(foldRows(found).flatMap((f) => f.lines.filter((l) => l.kind !== "message"))).toEqual([]);
    expect(foldRows(found).flatMap((f) => f.lines.filter((l) => l.who?.me || l.who?.moderator))).toEqual([]);
  });

  it("is no few lines over the measure, nor what a platform tells every few seconds", () => {
    const some = flood(2_000 / READABLE);
    for (let i = 0; i < 100; i++) some.push(2);
    expect(foldRows(some.push(2))).toEqual([]);
    const polled = flood(5_000);
    for (let i = 0; i < 9; i++) expect(foldRows(polled.push(SAVED))).toEqual([]);
  });

  it("folds in place: one row a second, below what stands whole in it", () => {
    const { push } = flood(20);
    push(200);
    const one = push(200);
    const two = push(200);
    expect(one.at(-1)?.kind).toBe("fold");
    expect(two.at(-1)?.key).toBe(one.at(-1)?.key);
    const [was, is] = [foldRows(one).at(-1), foldRows(two).at(-1)];
    expect((is?.count ?? 0) - (was?.count ?? 0)).toBeGreaterThanOrEqual(199);
    // What was held shows what it showed.
    expect(was?.count).toBe(was?.lines.slice(0, was.count).length);
    for (let i = 0; i < FOLD_MS / 20; i++) push(1);
    expect(push(1).at(-1)?.kind).toBe("line");
  });

  it("can be opened as long as its lines are kept, and holds no others", () => {
    const { log, push } = flood(20);
    push(700);
    const found = push(FOLD_LINES);
    const fold = foldRows(found).at(-1);
    const open = unfold(found, new Set([fold?.key ?? 0]));
    expect(open.length - found.length).toBe(fold?.count);
    expect(open.filter((r) => r.kind === "line" && r.inside).map((r) => r.id)).toEqual(
      fold?.lines.map((l) => l.id),
    );
    for (let i = 0; i < 40; i++) push(1_000);
    const first = log.lines[0]?.id ?? 0;
    const later = push(1_000);
    expect(standsFor(later)).toBe(700 + FOLD_LINES + 41_000);
    for (const { lines } of foldRows(later)) {
      expect(lines.length).toBeLessThanOrEqual(FOLD_LINES);
      expect(lines.length === 0 || (lines.at(-1)?.id ?? 0) >= first).toBe(true);
    }
    expect(foldRows(later).some((f) => f.lines.length > 0)).toBe(true);
    expect(foldRows(later).some((f) => f.lines.length === 0)).toBe(true);
  });

  it("has lines taken back out of its folds, and out of rows that outlived the log", () => {
    const { log, rows, push } = flood(20);
    const early = push(10).find((r) => r.kind === "line");
    push(500);
    const held = push(500);
    const inFold = foldRows(held).at(-1)?.lines[7];
    for (let i = 0; i < 3; i++) push(2_000);
    log.recall([early?.id ?? 0, inFold?.id ?? 0]);
    const now = rows.follow(log).slice();
    expect(now.find((r) => r.key === early?.key)).toMatchObject({ line: { recalled: true, text: "" } });
    const texts = foldRows(now).flatMap((f) => f.lines.map((l) => l.text));
    expect(texts).not.toContain(inFold?.text);
    const still = held.map((r) => afterRecall(r, log));
    expect(foldRows(still).at(-1)?.lines[7]).toMatchObject({ id: inFold?.id, recalled: true, text: "" });
  });

  it("that goes on for minutes can be read back as it was, and lines taken back out of it", () => {
    const { log, rows, push } = flood(1_000);
    const early = push(600).filter((r) => r.kind === "line");
    for (let second = 0; second < 220; second++) push(600);
    const later = rows.follow(log).slice();
    expect(later.length).toBeGreaterThan(2_000);
    expect(later.filter((r) => r.kind === "line").slice(0, early.length)).toEqual(early);
    expect(later.filter((r) => r.kind === "line")[3], "not held on to").not.toBe(early[3]);
    log.recall([early[3]?.id ?? 0]);
    const now = rows.follow(log).slice();
    expect(now.filter((r) => r.kind === "line" && r.line.recalled)).toMatchObject([
      { key: early[3]?.key, line: { text: "" } },
    ]);
    expect(linesOf(now)).toBe(rows.taken);
  });

  it("in one room folds nothing in another room's tab", () => {
    let now = 0;
    const log = new ChatLog(() => (now += 20));
    const weibo = pane({ platform: "weibo" }, false);
    for (let i = 0; i < 100; i++) {
      const batch = Array.from({ length: 100 }, (_, n) =>
        line(i * 100 + n, {
          at: now,
          platform: n === 50 && i % 5 === 0 ? "weibo" : "bilibili",
          text: `${i} ${n}`,
        }),
      );
      log.add(batch, 0);
      weibo.follow(log).slice();
    }
    expect(
      weibo
        .follow(log)
        .slice()
        .map((r) => r.kind),
    ).toEqual(Array.from({ length: 20 }, () => "line"));
  });
});

describe("following the log", () => {
  it("gives the same rows bit by bit as all at once", () => {
    const lines = Array.from({ length: CHAT_KEPT }, (_, i) =>
      i % 7 === 0
        ? given(i + 1, i * 40, { who: who(`p${i % 3}`) })
        : line(i + 1, { at: i * 40, text: i % 3 ? "666" : `line ${i}`, kind: i % 11 ? "message" : "entry" }),
    );
    const log = calmLog();
    const [slow, fast] = [pane(), pane()];
    let found: readonly Row[] = [];
    for (let i = 0; i < lines.length; i += 50) {
      log.add(lines.slice(i, i + 50), 0);
      found = slow.follow(log).slice();
    }
    expect(folds(found)).toEqual(folds(fast.follow(log).slice()));
    expect(found.length).toBeLessThan(lines.length / 2);
  });

  it("drops rows with their lines, and says at the top how many", () => {
    const log = calmLog();
    const rows = pane({ word: "1" });
    const all = pane();
    for (let i = 0; i < 3 * CHAT_KEPT; i += 50) {
      log.add(
        Array.from({ length: 50 }, (_, n) => line(i + n + 1, { at: 0 })),
        0,
      );
      rows.follow(log).slice();
      all.follow(log).slice();
    }
    const found = all.follow(log).slice();
    expect(found[0]).toMatchObject({ kind: "dropped", count: log.dropped });
    expect(found.slice(1).map((r) => r.id)).toEqual(log.lines.map((l) => l.id));
    expect([all.found, all.taken]).toEqual([log.lines.length, 3 * CHAT_KEPT]);
    expect(rows.found).toBe(log.lines.filter((l) => l.text.includes("1")).length);
    expect(rows.ofKind).toBe(log.lines.length);
  });

  it("starts anew with a new snapshot", () => {
    const log = calmLog();
    const rows = pane();
    log.add([line(1), line(2)], 0);
    rows.follow(log).slice();
    log.replace([line(2), line(3), line(4)]);
    expect(folds(rows.follow(log).slice())).toEqual([
      [2, 0],
      [3, 0],
      [4, 0],
    ]);
    expect(rows.found).toBe(3);
  });
});

describe("filters", () => {
  const lines = [
    line(1, { text: "Which RECORD is this", platform: "bilibili" }),
    line(2, { kind: "gift", gift: { name: "flower", count: 1, worth: null } }),
    line(3, { kind: "entry", text: "" }),
    line(4, { kind: "notice", text: "keep it civil" }),
    line(5, { kind: "super_chat", text: "side B" }),
    line(6, { text: "hello", who: who("record keeper") }),
  ];
  const left = (filter: Partial<Filter>): unknown => rowsOf(lines, filter).map((r) => r.id);

  it("by room", () => expect(left({ platform: "bilibili" })).toEqual([1]));

  it("by kind, but never what the platform announces", () => {
    expect(left({ hidden: new Set(["messages"]) })).toEqual([2, 3, 4, 5]);
    expect(left({ hidden: new Set(["gifts", "visits"]) })).toEqual([1, 4, 6]);
  });

  it("by a word in text, name or gift, whatever its case or width", () => {
    expect(left({ word: " record" })).toEqual([1, 6]);
    expect(left({ word: "ＦＬＯＷＥＲ" })).toEqual([2]);
    expect(left({ word: "nowhere" })).toEqual([]);
  });

  it("count what they leave", () => {
    const log = calmLog();
    log.add(lines, 0);
    const rows = pane({ hidden: new Set(["visits"]), word: "record" });
    rows.follow(log).slice();
    expect([rows.inRoom, rows.ofKind, rows.found]).toEqual([6, 5, 2]);
  });
});

describe("paid messages at the top", () => {
  const paid = (id: number, until: number, at = 0): ChatLine =>
    line(id, { kind: "super_chat", until, at, gift: { name: "", count: 1, worth: 30_000 } });
  const pins = (log: ChatLog): number[] => log.pins.map((l) => l.id);

  it("stand newest first until their time is over, they are taken back or read", () => {
    const log = calmLog();
    log.add([paid(1, 60_000), line(2, { at: 10 }), paid(3, 90_000), paid(4, 90_000), paid(5, 20_000)], 0);
    expect(pins(log)).toEqual([5, 4, 3, 1]);
    log.recall([4]);
    expect(pins(log)).toEqual([5, 3, 1]);
    log.unpin(3);
    log.add([paid(6, 99_000, 30_000)], 0);
    expect(pins(log)).toEqual([6, 1]);
  });

  it("outlive their line and a new snapshot, but come only once", () => {
    const log = calmLog();
    log.add([paid(1, 9e9)], 0);
    log.add(
      Array.from({ length: CHAT_KEPT }, (_, i) => line(i + 2)),
      0,
    );
    expect(log.lines[0]?.id).not.toBe(1);
    const again = (): void => log.replace([paid(7_000, 9e9, 7e6), line(7_001)], [paid(1, 9e9), paid(2, 9e9)]);
    again();
    again();
    expect(pins(log)).toEqual([7_000, 2, 1]);
    log.unpin(2);
    again();
    expect(pins(log), "one that was read").toEqual([7_000, 1]);
    log.replace([]);
    expect(pins(log)).toEqual([]);
  });
});

describe("sticking to the newest line", () => {
  it("follows, lets go when read back, counts what came, and follows again at the end", () => {
    const stick = new Stick();
    expect(stick.unseen(2)).toBe(0);
    stick.scrolled(100, 500, 1_000, 2);
    expect(stick.following).toBe(false);
    expect(stick.unseen(4)).toBe(2);
    stick.scrolled(90, 500, 1_000, 4);
    expect(stick.unseen(5)).toBe(3);
    stick.scrolled(490, 500, 1_000, 5);
    expect(stick.following).toBe(true);
    expect(stick.unseen(6)).toBe(0);
  });

  it("isn't read back by a pane that becomes lower or higher", () => {
    const stick = new Stick();
    stick.scrolled(500, 500, 1_000, 2);
    expect(stick.scrolled(500, 400, 1_000, 2)).toBe(true);
    expect(stick.following).toBe(true);
    expect(stick.scrolled(500, 400, 1_000, 2)).toBe(false);
    expect(stick.following).toBe(false);
    // Whoever reads back stays there.
    expect(stick.scrolled(100, 450, 1_000, 2)).toBe(false);
    stick.hold(2);
    expect(stick.scrolled(500, 350, 1_000, 2, true)).toBe(true);
    expect(stick.scrolled(100, 350, 1_000, 2, true)).toBe(false);
  });

  it("goes back to the end when told to", () => {
    const stick = new Stick();
    stick.scrolled(0, 500, 1_000, 1);
    stick.follow();
    expect(stick.unseen(2)).toBe(0);
  });
});
