/** The designed states of the chat pane on a busy evening. */
import type { ChatLine, Platform, Update } from "../ipc/backend";
import { chat, evening, NOW, pick, problem, room, type Lang } from "./data";
import { frame, openChat, press, type, type Scene } from "./scenes";

type Of = Partial<ChatLine> & { by?: [string, string]; says?: [string, string]; on?: Platform };

let serial = 1_000;
const said = (lang: Lang, ago: number, { by, says, on = "bilibili", ...more }: Of): ChatLine => ({
  id: ++serial,
  room: `room-${on}`,
  platform: on,
  kind: "message",
  who: by ? { id: by[1], name: pick(lang, ...by), me: false, moderator: false } : null,
  text: says ? pick(lang, ...says) : "",
  at: NOW - ago,
  gift: null,
  until: null,
  recalled: false,
  ...more,
});

const superChat = (lang: Lang, ago: number, yuan: number, left: number, more: Of): ChatLine =>
  said(lang, ago, {
    kind: "super_chat",
    gift: { name: "", count: 1, worth: yuan * 1_000 },
    until: NOW + left * 1_000,
    ...more,
  });

const whale = (lang: Lang): ChatLine =>
  superChat(lang, 12_000, 100, 48, {
    by: ["迟到的鲸鱼", "late whale"],
    says: [
      "第一次听黑胶就是在你这里，今晚能放一遍 B 面第三首吗？",
      "I heard my first record in this room. Could you play side B, track three tonight?",
    ],
  });

/** A crowd that says the same while others talk, with gifts and paid messages in between. */
function busy(lang: Lang): ChatLine[] {
  const talk = chat(lang).map((l) => ({ ...l, until: null }));
  const crowd = Array.from({ length: 64 }, (_, i) =>
    i % 5 < 3
      ? said(lang, 8_600 - i * 60, { by: [`听众 ${i}`, `listener ${i}`], says: ["666", "666"] })
      : said(lang, 8_600 - i * 60, {
          by: [`老歌迷 ${i}`, `old fan ${i}`],
          says: [`第 ${i} 遍听这段贝斯`, `time ${i} I hear this bass line`],
        }),
  );
  const gift = (ago: number, count: number, worth: number | null, name: [string, string]): ChatLine =>
    said(lang, ago, {
      kind: "gift",
      by: ["巷口豆花", "alley tofu"],
      gift: { name: pick(lang, ...name), count, worth },
    });
  return [
    ...talk,
    superChat(lang, 40_000, 30, 20, {
      by: ["半糖去冰", "halfsugar"],
      says: ["生日快乐呀", "Happy birthday"],
    }),
    superChat(lang, 30_000, 1_000, 3_725, {
      by: ["隔海听潮", "tide"],
      says: ["店庆快乐，下一张想听七四年那张", "Happy anniversary. The 1974 one next, if you can"],
    }),
    whale(lang),
    ...crowd,
    ...[1, 2, 3].map((n) =>
      said(lang, 4_300 - n, { kind: "follow", by: [`新朋友 ${n}`, `new friend ${n}`] }),
    ),
    said(lang, 4_000, { by: ["三分糖", "threeparts"], recalled: true }),
    ...Array.from({ length: 37 }, (_, i) => gift(3_800 - i * 40, 1, 100, ["小花花", "flowers"])),
    gift(2_000, 3, null, ["小星星", "stars"]),
    said(lang, 1_900, { kind: "share", by: ["白露", "bailu"], on: "weibo" }),
    said(lang, 1_800, {
      kind: "member",
      by: ["慢船", "slowboat"],
      gift: { name: pick(lang, "舰长", "Captain"), count: 3, worth: 594_000 },
    }),
    said(lang, 1_000, { by: ["晚风", "wanfeng"], says: ["求歌单", "setlist please"] }),
    said(lang, 600, {
      by: ["檐下有猫", "eaves cat"],
      says: ["声音正常", "sound is fine"],
      on: "weibo",
    }),
  ];
}

/** More lines at once than can be read, with a gift and a moderator among them. */
function flood(lang: Lang, n: number, skipped: number): Update {
  const talk = chat(lang).filter((l) => l.kind === "message");
  const lines = Array.from({ length: n }, (_, i) => {
    const { text = "", who = null, platform, room } = talk[(i * 7) % talk.length] ?? {};
    return said(lang, 900, { text: `${text} ${i}`, who, room, on: platform });
  });
  lines[n - 4] = said(lang, 850, {
    kind: "gift",
    by: ["巷口豆花", "alley tofu"],
    gift: { name: pick(lang, "小花花", "flowers"), count: 5, worth: 500 },
  });
  lines[n - 9] = said(lang, 850, {
    who: { id: "mod", name: pick(lang, "小满", "Xiaoman"), me: false, moderator: true },
    text: pick(lang, "点歌的看公告哦", "requests: see the notice"),
  });
  return { kind: "chat", lines, skipped };
}

