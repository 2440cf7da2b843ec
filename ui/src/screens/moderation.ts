/** The designed states of a room's moderation: full, empty, and refused. */
import type { Backend, BlockedWords, ModeratorPage, MutedPage } from "../ipc/backend";
import { locale } from "../state/locale.svelte";
import { chat, NOW, pick, problem } from "./data";
import { frame, type Scene } from "./scenes";

const HOUR = 3_600_000;
const say = (zh: string, en: string): string => pick(locale(), zh, en);
const NAMES: [string, string][] = [
  ["三分糖", "threeparts"],
  ["栗子壳", "chestnut"],
  ["半夜卖瓜的", "midnight melons"],
  ["advert 7781", "advert 7781"],
  ["复读机本机", "echo echo"],
  ["逆风的伞", "umbrella"],
];

const muted = (page: number): MutedPage => ({
  people: NAMES.map((names) => say(...names)).map((name, i) => ({
    id: String(page * 100 + i),
    name: page > 1 ? `${name} ${String(page)}` : name,
    by: i % 3 === 0 ? say("小满", "Xiaoman") : i % 3 === 1 ? say("阿澈的唱片房", "Ache Records") : "",
    at: NOW - (i + 1) * 5 * HOUR,
    until: i === 3 ? null : NOW + (i * 21 + 1) * HOUR,
  })),
  total: 14,
  pages: 3,
});
const words = (): BlockedWords => ({
  words: [
    say("加群领福利", "join my group"),
    "VX",
    say("看我主页", "see my page"),
    say("代练", "boosting"),
    "buy followers",
    say("剧透第三首", "spoilers"),
    say("一二三四五六七八九十一二三四五", "fifteen letters"),
  ],
  limit: 200,
});
const moderators = (): ModeratorPage => ({
  people: [
    { id: "10021", name: say("小满", "Xiaoman"), at: NOW - 400 * 24 * HOUR },
    { id: "88412003", name: say("老听众", "old fan"), at: NOW - 20 * 24 * HOUR },
  ],
  total: 2,
  pages: 1,
  max: 100,
});
const full: Partial<Backend> = {
  listMuted: (_room, page) => Promise.resolve(muted(page)),
  listBlockedWords: () => Promise.resolve(words()),
  readSilence: () => Promise.resolve({ kind: "medal", level: 5, minutes: 30 }),
  listModerators: () => Promise.resolve(moderators()),
};
const refuse = <T>(message: string): Promise<T> =>
  Promise.reject(
    problem(
      { kind: "not_allowed" },
      { platform: "bilibili", platform_code: "1200000", message },
    ) as unknown as Error,
  );
const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

const scene = (name: string, backend: Partial<Backend>, more: Partial<Scene> = {}): Scene => ({
  name: `moderation-${name}`,
  snapshot: (lang) => ({ chat: chat(lang) }),
  backend,
  show: async (app) => {
    app.moderation.open("room-bilibili");
    await frame();
  },
  ...more,
});

export const moderationScreens: Scene[] = [
  scene("full", full, {
    sizes: true,
    show: async (app) => {
      app.moderation.open("room-bilibili");
      await frame();
      await frame();
      document.querySelectorAll<HTMLElement>('[data-testid="muted-unmute"]')[1]?.click();
      document.querySelector<HTMLElement>('[data-testid="silence-medal"]')?.click();
    },
  }),
  scene(
    "empty",
    {},
    {
      snapshot: (lang) => ({
        chat: chat(lang).map((l) => (l.who ? { ...l, who: { ...l.who, moderator: false } } : l)),
      }),
    },
  ),
  scene(
    "loading",
    { listMuted: never, listBlockedWords: never, readSilence: never, listModerators: never },
    {
      show: async (app) => {
        app.moderation.open("room-bilibili");
        await new Promise((done) => setTimeout(done, 350));
      },
    },
  ),
  scene("refused", {
    ...full,
    listMuted: () => refuse("不是主播或者房管"),
    readSilence: () => refuse("不是主播或者房管"),
    listModerators: () => refuse("不是主播"),
  }),
];
