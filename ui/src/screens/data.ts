/** Made-up rooms and people, for tests and designed states. */
import type {
  AccountView,
  ChatKind,
  ChatLine,
  FigureKind,
  JournalEntry,
  Platform,
  Problem,
  ProblemCode,
  Reading,
  RoomView,
  RunView,
  ShortcutAction,
  ShortcutRow,
  ShortcutsView,
  Snapshot,
} from "../ipc/backend";
import {
  NO_ENCODER,
  NO_OVERLAY,
  NO_RELAY,
  NOTICE_DEFAULTS,
  OVERLAY_DEFAULTS,
  RELAY_DEFAULTS,
  SHORTCUT_DEFAULTS,
} from "../state/model.svelte";
import { platforms } from "./platforms";

/** The moment of all designed states: a Friday evening. */
export const NOW = new Date(2026, 2, 13, 21, 24, 27).getTime();
const MINUTE = 60_000;
/** On air for 1:23:45. */
export const SINCE = NOW - ((1 * 60 + 23) * 60 + 45) * 1_000;

export type Lang = "zh-CN" | "en";
export const pick = (lang: Lang, zh: string, en: string): string => (lang === "en" ? en : zh);

export const problem = (code: ProblemCode, more: Partial<Problem> = {}): Problem => ({
  code,
  platform: null,
  platform_code: null,
  message: null,
  retry_after: null,
  detail_id: "c41f",
  ...more,
});

/** Shortcuts that work in other programs: all off, or as some of them are told. */
export const shortcuts = (
  more: Partial<Record<ShortcutAction, Partial<ShortcutRow>>> = {},
  possible = true,
): ShortcutsView => {
  const usual = { show: "KeyK", compact: "KeyM", streamer_mode: "KeyH", end: "KeyE" } as const;
  const actions = ["show", "compact", "streamer_mode", "end"] as const;
  const row = (action: ShortcutAction): ShortcutRow => ({
    action,
    keys: `Ctrl+Alt+${usual[action]}`,
    own: false,
    on: false,
    state: { kind: "off" },
    ...more[action],
  });
  return { possible, rows: actions.map(row) };
};

/** A wave that looks like people: rises from `low` to `high`, and is the same every time. */
function wave(low: number, high: number, seed: number, n = 60): number[] {
  return Array.from({ length: n }, (_, i) => {
    const t = i / (n - 1);
    const noise = Math.sin(i * 1.7 + seed) * 0.035 + Math.sin(i * 0.61 + seed * 3) * 0.05;
    return Math.max(0, Math.round(low + (high - low) * (t ** 0.8 + (i === n - 1 ? 0 : noise))));
  });
}

export function readings(kinds: Partial<Record<FigureKind, [number, number]>>, seed = 1): Reading[] {
  const waves = Object.entries(kinds).map(
    ([k, [low, high]], i) => [k, wave(low, high, seed + i * 2)] as const,
  );
  return Array.from({ length: 60 }, (_, i) => ({
    at: NOW - (59 - i) * MINUTE,
    figures: Object.fromEntries(waves.map(([k, w]) => [k, w[i] ?? 0])),
  }));
}

const NAMES: Record<Platform, [string, string]> = {
  bilibili: ["阿澈的唱片房", "Ache Records"],
  weibo: ["阿澈放唱片", "Ache on Weibo"],
  qiniu: ["店内直播间", "Shop Stream"],
  taobao: ["澈物杂货铺", "Che Goods"],
};

export const TITLE: [string, string] = ["周五夜听：手冲咖啡与老唱片", "Friday: pour-over and old records"];

/** A room that hasn't started. */
export function room(platform: Platform, lang: Lang, more: Partial<RoomView> = {}): RoomView {
  const lasting = platform === "bilibili" || platform === "taobao";
  return {
    id: `room-${platform}`,
    account: `account-${platform}`,
    platform,
    name: pick(lang, ...NAMES[platform]),
    sandbox: false,
    remote: lasting ? "2100418" : null,
    title: lasting ? pick(lang, ...TITLE) : "",
    summary: "",
    notice: "",
    cover_url: "",
    area: null,
    tags: [],
    visibility: "public",
    status: "not_started",
    status_code: null,
    signal: { kind: "unknown" },
    busy: null,
    problem: null,
    started_at: null,
    ended_at: null,
    landing_url: null,
    play: [],
    figures: {},
    push: null,
    chat: platform === "bilibili" || platform === "weibo" ? { kind: "off" } : { kind: "none" },
    read_at: NOW - 4_000,
    ...more,
  };
}

