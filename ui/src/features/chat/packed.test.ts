import { expect, it } from "vitest";
import { Packed } from "./packed";
import { rowKey, type Row } from "./row";

const who = { id: "7", name: "小雨", me: false, moderator: true };
const line = (id: number, more = {}): Row => ({
  kind: "line",
  key: rowKey("line", id),
  id,
  line: {
    id,
    room: "a",
    platform: "bilibili",
    kind: "message",
    who,
    text: '[-1,0] "{}" 好😀',
    gift: null,
    until: null,
    recalled: false,
    at: 1_800_000_000_000 + id,
    ...more,
  },
  more: 2,
  alike: [],
});

it("gives back what was packed", () => {
  const rows: Row[] = [
    line(1),
    line(2, { who: null, gift: { name: "小心心", count: 3, worth: 100 }, until: 5 }),
    { kind: "time", key: rowKey("time", 3), id: 3, at: 3 },
    { kind: "fold", key: rowKey("fold", 4), id: 4, count: 2, skipped: 1, lines: [] },
    line(5),
  ];
  const packed = new Packed(rows);
  expect(packed.rows()).toEqual(rows);
  expect(packed.rows(), "once for all who look").toBe(packed.rows());
  expect(new Packed(packed.rows()).rows()).toEqual(rows);
});
