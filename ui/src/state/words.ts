/** Small pieces of wording that more than one page needs. */
import type { Platform, RoomView } from "../ipc/types/kaibo";
import { m } from "../paraglide/messages.js";

export type Locale = "zh-CN" | "en";

type Message = (inputs?: Record<string, never>, options?: { locale?: Locale }) => string;
const messages = m as unknown as Record<string, Message | undefined>;

/** A message whose key is put together at run time; `undefined` when there is none. */
export function message(key: string, locale?: Locale): string | undefined {
  return messages[key]?.({}, locale ? { locale } : {});
}

const names: Record<Platform, Message> = {
  weibo: m.platform_weibo,
  taobao: m.platform_taobao,
  qiniu: m.platform_qiniu,
  bilibili: m.platform_bilibili,
};

export const platformName = (platform: Platform, locale?: Locale): string =>
  names[platform]({}, locale ? { locale } : {});

/**
 * In Chinese, a space between Han and Latin or digits, which a name put into a sentence leaves out
 * ("发给B 站了" → "发给 B 站了"). Not for text that others wrote.
 */
export function spaced(text: string, locale: Locale): string {
  if (locale !== "zh-CN") return text;
  return text
    .replace(/(\p{Script=Han})([A-Za-z0-9])/gu, "$1 $2")
    .replace(/([A-Za-z0-9])(\p{Script=Han})/gu, "$1 $2");
}

/** Sentences one after the other: Chinese ones need no space between them. */
export const sentences = (first: string, second: string, at: Locale): string =>
  first + (at === "zh-CN" ? "" : " ") + second;

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** A time to wait, in seconds, in the unit a person would use; never shorter than it is. */
export function waitWords(seconds: number, locale?: Locale): string {
  const at = locale ? { locale } : {};
  if (seconds < 100) return m.wait_seconds({ n: Math.ceil(seconds) }, at);
  if (seconds < 100 * MINUTE) return m.wait_minutes({ n: Math.ceil(seconds / MINUTE) }, at);
  return m.wait_hours({ n: Math.ceil(seconds / HOUR) }, at);
}

/** A room's name where its platform's mark doesn't tell which room it is; null where it does. */
export const nameToTell = (room: RoomView, rooms: readonly RoomView[]): string | null =>
  rooms.some((r) => r.id !== room.id && r.platform === room.platform) ? room.name : null;
