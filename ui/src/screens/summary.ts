/** The designed states of an evening's summary, and of the course of all. */
import type {
  Backend,
  CourseView,
  FigureSummary,
  Platform,
  SessionSummary,
  SessionView,
  SummaryPerson,
  SummaryView,
} from "../ipc/backend";
import type { App } from "../state/app.svelte";
import { chat, NOW, pick, problem, type Lang } from "./data";
import { sessions } from "./history";
import { frame, type Scene } from "./scenes";

const MINUTE = 60_000;
const YESTERDAY: [string, string] = ["周四：一九七四年的那些首版", "Thursday: first pressings of 1974"];
const PARTS = 81;
const PART = 2 * MINUTE;
const FROM = NOW - 26 * 60 * MINUTE;
const TO = FROM + PARTS * PART;

/** People that come, stay and go: the same every time. */
const crowd = (high: number, seed: number): number[] =>
  Array.from({ length: PARTS }, (_, i) => {
    const t = i / (PARTS - 1);
    const noise = Math.sin(i * 1.7 + seed) * 0.03 + Math.sin(i * 0.41 + seed * 3) * 0.06;
    return Math.max(0, Math.round(high * (Math.sin(Math.PI * (0.12 + 0.76 * t)) + noise)));
  });

function figure(values: number[]): FigureSummary {
  const peak = Math.max(...values);
  return {
    first: values[0] ?? 0,
    last: values.at(-1) ?? 0,
    peak,
    peak_at: FROM + values.indexOf(peak) * PART,
    mean: Math.round(values.reduce((a, b) => a + b, 0) / values.length),
  };
}
const grown = (first: number, last: number): FigureSummary => ({
  first,
  last,
  peak: last,
  peak_at: TO,
  mean: (first + last) / 2,
});

function room(lang: Lang, platform: Platform, high: number, more: Partial<SessionView>): SessionSummary {
  const base = sessions(lang).find((s) => s.platform === platform) as SessionView;
  const values = crowd(high, high % 7);
  return {
    session: {
      ...base,
      title: pick(lang, ...YESTERDAY),
      live: false,
      started_at: FROM,
      ended_at: TO,
      ...more,
    },
    figures: high > 0 ? { watching: figure(values) } : {},
    crowd: high > 0 ? "watching" : null,
    crowds: high > 0 ? values.map((n, i) => (i % 17 === 9 ? null : n)) : values.map(() => null),
    messages: crowd(Math.round((more.messages ?? 0) / 50), 3),
  };
}

const person = (platform: Platform, name: string, messages: number, worth = 0): SummaryPerson => ({
  person: { platform, id: `${platform}-${name}`, name, sandbox: false },
  messages,
  worth,
});

export function summaryOf(lang: Lang, more: Partial<SummaryView> = {}): SummaryView {
  const bilibili = room(lang, "bilibili", 14_086, { id: 98, messages: 24_118, gifts: 241, worth: 3_286_000 });
  bilibili.figures.likes = grown(0, 61_240);
  bilibili.figures.followers = grown(1_204, 2_715);
  const weibo = room(lang, "weibo", 4_630, { id: 97, messages: 4_789, gifts: 0, worth: 0 });
  weibo.figures.views = grown(0, 31_204);
  weibo.figures.likes = grown(0, 8_812);
  const qiniu = room(lang, "qiniu", 0, {
    id: 96,
    messages: 0,
    gifts: 0,
    worth: 0,
    started_at: FROM + 40 * MINUTE,
  });
  return {
    from: FROM,
    to: TO,
    part_ms: PART,
    sessions: [bilibili, weibo, qiniu],
    people: 6_204,
    chatters: [
      person("bilibili", pick(lang, "半糖去冰", "halfsugar"), 214, 6_000),
      person("bilibili", pick(lang, "青柠", "lime"), 187),
      person("weibo", pick(lang, "南山有台", "nanshan"), 96),
      person("bilibili", pick(lang, "老周修收音机", "radio repair"), 88),
      person("weibo", pick(lang, "白露", "bailu"), 71),
    ],
    givers: [
      person("bilibili", pick(lang, "隔海听潮", "tide"), 12, 998_000),
      person("bilibili", pick(lang, "巷口豆花", "alley tofu"), 31, 520_500),
    ],
    troubles: [
      { at: FROM + 31 * MINUTE, session: 98, source: "alarm", what: "live_without_video" },
      { at: FROM + 90 * MINUTE, session: 97, source: "chat", what: "network" },
    ],
    more_troubles: 0,
    milestones: [
      { at: FROM + 12 * MINUTE, session: 98, kind: "watching", value: 10_000 },
      { at: FROM + 40 * MINUTE, session: 98, kind: "messages", value: 10_000 },
      { at: FROM + 60 * MINUTE, session: 98, kind: "hours", value: 1 },
      { at: FROM + 75 * MINUTE, session: 97, kind: "likes", value: 5_000 },
    ],
    ...more,
  };
}

