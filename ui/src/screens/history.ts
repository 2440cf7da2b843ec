/** The designed states of the history. */
import type { Backend, ChatKind, HistoryLine, HistoryPage, Platform, SessionView } from "../ipc/backend";
import type { App } from "../state/app.svelte";
import { chat, NOW, pick, problem, SINCE, TITLE, type Lang } from "./data";
import { idle } from "./run";
import { frame, type Scene } from "./scenes";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const words = (lang: Lang): string => pick(lang, "首版", "first pressing");

type Evening = [Platform, number, number, number, number, number, [string, string]];
/** Platform, days ago, hours, lines, gifts, worth, title. */
const EVENINGS: Evening[] = [
  ["bilibili", 0, 1.4, 12_408, 86, 1_204_000, TITLE],
  ["weibo", 0, 1.4, 3_318, 0, 0, TITLE],
  [
    "bilibili",
    1,
    3.4,
    38_115,
    241,
    4_018_500,
    ["周四：一九七四年的那些首版", "Thursday: first pressings of 1974"],
  ],
  ["weibo", 1, 3.4, 6_204, 0, 0, ["周四：一九七四年的那些首版", "Thursday: first pressings of 1974"]],
  ["qiniu", 4, 0.6, 0, 0, 0, ["店内直播 · 试机", "Shop stream, a trial run"]],
  [
    "bilibili",
    7,
    4.1,
    41_902,
    310,
    5_511_000,
    ["周五夜听：雨天与钢琴三重奏", "Friday: rain and piano trios"],
  ],
  ["weibo", 7, 4.1, 9_077, 0, 0, ["周五夜听：雨天与钢琴三重奏", "Friday: rain and piano trios"]],
  [
    "bilibili",
    14,
    2.9,
    29_660,
    188,
    2_960_000,
    ["周五夜听：店里的第一百场", "Friday: the shop's hundredth evening"],
  ],
];
const NAMES: Record<Platform, [string, string]> = {
  bilibili: ["阿澈的唱片房", "Ache Records"],
  weibo: ["阿澈放唱片", "Ache on Weibo"],
  qiniu: ["店内直播间", "Shop Stream"],
  taobao: ["澈物杂货铺", "Che Goods"],
};

export const sessions = (lang: Lang): SessionView[] =>
  EVENINGS.map(([platform, days, hours, lines, gifts, worth, title], at) => {
    const live = days === 0;
    const ended = NOW - days * DAY + HOUR;
    return {
      id: 100 - at,
      room: `room-${platform}`,
      platform,
      account: pick(lang, ...NAMES[platform]),
      name: pick(lang, ...NAMES[platform]),
      title: pick(lang, ...title),
      remote: String(100 - at),
      sandbox: false,
      live,
      started_at: live ? SINCE : ended - hours * HOUR,
      ended_at: live ? null : ended,
      lines,
      messages: lines,
      gifts,
      worth,
    };
  });

/** What was said in a session: an evening's talk, over and over. */
export function lines(lang: Lang, session: number, count: number, step = 21_000): HistoryLine[] {
  const of = sessions(lang).find((s) => s.id === session);
  const talk = chat(lang).filter((l) => l.platform === "bilibili");
  const end = of?.ended_at ?? NOW;
  return Array.from({ length: count }, (_, i) => {
    const said = talk[i % talk.length] as (typeof talk)[number];
    const heard = end - (count - i) * step;
    const { kind, who, text, gift, until } = said;
    return {
      id: session * 10_000 + i,
      session,
      kind,
      who,
      text,
      gift,
      until,
      recalled: i % 23 === 19,
      at: heard,
      heard_at: heard,
    };
  });
}

/** Where in a session what is searched for was said. */
const spoken = (lang: Lang, session: number): number =>
  (lines(lang, session, 200).find((l, i) => i > 90 && l.text.includes(words(lang)))?.id ?? 0) % 10_000;

const found = (lang: Lang): HistoryPage => {
  const said: [number, ChatKind, [string, string], [string, string]][] = [
    [
      100,
      "message",
      ["茶茶不加糖", "chacha"],
      ["这张是哪年压的？首版吗", "what year is this, a first pressing?"],
    ],
    [
      100,
      "message",
      ["我", "You"],
      ["七四年首版，封套有点毛边", "1974 first pressing, the sleeve is frayed"],
    ],
    [
      99,
      "message",
      ["白露", "bailu"],
      ["首版和再版听得出来吗", "can you hear a first pressing from a reissue?"],
    ],
    [
      98,
      "super_chat",
      ["隔海听潮", "tide"],
      [
        "第一次摸到首版就是在你店里，今晚能把 B 面第三首再放一遍吗？我妈妈也在听",
        "I held my first first pressing in your shop. Could you play side B, track three again? My mother is listening too",
      ],
    ],
    [
      98,
      "message",
      ["老周修收音机", "radio repair"],
      ["首版的内圈号码是手刻的", "first pressings have hand-etched runouts"],
    ],
    [95, "message", ["首版收集者", "first-pressing hunter"], ["晚上好", "evening"]],
    [95, "gift", ["巷口豆花", "alley tofu"], ["", ""]],
    [
      93,
      "message",
      ["青柠", "lime"],
      ["店里第一百场，放的就是那张首版", "hundredth evening, and that first pressing again"],
    ],
  ];
  const all = sessions(lang);
  return {
    lines: said.map(([session, kind, name, text], i): HistoryLine => {
      const of = all.find((s) => s.id === session);
      const heard = (of?.ended_at ?? NOW) - (i + 1) * 13 * 60_000;
      return {
        id: i === 1 ? 1_000_000 + spoken(lang, session) : session * 10_000 + 150 - i,
        session,
        kind,
        who: { id: `p${String(i)}`, name: pick(lang, ...name), me: name[1] === "You", moderator: i === 4 },
        text: pick(lang, ...text),
        gift:
          kind === "gift"
            ? { name: pick(lang, "首版徽章", "first pressing badge"), count: 3, worth: 3_000 }
            : kind === "super_chat"
              ? { name: "", count: 1, worth: 100_000 }
              : null,
        until: null,
        recalled: false,
        at: heard,
        heard_at: heard,
      };
    }),
    sessions: all,
    before: null,
  };
};

