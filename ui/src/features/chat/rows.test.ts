import { describe, expect, it } from "vitest";
import type { ChatKind, ChatLine } from "../../ipc/backend";
import { CHAT_KEPT, CHAT_SLACK, ChatLog } from "../../state/chatlog.svelte";
import { sieve, type Filter } from "./filter";
import { ALIKE_KEPT, Rows, type Row } from "./rows";
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
function rowsOf(lines: ChatLine[], filter: Partial<Filter> = {}): readonly Row[] {
  const log = new ChatLog();
  log.add(lines, 0);
  return pane(filter).follow(log);
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
    const log = new ChatLog();
    const rows = pane();
    log.add([line(1, { kind: "like" })], 0);
    const one = rows.follow(log);
    log.add([line(2, { kind: "like" })], 0);
    const two = rows.follow(log);
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

  it("never fold the streamer's own, paid or recalled ones", () => {
    const me = { id: "me", name: "me", me: true, moderator: false };
    const kept = [
      ...alike(101, 3, 1_500, { who: me }),
      ...alike(201, 3, 1_500, { kind: "super_chat", gift: { name: "", count: 1, worth: 30_000 } }),
      ...alike(301, 3, 1_500, { recalled: true, text: "" }),
    ];
    expect(rowsOf([...crowd(1, 0), ...kept])).toHaveLength(39);
  });

  it("keeps as many as can be unfolded, and counts all", () => {
    const found = rowsOf([...crowd(1, 0), ...alike(101, ALIKE_KEPT + 20, 1_500)]).at(-1);
    expect(found?.kind === "line" && [found.more, found.alike.length]).toEqual([ALIKE_KEPT + 19, ALIKE_KEPT]);
  });

  it("leaves what is held as it was", () => {
    const log = new ChatLog();
    const rows = pane();
    log.add([...crowd(1, 0), ...alike(101, 3, 1_500)], 0);
    const held = rows.follow(log);
    log.add(alike(104, 10, 1_600), 0);
    rows.follow(log);
    expect(folds(held).at(-1)).toEqual([101, 2]);
  });
});

describe("lines that were taken back", () => {
  it("keep their place and their name, and fold with nothing", () => {
    const log = new ChatLog();
    const rows = pane();
    log.add([line(1), line(2, { text: "rude" }), line(3)], 0);
    const held = rows.follow(log);
    log.recall([2]);
    const now = rows.follow(log);
    expect(now.map((r) => r.key)).toEqual(held.map((r) => r.key));
    expect(now[1]).toMatchObject({ line: { recalled: true, text: "", who: { name: "viewer 2" } } });
    expect(log.lines[1]).toMatchObject({ recalled: true, text: "" });
  });

  it("leave the head of a fold to the next that stands", () => {
    const log = new ChatLog();
    const rows = pane();
    log.add([...crowd(1, 0), ...[101, 102, 103].map((id) => line(id, { at: 1_500, text: "666" }))], 0);
    rows.follow(log);
    log.recall([101]);
    expect(rows.follow(log).at(-1)).toMatchObject({ key: "l101", line: { id: 102, text: "666" }, more: 2 });
  });
});

describe("lines that came too fast", () => {
  it("are told where they would stand, together where nothing stands between", () => {
    const log = new ChatLog();
    const rows = pane();
    log.add([line(1)], 0);
    log.add([], 4);
    log.add([line(2)], 3);
    log.add([line(3, { platform: "bilibili" })], 5);
    expect(folds(rows.follow(log))).toEqual([[1, 0], "skipped", [2, 0], "skipped", [3, 0]]);
    expect(rows.follow(log)[1]).toMatchObject({ count: 7 });
    expect(folds(pane({ platform: "weibo" }, false).follow(log))).toEqual([
      [1, 0],
      [2, 0],
    ]);
    const hidden = new Set(["messages"] as const);
    expect(pane({ hidden }).follow(log)).toMatchObject([{ kind: "skipped", count: 12 }]);
  });

  it("go with the line that they stood before", () => {
    const log = new ChatLog();
    const rows = pane();
    log.add([line(1)], 9);
    expect(rows.follow(log)[0]).toMatchObject({ kind: "skipped", count: 9 });
    const more = Array.from({ length: CHAT_KEPT + CHAT_SLACK }, (_, i) => line(i + 2));
    log.add(more, 0);
    const kinds = new Set(rows.follow(log).map((r) => r.kind));
    expect(kinds).toEqual(new Set(["dropped", "line", "time"]));
    expect(log.skippedBefore(1)).toBe(0);
  });
});

