import type { Platform } from "../ipc/backend";

export { platformName } from "../state/words";

/** The glyph in a platform's mark, the same in both languages. */
export const PLATFORM_GLYPH: Record<Platform, string> = {
  weibo: "微",
  taobao: "淘",
  qiniu: "七",
  bilibili: "B",
};
