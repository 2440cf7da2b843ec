/** Which part of a picture a cover shows. Pure: what is drawn is elsewhere. */

export interface Size {
  width: number;
  height: number;
}

/** The middle of the part, in shares of the picture, and how much it is enlarged: 1 is the largest part that fits. */
export interface Crop {
  x: number;
  y: number;
  zoom: number;
}

/** A part of a picture, in its pixels. */
export interface Frame extends Size {
  x: number;
  y: number;
}

export const CENTRE: Crop = { x: 0.5, y: 0.5, zoom: 1 };
export const MAX_ZOOM = 8;
/** What an arrow key moves, in shares of the frame; what a key or a step of the wheel enlarges. */
export const STEP = 0.05;
export const ZOOM_STEP = 1.15;

const clamp = (n: number, low: number, high: number): number => Math.min(Math.max(n, low), high);

/** The part in pixels. It never leaves the picture. */
export function frameOf(picture: Size, shape: Size, crop: Crop): Frame {
  const ratio = shape.width / shape.height;
  const wide = picture.width / picture.height > ratio;
  const zoom = clamp(crop.zoom, 1, MAX_ZOOM);
  const width = (wide ? picture.height * ratio : picture.width) / zoom;
  const height = (wide ? picture.height : picture.width / ratio) / zoom;
  return {
    x: clamp(crop.x * picture.width - width / 2, 0, picture.width - width),
    y: clamp(crop.y * picture.height - height / 2, 0, picture.height - height),
    width,
    height,
  };
}

/** The crop whose middle is where the frame really is, so that moving back takes hold at once. */
function settled(picture: Size, shape: Size, crop: Crop): Crop {
  const frame = frameOf(picture, shape, crop);
  return {
    x: (frame.x + frame.width / 2) / picture.width,
    y: (frame.y + frame.height / 2) / picture.height,
    zoom: clamp(crop.zoom, 1, MAX_ZOOM),
  };
}

/** Moved by shares of the frame's own width and height. */
export function moved(picture: Size, shape: Size, crop: Crop, right: number, down: number): Crop {
  const frame = frameOf(picture, shape, crop);
  return settled(picture, shape, {
    ...crop,
    x: crop.x + (right * frame.width) / picture.width,
    y: crop.y + (down * frame.height) / picture.height,
  });
}

/** Enlarged to `zoom`, around its middle. */
export const zoomed = (picture: Size, shape: Size, crop: Crop, zoom: number): Crop =>
  settled(picture, shape, { ...crop, zoom });

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

/** A shape's name, the same for all sizes of it: `16:9`. */
export function shapeOf({ width, height }: Size): string {
  const by = divisor(width, height) || 1;
  return `${width / by}:${height / by}`;
}
