import { expect, it } from "vitest";
import { RowList, type RowsInSight } from "./rowlist";
import { rowKey, type Row } from "./row";

const row = (id: number): Row => ({ kind: "time", key: rowKey("time", id), id, at: id });
const ids = (rows: RowsInSight): number[] => rows.slice().map((r) => r.id);

/** Numbers that look like chance and are the same each time. */
function chance(): (below: number) => number {
  let state = 7;
  return (below) => (state = (state * 48_271) % 2_147_483_647) % below;
}

it("does as an array does, and each look stays as it was", () => {
  const next = chance();
  const list = new RowList();
  const array: Row[] = [];
  const looks: [RowsInSight, number[]][] = [];
  for (let id = 1; id < 6_000; id++) {
    const what = next(10);
    const at = next(Math.max(1, array.length));
    if (what < 6 || array.length === 0) {
      list.push(row(id));
      array.push(row(id));
    } else if (what < 8) {
      list.pushBeforeLast(row(id));
      array.splice(-1, 0, row(id));
    } else if (what < 9) {
      list.set(at, row(id));
      array[at] = row(id);
    } else if (next(20) === 0) {
      const count = next(300);
      expect(ids(list.drop(count))).toEqual(array.splice(0, count).map((r) => r.id));
    }
    if (next(200) === 0) list.pack(next(array.length + 1));
    expect(list.length).toBe(array.length);
    if (next(50) === 0) looks.push([list.look(), array.map((r) => r.id)]);
  }
  expect(array.length, "over several pieces").toBeGreaterThan(600);
  expect(array.map((_, at) => list.at(at)?.id)).toEqual(array.map((r) => r.id));
  expect([list.at(-1), list.at(array.length)]).toEqual([undefined, undefined]);
  for (const [look, was] of looks) {
    expect(look.length).toBe(was.length);
    expect(ids(look)).toEqual(was);
  }
});

it("is cut as an array is, with a row above the first", () => {
  const list = new RowList();
  for (let id = 1; id <= 700; id++) list.push(row(id));
  list.drop(100);
  const array = [0, ...Array.from({ length: 600 }, (_, i) => i + 101)];
  const look = list.look(row(0));
  expect(look.length).toBe(601);
  for (const [from, to] of [[0], [-3], [-3, -1], [0, 2], [5, 5], [400, 9_999], [-9_999, 1]] as [
    number,
    number?,
  ][])
    expect(look.slice(from, to).map((r) => r.id)).toEqual(array.slice(from, to));
});

it("packs whole pieces, which can be looked at, changed and dropped as before", () => {
  const list = new RowList();
  for (let id = 1; id <= 1_000; id++) list.push(row(id));
  const [kept, beyond] = [list.at(300), list.at(600)];
  list.pack(600);
  expect(list.at(300), "another object").not.toBe(kept);
  expect(list.at(300)).toEqual(kept);
  expect(list.at(600), "of a piece that isn't whole").toBe(beyond);
  const look = list.look();
  list.set(300, row(5_000));
  expect(look.slice(299, 302).map((r) => r.id)).toEqual([300, 301, 302]);
  expect(
    list
      .look()
      .slice(299, 302)
      .map((r) => r.id),
  ).toEqual([300, 5_000, 302]);
  expect(ids(list.drop(301)).at(-1)).toBe(5_000);
  expect(list.at(0)?.id).toBe(302);
  expect(list.length).toBe(699);
});

it("drops nothing when there is nothing to drop", () => {
  const list = new RowList();
  list.push(row(1));
  expect(list.drop(-5)).toEqual([]);
  expect(ids(list.look())).toEqual([1]);
});