export const chatScreens: Scene[] = [
  { name: "chat-busy", sizes: true, snapshot: (lang) => ({ chat: busy(lang) }), show: openChat },
  {
    name: "chat-pinned",
    snapshot: (lang) => ({ chat: [...chat(lang), whale(lang)] }),
    show: openChat,
  },
  {
    name: "chat-unfolded",
    snapshot: (lang) => ({ chat: busy(lang).filter((l) => l.at < NOW - 4_500) }),
    show: async (app) => {
      openChat(app);
      await frame();
      await frame();
      // The fold stands further up than is drawn; how far, the width and the language say.
      const list = document.querySelector<HTMLElement>('[data-testid="chat-lines"]');
      const found = (): HTMLElement | undefined =>
        [...document.querySelectorAll<HTMLElement>('[data-testid="chat-more"]')].find(
          (chip) => Number(chip.textContent) > 9,
        );
      for (let steps = 0; list && !found() && list.scrollTop > 0 && steps < 40; steps += 1) {
        list.scrollBy(0, -200);
        await new Promise((done) => setTimeout(done, 50));
      }
      found()?.click();
      const open = (): HTMLElement | null => document.querySelector('[data-testid="chat-alike"]');
      const chip = (): HTMLElement | null =>
        document.querySelector('[data-testid="chat-more"][aria-expanded="true"]');
      // What is drawn is measured only then, and moves the rest: until the fold stands at the top.
      for (let steps = 0; list && steps < 20; steps += 1) {
        await new Promise((done) => setTimeout(done, 50));
        const off = (chip() ?? open())?.getBoundingClientRect().top;
        const by = off === undefined ? -200 : off - list.getBoundingClientRect().top - 16;
        if (Math.abs(by) < 8) break;
        list.scrollBy(0, by);
      }
    },
  },
  {
    name: "chat-skipped",
    snapshot: (lang) => ({ chat: chat(lang).slice(0, -6) }),
    show: (app, backend, lang) => {
      openChat(app);
      const lines = chat(lang)
        .slice(-6)
        .map((l) => ({ ...l, at: NOW - 500 }));
      backend.push([{ kind: "chat", lines, skipped: 3_120 }]);
      backend.push([{ kind: "chat_recalled", ids: [25, 17] }]);
    },
  },
  {
    name: "chat-flood",
    sizes: true,
    snapshot: (lang) => ({ chat: chat(lang) }),
    show: async (app, backend, lang) => {
      openChat(app);
      for (let i = 0; i < 3; i++) {
        backend.push([flood(lang, 700, i === 2 ? 4_410 : 0)]);
        await new Promise((done) => setTimeout(done, 600));
      }
      // Its figures are counted with time.
      app.clock.now = NOW + 5_000;
      await frame();
      app.clock.now = NOW;
    },
  },
  {
    name: "chat-flood-open",
    snapshot: (lang) => ({ chat: chat(lang) }),
    show: async (app, backend, lang) => {
      openChat(app);
      backend.push([flood(lang, 300, 0)]);
      await frame();
      await press("chat-fold-open");
      await new Promise((done) => setTimeout(done, 400));
      backend.push([flood(lang, 300, 0)]);
      const list = document.querySelector<HTMLElement>('[data-testid="chat-lines"]');
      const opened = (): HTMLElement | null =>
        document.querySelector('[data-testid="chat-fold-open"][aria-expanded="true"]');
      for (let steps = 0; list && !opened() && list.scrollTop > 0 && steps < 200; steps += 1) {
        list.scrollBy(0, -300);
        await new Promise((done) => setTimeout(done, 30));
      }
      if (list) list.scrollTop += (opened()?.getBoundingClientRect().top ?? 300) - 300;
      await new Promise((done) => setTimeout(done, 200));
    },
  },
  {
    name: "chat-filtered",
    sizes: true,
    snapshot: (lang) => ({ chat: busy(lang) }),
    show: async (app) => {
      openChat(app);
      app.chatHidden.add("messages").add("visits");
      await frame();
      await press("chat-kinds");
    },
  },
  {
    name: "chat-search",
    sizes: true,
    snapshot: (lang) => ({ chat: busy(lang) }),
    show: async (app, _backend, lang) => {
      openChat(app);
      await frame();
      await press("chat-search-open");
      const field = document.querySelector<HTMLInputElement>('[data-testid="chat-search"]');
      if (!field) return;
      field.value = pick(lang, "贝斯", "bass");
      field.dispatchEvent(new Event("input", { bubbles: true }));
      await frame();
    },
  },
  {
    name: "chat-sources",
    sizes: true,
    snapshot: (lang) => ({
      chat: chat(lang),
      rooms: evening(lang).map((r) =>
        r.platform === "weibo"
          ? {
              ...r,
              chat: {
                kind: "listening",
                last_line: NOW - 252_000,
                last_alive: NOW - 2_000,
                reconnects: 2,
              },
            }
          : r.platform === "qiniu"
            ? room("qiniu", lang)
            : r,
      ),
    }),
    show: async (app) => {
      openChat(app);
      await frame();
      await press("chat-sources");
    },
  },
  {
    // A platform's mark doesn't tell which of its rooms it is: their names stand beside it.
    name: "chat-alike",
    sizes: true,
    snapshot: (lang) => ({
      chat: chat(lang),
      rooms: evening(lang).flatMap((r) =>
        r.platform === "bilibili"
          ? [
              r,
              {
                ...r,
                id: "room-bilibili-2",
                name: pick(lang, "阿澈的深夜电台", "Ache late at night"),
                chat: {
                  kind: "broken",
                  retry_at: NOW + 4_000,
                  tries: 2,
                  problem: problem({ kind: "network" }, { platform: "bilibili" }),
                },
              },
            ]
          : [r],
      ),
    }),
    backend: {
      say: (rooms) =>
        Promise.resolve(
          rooms.map((r) => ({
            room: r,
            problem:
              r === "room-bilibili-2" ? problem({ kind: "rate_limited" }, { platform: "bilibili" }) : null,
          })),
        ),
    },
    show: async (app, _backend, lang) => {
      openChat(app);
      await frame();
      await type("chat-input", pick(lang, "谢谢，马上放", "Thanks, coming right up"));
      await press("chat-send");
      await press("chat-sources");
    },
  },
];
