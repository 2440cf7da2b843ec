import type { OverlayLine, OverlaySettings, Platform } from "../../ipc/backend";
import type { Locale } from "../../state/locale.svelte";

/** Lines of made-up people, of the kinds that are shown. */
export function samples(settings: OverlaySettings, locale: Locale): OverlayLine[] {
  const zh = locale === "zh-CN";
  const line = (
    platform: Platform,
    name: string,
    text: string,
    more: Partial<OverlayLine> = {},
  ): OverlayLine => ({
    id: 0,
    platform,
    kind: "message",
    name,
    me: false,
    moderator: false,
    text,
    gift: null,
    at: Date.now(),
    ...more,
  });
  const gift = (name: string, count: number, worth: number): Partial<OverlayLine> => ({
    kind: "gift",
    gift: { name, count, worth },
  });
  const all: OverlayLine[] = [
    line(
      "bilibili",
      zh ? "小满" : "Xiaoman",
      zh ? "晚上好，今天放什么歌？" : "Good evening, what's on tonight?",
    ),
    line("weibo", zh ? "阿芒" : "Amang", zh ? "第一次来" : "First time here"),
    line("bilibili", zh ? "豆包" : "Doubao", "", gift(zh ? "小花花" : "Flower", 3, 300)),
    line("bilibili", zh ? "老周" : "Lao Zhou", zh ? "点一首《晚风》" : "Can you play Evening Wind?", {
      kind: "super_chat",
      gift: { name: "", count: 1, worth: 30_000 },
    }),
    line("bilibili", zh ? "青团" : "Qingtuan", "", {
      kind: "member",
      gift: { name: zh ? "舰长" : "Captain", count: 1, worth: 138_000 },
    }),
    line("weibo", "", "1024", { kind: "like" }),
    line("bilibili", zh ? "阿澈" : "Ache", zh ? "欢迎，马上开始" : "Welcome, we start in a moment", {
      me: true,
    }),
  ];
  const shown: Partial<Record<OverlayLine["kind"], boolean>> = {
    message: settings.messages,
    gift: settings.gifts,
    super_chat: settings.super_chats,
    member: settings.members,
    like: settings.likes,
  };
  return all.filter((l) => shown[l.kind]).map((l, at) => ({ ...l, id: at + 1 }));
}
