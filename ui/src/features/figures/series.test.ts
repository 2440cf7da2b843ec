import { describe, expect, it } from "vitest";
import { ceiling, changeOver, path } from "./series";

const MINUTE = 60_000;

it("takes the change against the reading five minutes ago, or none", () => {
  const now = 10 * MINUTE;
  const points = [4, 5, 6].map((m) => ({ at: m * MINUTE, value: m * 100 }));
  expect(changeOver(points, now, 950)).toBe(450);
  expect(changeOver(points.slice(2), now, 950)).toBeNull();
});

it("takes it over five minutes where readings are further apart", () => {
  const points = [0, 8].map((m) => ({ at: m * MINUTE, value: m * 100 }));
  expect(changeOver(points, 10 * MINUTE, 1_000)).toBe(500);
  expect(changeOver(points.slice(0, 1), 10 * MINUTE, 1_000)).toBe(500);
});

describe("a line", () => {
  it("runs from edge to edge", () => {
    const points = [
      { at: 0, value: 0 },
      { at: 10, value: 5 },
    ];
    const box = { width: 120, height: 26, pad: 3 };
    expect(path(points, box, { from: 0, to: 10, low: 0, high: 5 })).toBe("M0.0 23.0L120.0 3.0");
  });

  it("stays inside when nothing moves", () => {
    const box = { width: 120, height: 26, pad: 3 };
    const d = path([{ at: 0, value: 7 }], box, { from: 0, to: 0, low: 7, high: 7 });
    expect(d).toBe("M0.0 23.0");
  });
});

it("puts a round number on top", () => {
  expect([0, 12_347, 4_218, 99, 1_000].map(ceiling)).toEqual([10, 14_000, 5_000, 100, 1_000]);
});