describe("following the log", () => {
  it("gives the same rows bit by bit as all at once", () => {
    const lines = Array.from({ length: CHAT_KEPT }, (_, i) =>
      i % 7 === 0
        ? given(i + 1, i * 40, { who: who(`p${i % 3}`) })
        : line(i + 1, { at: i * 40, text: i % 3 ? "666" : `line ${i}`, kind: i % 11 ? "message" : "entry" }),
    );
    const log = new ChatLog();
    const [slow, fast] = [pane(), pane()];
    let found: readonly Row[] = [];
    for (let i = 0; i < lines.length; i += 50) {
      log.add(lines.slice(i, i + 50), 0);
      found = slow.follow(log);
    }
    expect(folds(found)).toEqual(folds(fast.follow(log)));
    expect(found.length).toBeLessThan(lines.length / 2);
  });

  it("drops rows with their lines, and says at the top how many", () => {
    const log = new ChatLog();
    const rows = pane({ word: "1" });
    const all = pane();
    for (let i = 0; i < 3 * CHAT_KEPT; i += 50) {
      log.add(
        Array.from({ length: 50 }, (_, n) => line(i + n + 1, { at: 0 })),
        0,
      );
      rows.follow(log);
      all.follow(log);
    }
    const found = all.follow(log);
    expect(found[0]).toMatchObject({ kind: "dropped", count: log.dropped });
    expect(found.slice(1).map((r) => r.id)).toEqual(log.lines.map((l) => l.id));
    expect([all.found, all.taken]).toEqual([log.lines.length, 3 * CHAT_KEPT]);
    expect(rows.found).toBe(log.lines.filter((l) => l.text.includes("1")).length);
    expect(rows.ofKind).toBe(log.lines.length);
  });

  it("starts anew with a new snapshot", () => {
    const log = new ChatLog();
    const rows = pane();
    log.add([line(1), line(2)], 0);
    rows.follow(log);
    log.replace([line(2), line(3), line(4)]);
    expect(folds(rows.follow(log))).toEqual([
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
    const log = new ChatLog();
    log.add(lines, 0);
    const rows = pane({ hidden: new Set(["visits"]), word: "record" });
    rows.follow(log);
    expect([rows.inRoom, rows.ofKind, rows.found]).toEqual([6, 5, 2]);
  });
});

describe("paid messages at the top", () => {
  const paid = (id: number, until: number, at = 0): ChatLine =>
    line(id, { kind: "super_chat", until, at, gift: { name: "", count: 1, worth: 30_000 } });
  const pins = (log: ChatLog): number[] => log.pins.map((l) => l.id);

  it("stand newest first until their time is over, they are taken back or read", () => {
    const log = new ChatLog();
    log.add([paid(1, 60_000), line(2, { at: 10 }), paid(3, 90_000), paid(4, 90_000), paid(5, 20_000)], 0);
    expect(pins(log)).toEqual([5, 4, 3, 1]);
    log.recall([4]);
    expect(pins(log)).toEqual([5, 3, 1]);
    log.unpin(3);
    log.add([paid(6, 99_000, 30_000)], 0);
    expect(pins(log)).toEqual([6, 1]);
  });

  it("outlive their line and a new snapshot, but come only once", () => {
    const log = new ChatLog();
    log.add([paid(1, 9e9)], 0);
    log.add(
      Array.from({ length: CHAT_KEPT + CHAT_SLACK }, (_, i) => line(i + 2)),
      0,
    );
    expect(log.lines[0]?.id).not.toBe(1);
    log.replace([paid(7_000, 9e9, 7e6), line(7_001)]);
    log.replace([paid(7_000, 9e9, 7e6), line(7_001)]);
    expect(pins(log)).toEqual([7_000, 1]);
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

  it("goes back to the end when told to", () => {
    const stick = new Stick();
    stick.scrolled(0, 500, 1_000, 1);
    stick.follow();
    expect(stick.unseen(2)).toBe(0);
  });
});
