import { describe, expect, it } from "vitest";
import type { ChatKind, ChatLine } from "../../ipc/backend";
import { rows, Stick } from "./fold";

const line = (id: number, kind: ChatKind = "message", at = 1_000 * id, room = "a"): ChatLine => ({
  id,
  room,
  platform: "weibo",
  kind,
  who: null,
  text: String(id),
  at,
  gift: null,
  until: null,
  recalled: false,
});

describe("rows", () => {
  it("fold like counts and people coming in, and nothing else", () => {
    const kinds: ChatKind[] = [
      "like",
      "like",
      "like",
      "message",
      "message",
      "gift",
      "gift",
      "entry",
      "entry",
    ];
    const found = rows(
      kinds.map((k, i) => line(i + 1, k)),
      0,
    );
    expect(found.map((r) => r.kind === "line" && [r.line.id, r.more])).toEqual([
      [3, 2],
      [4, 0],
      [5, 0],
      [6, 0],
      [7, 0],
      [9, 1],
    ]);
  });

  it("don't fold over rooms or a minute", () => {
    const found = rows([line(1, "like", 0, "a"), line(2, "like", 10, "b"), line(3, "like", 70_000, "b")], 0);
    expect(found).toHaveLength(3);
  });

  it("keep a folded row's key, so that it is changed and not drawn anew", () => {
    const one = rows([line(1, "like")], 0);
    const two = rows([line(1, "like"), line(2, "like")], 0);
    expect(two[0]?.key).toBe(one[0]?.key);
  });

  it("put the time between lines at every five minutes, and say at the top what dropped", () => {
    const minute = 60_000;
    const found = rows(
      [line(1, "message", 4 * minute), line(2, "message", 6 * minute), line(3, "message", 5 * minute)],
      12,
    );
    expect(found.map((r) => r.kind)).toEqual(["dropped", "line", "time", "line", "line"]);
    expect(found[2]).toMatchObject({ at: 5 * minute });
  });
});

describe("sticking to the newest line", () => {
  it("follows, lets go when read back, counts what came, and follows again at the end", () => {
    const stick = new Stick();
    expect(stick.unseen([line(1), line(2)])).toBe(0);
    stick.scrolled(100, 500, 1_000, 2);
    expect(stick.following).toBe(false);
    expect(stick.unseen([line(1), line(2), line(3), line(4)])).toBe(2);
    stick.scrolled(490, 500, 1_000, 4);
    expect(stick.following).toBe(true);
    expect(stick.unseen([line(4), line(5)])).toBe(0);
  });

  it("goes back to the end when told to", () => {
    const stick = new Stick();
    stick.scrolled(0, 500, 1_000, 1);
    stick.follow();
    expect(stick.unseen([line(2)])).toBe(0);
  });
});