export const answers = (): Partial<Backend> => {
  const lang: Lang = new URLSearchParams(location.search).get("lang") === "en" ? "en" : "zh-CN";
  return {
    listSessions: () => Promise.resolve({ sessions: sessions(lang), before: null }),
    searchHistory: (query) => {
      if (query.session === null) {
        const all = found(lang);
        const of = query.person?.name;
        return Promise.resolve(of ? { ...all, lines: all.lines.filter((l) => l.who?.name === of) } : all);
      }
      const page = query.before === null ? lines(lang, query.session, 200).toReversed() : [];
      return Promise.resolve({ lines: page, sessions: [], before: query.before === null ? 1 : null });
    },
    historyAround: (line) =>
      Promise.resolve({ lines: lines(lang, Math.floor(line / 10_000), 200), sessions: [], before: 1 }),
  };
};

const open = async (app: App): Promise<void> => {
  app.show("history");
  await frame();
};
const searched = async (app: App, lang: Lang, of = words(lang)): Promise<void> => {
  await open(app);
  app.history.want({ words: of });
  await app.history.search();
  await frame();
};

export const historyScreens: Scene[] = [
  {
    name: "history",
    sizes: true,
    snapshot: (lang) => ({ chat: chat(lang) }),
    backend: answers(),
    show: open,
  },
  {
    name: "history-search",
    sizes: true,
    snapshot: (lang) => ({ chat: chat(lang) }),
    backend: answers(),
    show: async (app, _backend, lang) => {
      await searched(app, lang);
      app.history.active = 3;
    },
  },
  {
    name: "history-jump",
    sizes: true,
    snapshot: (lang) => ({ chat: chat(lang) }),
    backend: answers(),
    show: async (app, _backend, lang) => {
      await searched(app, lang);
      const hit = app.history.found[1];
      if (hit) app.history.jump(hit);
      await frame();
      await frame();
      await frame();
    },
  },
  {
    name: "history-session",
    snapshot: (lang) => ({ chat: chat(lang) }),
    backend: answers(),
    show: async (app, _backend, lang) => {
      await open(app);
      const session = sessions(lang)[2];
      if (session) app.history.read(session);
      await frame();
      await frame();
    },
  },
  {
    name: "history-person",
    snapshot: (lang) => ({ chat: chat(lang) }),
    backend: answers(),
    show: async (app, _backend, lang) => {
      await open(app);
      app.history.byPerson({ platform: "bilibili", id: "p3", name: pick(lang, "茶茶不加糖", "chacha") });
      app.history.want({ time: "own", from: "2026-03-01", to: "13.3." });
      await frame();
    },
  },
  {
    name: "history-nothing",
    snapshot: (lang) => ({ chat: chat(lang) }),
    backend: {
      ...answers(),
      searchHistory: () => Promise.resolve({ lines: [], sessions: [], before: null }),
    },
    show: async (app, _backend, lang) => searched(app, lang, pick(lang, "签名版", "signed copy")),
  },
  { name: "history-empty", snapshot: (lang) => ({ rooms: idle(lang) }), show: open },
  {
    name: "history-slow",
    snapshot: (lang) => ({ chat: chat(lang) }),
    backend: { ...answers(), searchHistory: () => new Promise(() => undefined) },
    show: async (app, _backend, lang) => {
      await open(app);
      app.history.want({ words: words(lang) });
      await new Promise((done) => setTimeout(done, 500));
    },
  },
  {
    name: "history-failed",
    snapshot: (lang) => ({ chat: chat(lang) }),
    backend: { listSessions: () => Promise.reject(problem({ kind: "storage" }) as unknown as Error) },
    show: open,
  },
  {
    name: "history-save",
    snapshot: (lang) => ({ chat: chat(lang) }),
    backend: answers(),
    show: async (app, _backend, lang) => {
      await open(app);
      const session = sessions(lang)[2];
      if (session) app.history.read(session);
      await frame();
      if (session) app.dialog = { kind: "history_export", session, whole: true };
      await frame();
    },
  },
  {
    name: "history-delete",
    snapshot: (lang) => ({ chat: chat(lang) }),
    backend: answers(),
    show: async (app, _backend, lang) => {
      await open(app);
      const session = sessions(lang)[2];
      if (session) app.dialog = { kind: "delete_session", session };
    },
  },
];