export const account = (r: RoomView, more: Partial<AccountView> = {}): AccountView => ({
  id: r.account,
  platform: r.platform,
  name: r.name,
  sandbox: r.sandbox,
  state: "signed_in",
  way: "form",
  person: r.name,
  has_picture: false,
  cover: null,
  expires_at: null,
  calls_left: null,
  problem: null,
  checked_at: NOW - 3 * MINUTE,
  ...more,
});

const listening = (ago: number): RoomView["chat"] => ({
  kind: "listening",
  last_line: NOW - ago,
  last_alive: NOW - 1_000,
  reconnects: 0,
});

/** The evening in full: two rooms live, one waiting, one with a problem. */
export function evening(lang: Lang): RoomView[] {
  const t = (zh: string, en: string): string => pick(lang, zh, en);
  return [
    room("bilibili", lang, {
      status: "live",
      status_code: 1,
      signal: { kind: "arriving", kbps: 6_012, width: 1_920, height: 1_080 },
      started_at: SINCE,
      figures: { popularity: 12_347, followers: 86_204 },
      push: { server: "rtmp://live-push.bilivideo.example/live-bvc/", has_key: true },
      area: { id: "30", name: t("搞笑日常", "Daily"), group: t("生活", "Life") },
      tags: lang === "en" ? ["Vinyl", "Coffee", "Jazz"] : ["黑胶", "咖啡", "爵士"],
      notice: t("点歌每人一首，九点半抽一张七寸", "One request each. A 7-inch goes to someone at 21:30"),
      landing_url: "https://live.bilibili.example/2100418",
      chat: listening(1_000),
    }),
    room("weibo", lang, {
      remote: "1022:2320415",
      title: t(...TITLE),
      summary: t("阿澈在店里放唱片、做手冲，边听边聊。", "Ache plays records in the shop and brews coffee."),
      status: "live",
      status_code: 1,
      signal: { kind: "arriving", kbps: 5_880, width: 1_920, height: 1_080 },
      started_at: SINCE + 40_000,
      figures: { watching: 4_218, views: 31_080, likes: 9_911 },
      push: { server: "rtmp://ps.live.example/alicdn", has_key: true },
      landing_url: "https://weibo.example/l/wblive/p/show/1022:2320415",
      play: [
        { form: "flv", quality: "hd", url: "https://pull.live.example/alicdn/b08204ae_hd.flv" },
        { form: "hls", quality: "", url: "https://pull.live.example/alicdn/b08204ae/index.m3u8" },
      ],
      chat: listening(3_000),
    }),
    room("qiniu", lang, {
      remote: "qn-2026-0313",
      title: t("店内直播 · 周五", "Shop stream, Friday"),
      status: "not_started",
      signal: { kind: "none" },
      push: { server: "rtmp://publish.live.example/kaibo", has_key: true },
      figures: {},
    }),
    room("taobao", lang, {
      problem: problem({ kind: "sign_in_expired" }, { platform: "taobao", platform_code: "27" }),
      figures: { duration: 4_980 },
      play: [{ form: "hls", quality: "", url: "https://livecb.alicdn.example/mediaplatform/2100418.m3u8" }],
    }),
  ];
}

/** What those that are live had earlier. */
const earlier: Snapshot["readings"] = {
  "room-bilibili": readings({ popularity: [3_100, 12_347], followers: [84_284, 86_204] }, 4),
  "room-weibo": readings({ watching: [900, 4_218], views: [2_100, 31_080], likes: [300, 9_911] }, 9),
};

