/** What a picture's file says of itself, before anything is decoded. Its bytes are anybody's. */
import type { Size } from "./crop";

/** The largest file that is looked at, bytes, and the longest side, pixels. */
export const MAX_BYTES = 20_000_000;
export const MAX_SIDE = 8_192;
/** Where the size stands at the latest: cameras put tables and a small picture before it. */
export const HEAD_BYTES = 1_000_000;

/** `not_given`: something was dropped, and no file came with it. */
export type PictureProblem = "too_large" | "too_wide" | "unknown" | "broken" | "not_given";

const text = (view: DataView, at: number, length: number): string =>
  at + length > view.byteLength
    ? ""
    : String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + at, length));

/** PNG: the first chunk. */
const png = (view: DataView): Size | null =>
  text(view, 12, 4) === "IHDR" && view.byteLength >= 24
    ? { width: view.getUint32(16), height: view.getUint32(20) }
    : null;

/** JPEG: the first frame header. */
function jpeg(view: DataView): Size | null {
  let at = 2;
  while (at + 9 <= view.byteLength && view.getUint8(at) === 0xff) {
    const kind = view.getUint8(at + 1);
    if (kind === 0xff) {
      at += 1;
      continue;
    }
    if (kind >= 0xc0 && kind <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(kind))
      return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    if (kind === 0xda) return null;
    at += 2 + view.getUint16(at + 2);
  }
  return null;
}

/** WebP: lossy, lossless, or extended. */
function webp(view: DataView): Size | null {
  if (view.byteLength < 30) return null;
  const three = (at: number): number => view.getUint16(at, true) + (view.getUint8(at + 2) << 16);
  switch (text(view, 12, 4)) {
    case "VP8 ":
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    case "VP8L": {
      const bits = view.getUint32(21, true);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case "VP8X":
      return { width: three(24) + 1, height: three(27) + 1 };
    default:
      return null;
  }
}

/** Width and height by the file's first bytes, or what is wrong with it. Its name and type aren't asked. */
export function sizeOf(head: Uint8Array): Size | PictureProblem {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  let size: Size | null;
  if (text(view, 0, 8) === "\x89PNG\r\n\x1a\n") size = png(view);
  else if (text(view, 0, 3) === "\xff\xd8\xff") size = jpeg(view);
  else if (text(view, 0, 4) === "RIFF" && text(view, 8, 4) === "WEBP") size = webp(view);
  else return "unknown";
  if (!size || size.width === 0 || size.height === 0) return "broken";
  return size.width > MAX_SIDE || size.height > MAX_SIDE ? "too_wide" : size;
}