export const courseOf = (lang: Lang): CourseView[] =>
  sessions(lang)
    .toReversed()
    .map((session, at) => ({
      session,
      peak: session.platform === "qiniu" ? null : 3_000 + ((at * 2_713) % 11_000),
      crowd: session.platform === "qiniu" ? null : "watching",
    }));

const answers = (more: Partial<Backend> = {}): Partial<Backend> => {
  const lang: Lang = new URLSearchParams(location.search).get("lang") === "en" ? "en" : "zh-CN";
  return {
    listSessions: () => Promise.resolve({ sessions: sessions(lang), before: null }),
    readCourse: () => Promise.resolve(courseOf(lang)),
    readSummary: (_session, alone) => {
      const whole = summaryOf(lang);
      const one = { ...whole, sessions: whole.sessions.slice(0, 1) };
      one.people = 5_112;
      one.chatters = whole.chatters.filter((p) => p.person.platform === "bilibili");
      one.troubles = whole.troubles.filter((t) => t.session === 98);
      one.milestones = whole.milestones.filter((t) => t.session === 98);
      return Promise.resolve(alone ? one : whole);
    },
    ...more,
  };
};

const open = async (app: App): Promise<void> => {
  app.summary.open(98);
  await frame();
};

export const summaryScreens: Scene[] = [
  {
    name: "summary",
    sizes: true,
    snapshot: (lang) => ({ chat: chat(lang) }),
    backend: answers(),
    show: open,
  },
  {
    name: "summary-alone",
    snapshot: (lang) => ({ chat: chat(lang) }),
    backend: answers(),
    show: async (app) => {
      await open(app);
      app.summary.only(true);
      await frame();
    },
  },
  {
    name: "summary-bare",
    snapshot: (lang) => ({ chat: chat(lang) }),
    backend: answers({
      readSummary: () => {
        const lang: Lang = new URLSearchParams(location.search).get("lang") === "en" ? "en" : "zh-CN";
        const all = summaryOf(lang, {
          from: FROM + 40 * MINUTE,
          people: 0,
          chatters: [],
          givers: [],
          troubles: [],
          milestones: [{ at: FROM + 100 * MINUTE, session: 96, kind: "hours", value: 1 }],
        });
        return Promise.resolve({ ...all, sessions: all.sessions.slice(2) });
      },
    }),
    show: open,
  },
  {
    name: "summary-failed",
    snapshot: (lang) => ({ chat: chat(lang) }),
    backend: answers({
      readSummary: () => Promise.reject(problem({ kind: "storage" }) as unknown as Error),
    }),
    show: open,
  },
  {
    name: "history-course",
    sizes: true,
    snapshot: (lang) => ({ chat: chat(lang) }),
    backend: answers(),
    show: async (app) => {
      app.show("history");
      await frame();
      await frame();
    },
  },
];
