/** Reading pictures and making covers of them, with the web view's own canvas. */
import type { CoverRule } from "../../ipc/backend";
import { frameOf, type Crop, type Size } from "./crop";
import { HEAD_BYTES, MAX_BYTES, sizeOf, type PictureProblem } from "./file";

/** A picture in memory, scaled down to what a cover can need. */
export interface Picture extends Size {
  source: CanvasImageSource;
}

/** A cover: a JPEG in base64, and a small one as a `data:` address to look at. */
export interface Made {
  jpeg: string;
  preview: string;
}

/** What the platform of a browser does; tests stand in for it. */
export interface Codec {
  read(file: File): Promise<Picture | PictureProblem>;
  make(picture: Picture, crop: Crop, rule: CoverRule): Made | null;
}

/** The longer side that is kept of a picture, pixels: twice a cover's. */
const KEPT = 2_560;
/** The preview's width, pixels: twice what is drawn of it. */
const PREVIEW = 480;
/** Tried one after the other until the file is within the platform's bound. */
const QUALITIES = [0.92, 0.85, 0.75, 0.6, 0.4];

function draw(source: CanvasImageSource, from: Size & { x: number; y: number }, to: Size): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(to.width));
  canvas.height = Math.max(1, Math.round(to.height));
  const pen = canvas.getContext("2d");
  if (pen) {
    pen.imageSmoothingQuality = "high";
    // A JPEG has no see-through parts; without this they would be black.
    pen.fillStyle = "white";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(source, from.x, from.y, from.width, from.height, 0, 0, canvas.width, canvas.height);
  }
  return canvas;
}

const base64 = (address: string): string => address.slice(address.indexOf(",") + 1);

export const canvasCodec: Codec = {
  async read(file) {
    if (file.size > MAX_BYTES) return "too_large";
    const head = sizeOf(new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer()));
    if (typeof head === "string") return head;
    try {
      const bitmap = await createImageBitmap(file);
      const { width, height } = bitmap;
      const scale = Math.min(1, KEPT / Math.max(width, height));
      const kept = { width: width * scale, height: height * scale };
      const source = draw(bitmap, { x: 0, y: 0, width, height }, kept);
      bitmap.close();
      return { source, width: source.width, height: source.height };
    } catch {
      return "broken";
    }
  },
  make(picture, crop, rule) {
    const whole = draw(picture.source, frameOf(picture, rule, crop), rule);
    const small = { width: PREVIEW, height: (PREVIEW * rule.height) / rule.width };
    const preview = draw(whole, { x: 0, y: 0, ...rule }, small).toDataURL("image/jpeg", 0.8);
    for (const quality of QUALITIES) {
      const jpeg = base64(whole.toDataURL("image/jpeg", quality));
      if ((jpeg.length / 4) * 3 <= rule.max_bytes) return { jpeg, preview };
    }
    return null;
  },
};