/** The sandbox's four rooms, before anything was done. */
export const sandboxRooms = (lang: Lang): RoomView[] =>
  (["weibo", "taobao", "qiniu", "bilibili"] as const).map((p) =>
    room(p, lang, {
      sandbox: true,
      name: {
        weibo: pick(lang, "微博排练间", "Weibo rehearsal"),
        taobao: pick(lang, "淘宝排练间", "Taobao rehearsal"),
        qiniu: pick(lang, "七牛排练间", "Qiniu rehearsal"),
        bilibili: pick(lang, "B 站排练间", "Bilibili rehearsal"),
      }[p],
      ...(p === "taobao"
        ? { status: "live", started_at: NOW - 25 * MINUTE, figures: { duration: 1_500 } }
        : {}),
    }),
  );

type Said = [Platform, ChatKind, string, string, string, string, ("me" | "mod" | [number, number])?];
const TALK: Said[] = [
  ["bilibili", "message", "栗子壳", "chestnut", "第一首是现场版吗", "is the first one a live take?"],
  ["weibo", "message", "逆风的伞", "umbrella", "刚泡好茶，坐下来听", "tea is ready, sitting down"],
  [
    "bilibili",
    "message",
    "三分糖",
    "threeparts",
    "唱头换了？高音比上周亮",
    "new cartridge? brighter than last week",
  ],
  ["bilibili", "message", "我", "You", "换了，耳朵真灵", "yes, good ears", "me"],
  ["bilibili", "message", "慢船", "slowboat", "这就去翻我那张", "going to dig mine out"],
  ["weibo", "like", "", "", "9,911", "9,911"],
  ["weibo", "message", "白露", "bailu", "声音好暖", "so warm"],
  ["bilibili", "entry", "不语", "buyu", "", ""],
  [
    "bilibili",
    "message",
    "老周修收音机",
    "radio repair",
    "转盘是皮带的还是直驱的",
    "belt drive or direct drive?",
  ],
  ["bilibili", "message", "青柠", "lime", "直驱吧，看那个频闪点", "direct, look at the strobe dots"],
  ["weibo", "message", "橘子汽水", "tangerine", "刚下班，赶上了", "just off work, made it"],
  [
    "bilibili",
    "message",
    "不语",
    "buyu",
    "前面那张专辑叫什么来着，想去找一张",
    "what was the last album called? want to find a copy",
  ],
  ["bilibili", "message", "芝士饼干", "cheese biscuit", "晚上好", "evening"],
  ["bilibili", "gift", "巷口豆花", "alley tofu", "小花花", "flowers", [60, 6_000]],
  ["weibo", "message", "松子", "pinenut", "这只猫是新来的？", "is the cat new?"],
  [
    "bilibili",
    "message",
    "一颗盐",
    "a grain of salt",
    "猫比人准时",
    "the cat is more punctual than the host",
  ],
  [
    "bilibili",
    "message",
    "半糖去冰",
    "halfsugar",
    "这个底噪太好睡了",
    "this surface noise puts me to sleep, in a good way",
  ],
  [
    "weibo",
    "message",
    "南山有台",
    "nanshan",
    "微博这边声音也正常，左声道有点小",
    "sound is fine on Weibo too, left channel a bit low",
  ],
  [
    "bilibili",
    "message",
    "小满",
    "Xiaoman",
    "点歌的看公告哦，一人一首",
    "requests: see the notice, one each",
    "mod",
  ],
  ["bilibili", "member", "隔海听潮", "tide", "舰长", "Captain", [1, 198_000]],
  ["bilibili", "message", "茶茶不加糖", "chacha", "这张是哪年压的？", "what year is this pressing?"],
  [
    "bilibili",
    "message",
    "我",
    "You",
    "七四年首版，封套有点毛边，等下给你们看",
    "1974 first pressing. The sleeve is frayed, I'll show you in a minute",
    "me",
  ],
  ["weibo", "notice", "", "", "微博直播提醒：文明发言", "Weibo: keep it civil"],
  [
    "weibo",
    "message",
    "檐下有猫",
    "eaves cat",
    "手冲用的什么豆子，闻不到好可惜",
    "which beans? shame I can't smell it",
  ],
  ["bilibili", "message", "Kiko_77", "Kiko_77", "贝斯这一段绝了", "that bass line though"],
  ["bilibili", "message", "晚风", "wanfeng", "求歌单", "setlist please"],
];

