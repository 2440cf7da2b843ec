import { expect, it } from "vitest";
import { MAX_SIDE, sizeOf } from "./file";

const bytes = (...parts: (string | number[])[]): Uint8Array =>
  new Uint8Array(parts.flatMap((p) => (typeof p === "string" ? [...p].map((c) => c.charCodeAt(0)) : p)));
const four = (n: number): number[] => [(n >>> 24) & 255, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];

const png = (width: number, height: number): Uint8Array =>
  bytes("\x89PNG\r\n\x1a\n", four(13), "IHDR", four(width), four(height), [8, 2, 0, 0, 0]);
const jpeg = (width: number, height: number): Uint8Array =>
  bytes(
    // Where a camera's notes stand, and a fill byte.
    "\xff\xd8\xff\xe1\x00\x06abcd\xff\xff\xdb\x00\x03\x00",
    [0xff, 0xc2, 0, 11, 8, height >> 8, height & 255, width >> 8, width & 255],
    [1, 1, 0x11, 0],
  );
const webp = (kind: string, rest: number[]): Uint8Array =>
  bytes("RIFF", four(0), "WEBP", kind, four(0), rest);

it("tells the size by the first bytes, whatever the file is called", () => {
  expect(sizeOf(png(1280, 720))).toEqual({ width: 1280, height: 720 });
  expect(sizeOf(jpeg(1280, 720))).toEqual({ width: 1280, height: 720 });
  const lossy = webp("VP8 ", [0, 0, 0, 0x9d, 1, 0x2a, 0x00, 0x05, 0xd0, 0x02, 0, 0]);
  expect(sizeOf(lossy)).toEqual({ width: 1280, height: 720 });
  const packed = (1280 - 1) | ((720 - 1) << 14);
  const lossless = webp("VP8L", [0x2f, ...four(packed).reverse(), 0, 0, 0, 0, 0]);
  expect(sizeOf(lossless)).toEqual({ width: 1280, height: 720 });
  const extended = webp("VP8X", [0, 0, 0, 0, 0xff, 0x04, 0, 0xcf, 0x02, 0]);
  expect(sizeOf(extended)).toEqual({ width: 1280, height: 720 });
});

it("refuses before anything is decoded", () => {
  expect(sizeOf(png(MAX_SIDE, MAX_SIDE))).toEqual({ width: MAX_SIDE, height: MAX_SIDE });
  expect(sizeOf(png(MAX_SIDE + 1, 1))).toBe("too_wide");
  expect(sizeOf(png(1, 4_000_000_000))).toBe("too_wide");
  expect(sizeOf(png(0, 720))).toBe("broken");
  expect(sizeOf(jpeg(1280, 720).subarray(0, 20))).toBe("broken");
  expect(sizeOf(bytes("\xff\xd8\xff\xda\x00\x02"))).toBe("broken");
  expect(sizeOf(webp("ALPH", Array<number>(12).fill(0)))).toBe("broken");
  for (const other of ["", "GIF89a", "<svg xmlns='http://www.w3.org/2000/svg'/>", "RIFF0000WAVE", "%PDF-1.7"])
    expect(sizeOf(bytes(other)), other).toBe("unknown");
});

it("never reads past what it was given", () => {
  for (const whole of [png(9, 9), jpeg(9, 9), webp("VP8X", Array<number>(12).fill(0))])
    for (let length = 0; length <= whole.length; length++)
      expect(() => sizeOf(whole.subarray(0, length))).not.toThrow();
});
