/** The designed states of people: a line's menu, marks, a person, and the thanks list. */
import type {
  ChatLine,
  HistoryLine,
  MarkedPerson,
  Marks,
  PersonRef,
  PersonView,
  ThanksEntry,
  ThanksItem,
  ThanksView,
} from "../ipc/backend";
import { NO_MARKS, personKey } from "../features/people/people.svelte";
import { chat, NOW, pick, problem, type Lang } from "./data";
import { lines, sessions } from "./history";
import { frame, openChat, press, type Scene } from "./scenes";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Those of the evening's talk, by name. */
const somebody = (lang: Lang, zh: string, en: string): PersonRef => {
  const name = pick(lang, zh, en);
  const line = chat(lang).find((l) => l.who?.name === name);
  return { platform: line?.platform ?? "bilibili", id: line?.who?.id ?? "p1", name, sandbox: false };
};
const sugar = (lang: Lang): PersonRef => somebody(lang, "三分糖", "threeparts");

const marked = (person: PersonRef, marks: Partial<Marks>): MarkedPerson => ({
  person,
  key: personKey(person),
  marks: { ...NO_MARKS, ...marks },
});
const note = (lang: Lang): string =>
  pick(
    lang,
    "耳朵很灵，常问唱头。店庆那晚寄过一张七寸。",
    "Good ears, asks about cartridges. Sent a 7-inch once.",
  );
const noted = (lang: Lang): MarkedPerson[] => [
  marked(sugar(lang), { note: note(lang), favourite: true }),
  marked(somebody(lang, "松子", "pinenut"), { watch: true }),
  marked(somebody(lang, "半糖去冰", "halfsugar"), { favourite: true }),
];

/** As many as are listed of this evening. */
const TONIGHT = { lines: 14, gifts: 2, worth: 31_200 };

const view = (lang: Lang, more: Partial<PersonView> = {}): PersonView => ({
  person: sugar(lang),
  first_seen: NOW - 211 * DAY,
  last_seen: NOW - 2 * MINUTE,
  sessions: 38,
  lines: 1_204,
  messages: 1_160,
  gifts: 31,
  worth: 466_500,
  tonight: TONIGHT,
  names: [pick(lang, "三分糖", "threeparts"), pick(lang, "三分糖不加冰", "threeparts no ice")],
  marks: { ...NO_MARKS, note: note(lang), favourite: true },
  ...more,
});

function said(lang: Lang, count: number): HistoryLine[] {
  const who = { id: sugar(lang).id, name: sugar(lang).name, me: false, moderator: false };
  const texts = lines(lang, 100, 200).filter((l) => l.kind === "message" && l.who?.me !== true);
  const gifts: Record<number, number> = { 4: 1_200, 9: 30_000 };
  return Array.from({ length: count }, (_, i): HistoryLine => {
    const tonight = i < TONIGHT.lines;
    const at = NOW - (2 + i * 6) * MINUTE - (tonight ? 0 : DAY) - (i > 24 ? 6 * DAY : 0);
    const line = texts[(i * 3) % texts.length];
    const worth = gifts[i];
    const gift = worth ? { name: pick(lang, "小花花", "flowers"), count: worth / 100, worth } : null;
    return {
      id: 9_000 - i,
      session: tonight ? 100 : 98,
      kind: gift ? "gift" : "message",
      who,
      text: gift ? "" : (line?.text ?? ""),
      gift,
      until: null,
      recalled: false,
      at,
      heard_at: at,
    };
  });
}

const item = (name: string, count: number, worth: number, kind: ThanksItem["kind"] = "gift"): ThanksItem => ({
  kind,
  name,
  count,
  worth,
});

