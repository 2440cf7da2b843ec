import type { Gift, OverlayLine, Platform } from "../ipc/types/kaibo";

/** What a page without lines says. */
export type Notice = "empty" | "closed" | "address" | "full";

export interface Words {
  notice: Record<Notice, { what: string; next: string }>;
  me: string;
  gave: string;
  joined: (what: string) => string;
  likes: (total: string) => string;
}

// The page is a few kilobytes and has no part in the window's messages.
const zh: Words = {
  notice: {
    empty: { what: "还没有弹幕", next: "收到第一条后，这行字会消失。" },
    closed: { what: "和 Kaibo 的连接断了", next: "打开 Kaibo 后，这里会自动恢复。" },
    address: {
      what: "这个地址已经失效",
      next: "到 Kaibo 的“设置”里找到“OBS 弹幕”，复制新地址，填到浏览器源里。",
    },
    full: { what: "打开的弹幕页面太多了", next: "删掉不用的浏览器源后，这里会自动恢复。" },
  },
  me: "主播",
  gave: "送出",
  joined: (what) => (what === "" ? "加入了会员" : `开通了${what}`),
  likes: (total) => `点赞 ${total}`,
};

const en: Words = {
  notice: {
    empty: { what: "No chat yet", next: "This text goes away with the first line." },
    closed: { what: "No connection to Kaibo", next: "Open Kaibo; this page then comes back by itself." },
    address: {
      what: "This address doesn't work any more",
      next: "Copy the new one in Kaibo's settings, Chat in OBS, and put it into the browser source.",
    },
    full: {
      what: "Too many chat pages are open",
      next: "Remove browser sources that aren't used; this page then comes back by itself.",
    },
  },
  me: "Streamer",
  gave: "sent",
  joined: (what) => (what === "" ? "became a member" : `became ${what}`),
  likes: (total) => `${total} likes`,
};

/** Words in a language of the settings; `auto` is the browser's. */
export function wordsOf(language: string, system: string): Words {
  const wanted = language === "auto" ? system : language;
  return wanted.toLowerCase().startsWith("zh") ? zh : en;
}

/** One letter a platform, as in the window. */
export const MARKS: Record<Platform, string> = { weibo: "微", taobao: "淘", qiniu: "七", bilibili: "B" };

/** Thousandths of a yuan as `¥30` or `¥0.50`. */
export function money(worth: number): string {
  const yuan = worth / 1000;
  return `¥${Number.isInteger(yuan) ? yuan : yuan.toFixed(2)}`;
}

const gift = ({ name, count }: Gift): string => (count > 1 ? `${name} ×${count}` : name);

/** What stands behind the name, and what is set off before it. */
export function parts(
  line: OverlayLine,
  words: Words,
): { name: string; did: string; text: string; worth: string } {
  const name = line.me ? words.me : line.name;
  const worth = line.gift?.worth != null && line.gift.worth > 0 ? money(line.gift.worth) : "";
  switch (line.kind) {
    case "gift":
      return { name, did: words.gave, text: line.gift ? gift(line.gift) : line.text, worth };
    case "member":
      return { name, did: words.joined(line.gift?.name ?? ""), text: "", worth };
    case "like":
      return { name: "", did: "", text: words.likes(line.text), worth: "" };
    default:
      return { name, did: "", text: line.text, worth };
  }
}
