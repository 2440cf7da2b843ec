import { describe, expect, it } from "vitest";
import { CENTRE, frameOf, MAX_ZOOM, moved, shapeOf, zoomed, type Crop, type Size } from "./crop";

const WIDE: Size = { width: 1280, height: 720 };
const TALL: Size = { width: 720, height: 1280 };
const PICTURES: Size[] = [
  { width: 4000, height: 3000 },
  { width: 3000, height: 4000 },
  { width: 1280, height: 720 },
  { width: 8192, height: 1 },
  { width: 1, height: 8192 },
];

describe("the frame", () => {
  it("is the largest part in the middle at first", () => {
    expect(frameOf({ width: 4000, height: 3000 }, WIDE, CENTRE)).toEqual({
      x: 0,
      y: 375,
      width: 4000,
      height: 2250,
    });
    expect(frameOf({ width: 4000, height: 3000 }, TALL, CENTRE)).toEqual({
      x: 1156.25,
      y: 0,
      width: 1687.5,
      height: 3000,
    });
    expect(frameOf(WIDE, WIDE, CENTRE)).toEqual({ x: 0, y: 0, ...WIDE });
  });

  it("has its shape and stays in the picture, whatever is asked for", () => {
    const asked: Crop[] = [
      { x: -3, y: 9, zoom: 0 },
      { x: 0, y: 1, zoom: 1 },
      { x: 1, y: 0, zoom: 3.3 },
      { x: 0.2, y: 0.9, zoom: 99 },
    ];
    for (const picture of PICTURES)
      for (const shape of [WIDE, TALL])
        for (const crop of asked) {
          const frame = frameOf(picture, shape, crop);
          expect(frame.width / frame.height).toBeCloseTo(shape.width / shape.height, 6);
          expect(frame.x).toBeGreaterThanOrEqual(0);
          expect(frame.y).toBeGreaterThanOrEqual(0);
          expect(frame.x + frame.width).toBeLessThanOrEqual(picture.width + 1e-6);
          expect(frame.y + frame.height).toBeLessThanOrEqual(picture.height + 1e-6);
        }
  });
});

describe("moving and enlarging", () => {
  const picture: Size = { width: 4000, height: 3000 };

  it("moves by shares of the frame, and back at once from the edge", () => {
    const down = moved(picture, WIDE, CENTRE, 0, 0.1);
    expect(frameOf(picture, WIDE, down).y).toBeCloseTo(600, 6);
    let far = down;
    for (let i = 0; i < 50; i++) far = moved(picture, WIDE, far, 1, 1);
    expect(frameOf(picture, WIDE, far)).toMatchObject({ x: 0, y: 750 });
    const back = moved(picture, WIDE, far, 0, -0.1);
    expect(frameOf(picture, WIDE, back).y).toBeCloseTo(525, 6);
  });

  it("enlarges around the middle, up to a bound, and comes back", () => {
    const near = zoomed(picture, WIDE, CENTRE, 2);
    expect(frameOf(picture, WIDE, near)).toEqual({ x: 1000, y: 937.5, width: 2000, height: 1125 });
    expect(zoomed(picture, WIDE, near, 1e9).zoom).toBe(MAX_ZOOM);
    expect(zoomed(picture, WIDE, near, 0).zoom).toBe(1);
    // A part at the edge moves inwards when it grows.
    const corner = moved(picture, WIDE, near, 9, 9);
    expect(frameOf(picture, WIDE, zoomed(picture, WIDE, corner, 1))).toMatchObject({ x: 0, y: 750 });
  });
});

it("names shapes by their ratio", () => {
  expect([WIDE, TALL, { width: 704, height: 396 }, { width: 640, height: 480 }].map(shapeOf)).toEqual([
    "16:9",
    "9:16",
    "16:9",
    "4:3",
  ]);
});
