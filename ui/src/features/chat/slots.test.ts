import { expect, test } from "vitest";
import { rowKey, type Row } from "./row";
import { Slots } from "./slots";

const fold = (id: number): Row => ({
  kind: "fold",
  key: rowKey("fold", id),
  id,
  count: 1,
  skipped: 0,
  lines: [],
});
const time = (id: number): Row => ({ kind: "time", key: rowKey("time", id), id, at: 0 });

test("a row keeps its slot, and one that comes takes that of one of its kind that went", () => {
  const slots = new Slots();
  expect(slots.take([fold(1), time(2), fold(3)])).toEqual([0, 1, 2]);
  expect(slots.take([time(2), fold(3), fold(4)])).toEqual([1, 2, 0]);
  // The one that went was of another kind.
  expect(slots.take([fold(3), fold(4), fold(5)])).toEqual([2, 0, 3]);
  expect(slots.take([])).toEqual([]);
  expect(slots.take([fold(6), fold(7)])).toEqual([4, 5]);
});

test("a thousand rows that pass take no more slots than are drawn at once", () => {
  const slots = new Slots();
  const taken = new Set<number>();
  for (let id = 0; id < 1_000; id++)
    for (const slot of slots.take(Array.from({ length: 20 }, (_, at) => fold(id + at)))) taken.add(slot);
  expect(taken.size).toBe(20);
});