function entries(lang: Lang): ThanksEntry[] {
  const t = (zh: string, en: string): string => pick(lang, zh, en);
  const entry = (at: number, zh: string, en: string, more: Partial<ThanksEntry>): ThanksEntry => {
    const items = more.items ?? [];
    return {
      room: "room-bilibili",
      room_name: t("阿澈的唱片房", "Ache Records"),
      person: { platform: "bilibili", id: en, name: t(zh, en), sandbox: false },
      items,
      more: 0,
      worth: items.reduce((sum, i) => sum + (i.worth ?? 0), 0),
      text: "",
      last_at: NOW - at * MINUTE,
      up_to: 9_000 - at,
      thanked_at: null,
      ...more,
    };
  };
  return [
    entry(1, "巷口豆花", "alley tofu", { items: [item(t("小花花", "flowers"), 60, 6_000)] }),
    entry(3, "迟到的鲸鱼", "late whale", {
      items: [item("", 1, 100_000, "super_chat")],
      text: t(
        "第一次听黑胶就是在你这里，今晚能放一遍 B 面第三首吗？放不放都谢谢。",
        "I heard my first record in this room. Could you play side B, track three tonight? Thanks either way.",
      ),
    }),
    entry(6, "隔海听潮", "tide", { items: [item(t("舰长", "Captain"), 1, 198_000, "member")] }),
    entry(11, "慢船", "slowboat", {
      items: [
        item(t("舰长", "Captain"), 3, 594_000, "member"),
        item("", 2, 60_000, "super_chat"),
        item(t("告白气球", "balloon"), 2, 24_000),
        item(t("小星星", "stars"), 120, 12_000),
        item(t("辣条", "spicy strips"), 300, 3_000),
      ],
      more: 2,
      text: t("店庆快乐", "Happy anniversary"),
    }),
    entry(
      19,
      "一个名字长到一行放不下还要再长一点点的老听众",
      "a listener whose name is too long for one line",
      {
        items: [item(t("打 call", "glow stick"), 5, 2_500)],
      },
    ),
    entry(26, "芝士饼干", "cheese cracker", { items: [item(t("粉丝团灯牌", "fan sign"), 1, 1_000)] }),
  ];
}

const thanks = (lang: Lang): ThanksView => ({
  entries: entries(lang).slice(0, 5),
  done: entries(lang)
    .slice(5)
    .map((e) => ({ ...e, thanked_at: NOW - MINUTE })),
  bar: 0,
});

/** Presses the name of a line that was said. */
const menuOf = async (name: string): Promise<void> => {
  const line = [...document.querySelectorAll<HTMLElement>('[data-testid="chat-line"]')].findLast(
    (l) => l.querySelector(".who bdi")?.textContent === name,
  );
  const who = line?.querySelector<HTMLElement>(".who bdi");
  const at = who?.getBoundingClientRect();
  who?.dispatchEvent(
    new MouseEvent("click", { bubbles: true, clientX: (at?.left ?? 0) + 12, clientY: (at?.bottom ?? 0) + 2 }),
  );
  await frame();
};
const salt = (lang: Lang): string => pick(lang, "一颗盐", "a grain of salt");
const talk = (lang: Lang): ChatLine[] => chat(lang);