export const chat = (lang: Lang): ChatLine[] =>
  TALK.map(([platform, kind, zhWho, enWho, zh, en, role], i) => ({
    id: i + 1,
    room: `room-${platform}`,
    platform,
    kind,
    who: zhWho
      ? { id: `p${i}`, name: pick(lang, zhWho, enWho), me: role === "me", moderator: role === "mod" }
      : null,
    text: pick(lang, zh, en),
    at: NOW - (TALK.length - i) * 8_000,
    gift: Array.isArray(role) ? { name: pick(lang, zh, en), count: role[0], worth: role[1] } : null,
    until: null,
    recalled: false,
  }));

export const journal = (ended = false): JournalEntry[] => {
  const entry = (
    id: number,
    minutes: number,
    platform: Platform,
    action: JournalEntry["action"],
    outcome: JournalEntry["outcome"],
    platform_code: string | null = null,
  ): JournalEntry => ({
    id,
    room: `room-${platform}`,
    platform,
    action,
    at: NOW - minutes * MINUTE,
    outcome,
    platform_code,
  });
  return [
    entry(1, 84, "weibo", "create", "done"),
    entry(2, 84, "bilibili", "start", "failed", "60024"),
    entry(3, 83, "bilibili", "start", "done"),
    entry(4, 60, "bilibili", "edit", "done"),
    entry(5, 22, "qiniu", "create", "done"),
    entry(6, 20, "weibo", "edit", "unknown"),
    entry(7, 19, "weibo", "edit", "done"),
    ...(ended ? [entry(8, 1, "bilibili", "end", "done"), entry(9, 0, "weibo", "end", "done")] : []),
  ];
};

/** What a run's finished rooms have in the journal. */
const steps = (run: RunView | null | undefined, rooms: readonly RoomView[]): JournalEntry[] =>
  (run?.rooms ?? []).flatMap((entry, i) => {
    const room = rooms.find((r) => r.id === entry.room);
    const done = entry.state.kind === "done";
    if (!run || !room || (!done && entry.state.kind !== "failed")) return [];
    const action = run.going_live ? (room.platform === "bilibili" ? "start" : "create") : "end";
    const ended = { outcome: done ? "done" : "failed", platform_code: null } as const;
    return [
      { id: i + 1, room: room.id, platform: room.platform, action, at: run.started_at + 900, ...ended },
    ];
  });

export function snapshot(lang: Lang, more: Partial<Snapshot> = {}): Snapshot {
  const rooms = more.rooms ?? evening(lang);
  return {
    version: "0.1.0",
    platforms,
    accounts: rooms.map((r) =>
      account(r, r.problem?.code.kind === "sign_in_expired" ? { state: "expired", problem: r.problem } : {}),
    ),
    rooms,
    readings: earlier,
    chat: [],
    pinned: [],
    run: null,
    sign_in: null,
    preflight: null,
    journal: steps(more.run, rooms),
    encoder: NO_ENCODER,
    overlay: NO_OVERLAY,
    relay: NO_RELAY,
    shortcuts: shortcuts(),
    marked: [],
    thanks_waiting: 0,
    alarms: [],
    vault: { kind: "unlocked" },
    sandbox: rooms.some((r) => r.sandbox),
    preferences: {
      theme: "dark",
      language: lang,
      text_size: 100,
      tonight: {
        title: pick(lang, ...TITLE),
        summary: pick(
          lang,
          "阿澈在店里放唱片、做手冲，边听边聊。点歌每人一首。",
          "Ache plays records in the shop and brews coffee. One request each.",
        ),
        notice: "",
        cover_url: "",
        area_id: "",
        tags: [],
        visibility: "public",
      },
      chosen: [],
      templates: [],
      last: {},
      streamer_mode: false,
      recent_areas: {},
      sandbox: false,
      encoder: null,
      with_encoder: false,
      blank_key: false,
      notices: NOTICE_DEFAULTS,
      keep_history_days: 0,
      thanks_from: 0,
      overlay: OVERLAY_DEFAULTS,
      relay: RELAY_DEFAULTS,
      shortcuts: SHORTCUT_DEFAULTS,
    },
    system_language: lang,
    ...more,
  };
}
