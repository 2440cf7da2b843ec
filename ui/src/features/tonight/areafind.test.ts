import { describe, expect, it } from "vitest";
import type { Area } from "../../ipc/backend";
import { findAreas, groupAreas, RECENT_KEPT, stillThere, withRecent } from "./areafind";

const area = (id: string, name: string, group: string): Area => ({ id, name, group });
const list = [
  area("1", "聊天电台", "电台"),
  area("2", "唱见电台", "电台"),
  area("3", "视频唱见", "娱乐"),
  area("4", "唱见", "娱乐"),
  area("5", "League of Legends", "网游"),
];
const ids = (found: Area[]): string => found.map((a) => a.id).join("");

describe("finding an area", () => {
  it("looks in names and groups, in any case and width", () => {
    expect(ids(findAreas(list, "电台"))).toBe("12");
    expect(ids(findAreas(list, "  leaGUE "))).toBe("5");
    expect(ids(findAreas(list, "ＬＥＧ"))).toBe("5");
    expect(ids(findAreas(list, "网游"))).toBe("5");
    expect(ids(findAreas(list, "没有"))).toBe("");
    expect(ids(findAreas(list, " "))).toBe("12345");
  });

  it("puts the nearest first: the name itself, its beginning, its middle, its group", () => {
    expect(ids(findAreas(list, "唱见"))).toBe("423");
  });

  it("wants every word", () => {
    expect(ids(findAreas(list, "娱乐 视频"))).toBe("3");
  });

  it("keeps groups in the platform's order", () => {
    expect(groupAreas(list).map((g) => [g.name, g.areas.length])).toEqual([
      ["电台", 2],
      ["娱乐", 2],
      ["网游", 1],
    ]);
  });
});

describe("recent areas", () => {
  it("hold the last chosen first, each once, eight at most", () => {
    const many = Array.from({ length: RECENT_KEPT }, (_, i) => area(`r${i}`, `n${i}`, ""));
    const next = withRecent(many, area("new", "新的", ""));
    expect(next).toHaveLength(8);
    expect(next[0]?.id).toBe("new");
    expect(
      withRecent(next, area("r3", "n3", ""))
        .map((a) => a.id)
        .slice(0, 2),
    ).toEqual(["r3", "new"]);
    expect(withRecent(next, area("r3", "n3", ""))).toHaveLength(8);
  });

  it("leave out what the platform no longer has, once its list is there", () => {
    const recent = [area("9", "没了", "")].concat(list.slice(0, 1));
    expect(ids(stillThere(recent, list))).toBe("1");
    expect(ids(stillThere(recent, []))).toBe("91");
  });
});
