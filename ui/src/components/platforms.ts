import type { Platform } from "../ipc/backend";
import { m } from "../paraglide/messages.js";

/** The glyph in a platform's mark, the same in both languages. */
export const PLATFORM_GLYPH: Record<Platform, string> = {
  weibo: "微",
  taobao: "淘",
  qiniu: "七",
  bilibili: "B",
};

export const platformName = (platform: Platform): string =>
  ({
    weibo: m.platform_weibo,
    taobao: m.platform_taobao,
    qiniu: m.platform_qiniu,
    bilibili: m.platform_bilibili,
  })[platform]();