export const peopleScreens: Scene[] = [
  {
    name: "line-menu",
    sizes: true,
    snapshot: (lang) => ({ chat: talk(lang), marked: noted(lang), thanks_waiting: 5 }),
    show: async (app, _backend, lang) => {
      openChat(app);
      await frame();
      await menuOf(salt(lang));
    },
  },
  {
    name: "line-menu-mute",
    snapshot: (lang) => ({ chat: talk(lang), marked: noted(lang), thanks_waiting: 128 }),
    show: async (app, _backend, lang) => {
      openChat(app);
      await frame();
      await menuOf(salt(lang));
      await press("menu-mute");
    },
  },
  {
    name: "marks",
    sizes: true,
    snapshot: (lang) => ({ chat: talk(lang), marked: noted(lang) }),
    show: async (app, _backend, lang) => {
      openChat(app);
      await frame();
      const room = app.room;
      const person = somebody(lang, "一颗盐", "a grain of salt");
      if (room) await app.moderation.mute(room, person, "24", "");
    },
  },
  {
    name: "mute-refused",
    sizes: true,
    backend: {
      mutePerson: () =>
        Promise.reject(
          problem(
            { kind: "not_allowed" },
            { platform: "bilibili", platform_code: "1200006", message: "TA 是房管，不能禁言" },
          ) as unknown as Error,
        ),
    },
    snapshot: (lang) => ({ chat: talk(lang), marked: noted(lang) }),
    show: async (app, _backend, lang) => {
      openChat(app);
      await frame();
      if (app.room) await app.moderation.mute(app.room, somebody(lang, "小满", "Xiaoman"), "24", "");
    },
  },
  {
    name: "block-word",
    snapshot: (lang) => ({ chat: talk(lang) }),
    show: (app, _backend, lang) => {
      openChat(app);
      app.moderation.asked = { room: "room-bilibili", word: pick(lang, "加群领福利", "join my group") };
    },
  },
  {
    name: "person",
    sizes: true,
    snapshot: (lang) => ({ chat: talk(lang), marked: noted(lang), thanks_waiting: 5 }),
    backend: {
      readPerson: (person) => Promise.resolve(view(person.name === "三分糖" ? "zh-CN" : "en")),
      searchHistory: (query) => {
        const lang: Lang = query.person?.name === "三分糖" ? "zh-CN" : "en";
        return Promise.resolve({ lines: said(lang, 60), sessions: sessions(lang), before: null });
      },
    },
    show: async (app, _backend, lang) => {
      openChat(app);
      app.pane = "middle";
      await frame();
      app.people.open(sugar(lang), "room-bilibili");
      await new Promise((done) => setTimeout(done, 250));
    },
  },
  {
    name: "person-new",
    sizes: true,
    snapshot: (lang) => ({ chat: talk(lang).filter((l) => l.who?.name !== sugar(lang).name) }),
    backend: {
      readPerson: (person) =>
        Promise.resolve(
          view("zh-CN", {
            person,
            marks: NO_MARKS,
            names: [person.name],
            first_seen: null,
            last_seen: null,
            sessions: 0,
            lines: 0,
            gifts: 0,
            worth: 0,
            tonight: { lines: 0, gifts: 0, worth: 0 },
          }),
        ),
    },
    show: async (app, _backend, lang) => {
      openChat(app);
      app.moderation.know("room-bilibili", sugar(lang).id, {
        id: sugar(lang).id,
        name: "",
        by: "",
        at: NOW,
        until: NOW + 3 * 60 * MINUTE,
      });
      app.people.open(sugar(lang), "room-bilibili");
      await frame();
    },
  },
  {
    name: "person-failed",
    snapshot: (lang) => ({ chat: talk(lang) }),
    backend: {
      readPerson: () => Promise.reject(problem({ kind: "storage" }) as unknown as Error),
      searchHistory: () => Promise.reject(problem({ kind: "storage" }) as unknown as Error),
    },
    show: async (app, _backend, lang) => {
      openChat(app);
      app.people.open(sugar(lang), "room-bilibili");
      await frame();
    },
  },
  ...(["zh-CN", "en"] as const).map((of): Scene => ({
    name: `thanks-${of === "en" ? "en" : "zh"}`,
    sizes: true,
    snapshot: (lang) => ({ chat: talk(lang), thanks_waiting: 5 }),
    backend: { listThanks: () => Promise.resolve(thanks(of)) },
    show: async (app) => {
      openChat(app);
      app.pane = "middle";
      await frame();
      app.thanks.toggle();
      await frame();
      const [first] = app.thanks.entries;
      // In one column the field would stand in the drawer's place.
      if (first && innerWidth > 820) app.thanks.draft(first);
      app.pane = "middle";
    },
  })),
  {
    name: "thanks-done",
    snapshot: (lang) => ({ chat: talk(lang), thanks_waiting: 0 }),
    backend: {
      listThanks: () => {
        const lang: Lang = new URLSearchParams(location.search).get("lang") === "en" ? "en" : "zh-CN";
        const { entries: done, ...rest } = thanks(lang);
        return Promise.resolve({ ...rest, entries: [], done });
      },
    },
    show: async (app) => {
      openChat(app);
      await frame();
      app.thanks.toggle();
      await frame();
      await press("thanks-done-show");
    },
  },
  {
    name: "thanks-empty",
    snapshot: (lang) => ({ chat: talk(lang).filter((l) => l.gift === null) }),
    show: async (app) => {
      openChat(app);
      await frame();
      app.thanks.toggle();
    },
  },
  {
    name: "thanks-failed",
    snapshot: (lang) => ({ chat: talk(lang), thanks_waiting: 2 }),
    backend: { listThanks: () => Promise.reject(problem({ kind: "storage" }) as unknown as Error) },
    show: async (app) => {
      openChat(app);
      await frame();
      app.thanks.toggle();
    },
  },
];
