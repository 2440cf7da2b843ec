/** The designed states of *Tonight*: the checks before going live, and the area picker. */
import type { Area, Check, CheckKind, CheckLevel, PreflightView, Snapshot } from "../ipc/backend";
import { account, NOW, pick, problem, type Lang } from "./data";
import { idle } from "./run";
import { frame, type Scene } from "./scenes";

const HOUR = 3_600_000;
const MIDNIGHT = new Date(2026, 2, 14).getTime();

const check = (kind: CheckKind, level: CheckLevel = "green", more: Partial<Check> = {}): Check => ({
  kind,
  level,
  expires_at: null,
  skew_ms: null,
  host: null,
  problem: null,
  ...more,
});

const looks = (finished: boolean, bilibili: Check[], weibo: Check[], qiniu: Check[]): PreflightView => ({
  id: 1,
  finished_at: finished ? NOW - 4_000 : null,
  rooms: [
    { room: "room-bilibili", checks: bilibili },
    { room: "room-weibo", checks: weibo },
    { room: "room-qiniu", checks: qiniu },
  ],
});

const allGood = looks(
  true,
  (["sign_in", "area", "texts", "clock"] as const).map((k) => check(k)),
  (["sign_in", "right", "texts", "clock", "calls"] as const).map((k) => check(k)),
  (["sign_in", "texts", "push_address", "clock", "ingest"] as const).map((k) => check(k)),
);

const working = looks(
  false,
  [check("sign_in"), check("area"), check("texts"), check("clock", "working")],
  [check("sign_in", "working"), check("right", "working"), check("texts"), check("calls", "working")],
  [check("sign_in"), check("texts"), check("ingest", "working")],
);

const mixed = looks(
  true,
  [
    check("sign_in", "amber", { expires_at: NOW + 5 * HOUR }),
    check("area", "red", { problem: problem({ kind: "area_gone" }, { platform: "bilibili" }) }),
    check("texts"),
    check("clock", "amber", { skew_ms: 95_000 }),
  ],
  [
    check("sign_in"),
    check("right", "red", {
      problem: problem({ kind: "verify_in_app", url: "https://verify.weibo.example/made-up" }),
    }),
    check("texts"),
    check("calls", "amber"),
  ],
  [
    check("sign_in"),
    check("texts"),
    check("push_address"),
    check("clock", "unknown"),
    check("ingest", "red", { host: "publish.live.example:1935" }),
  ],
);

const before = (lang: Lang, preflight: PreflightView | null): Partial<Snapshot> => {
  const rooms = idle(lang);
  const calls_left = { left: 7, of: 100, resets_at: MIDNIGHT };
  return {
    rooms,
    accounts: rooms.map((r) => account(r, r.platform === "weibo" ? { calls_left } : {})),
    preflight,
  };
};

const AREAS: [string, string, [string, string][]][] = [
  [
    "生活",
    "Life",
    [
      ["搞笑日常", "Daily"],
      ["手工", "Crafts"],
      ["美食", "Food"],
      ["萌宠", "Pets"],
    ],
  ],
  [
    "电台",
    "Radio",
    [
      ["唱见电台", "Singing"],
      ["聊天电台", "Talk"],
      ["配音", "Voice acting"],
    ],
  ],
  [
    "娱乐",
    "Entertainment",
    [
      ["视频唱见", "Video singing"],
      ["舞见", "Dance"],
      ["户外", "Outdoors"],
    ],
  ],
  [
    "知识",
    "Knowledge",
    [
      ["社科法律", "Society and law"],
      ["校园学习", "Study with me"],
    ],
  ],
  [
    "网游",
    "PC games",
    [
      ["英雄联盟", "League of Legends"],
      ["反恐精英", "Counter-Strike"],
    ],
  ],
];
const areas = (lang: Lang): Area[] =>
  AREAS.flatMap(([zh, en, own], g) =>
    own.map(([zhName, enName], i) => ({
      id: `${g}${i}`,
      name: pick(lang, zhName, enName),
      group: pick(lang, zh, en),
    })),
  );

/** The language the page was asked for: an answer of the program's is made before a scene is shown. */
const asked = (): Lang => (new URLSearchParams(location.search).get("lang") === "en" ? "en" : "zh-CN");

const picker: Scene = {
  name: "area-picker",
  sizes: true,
  snapshot: (lang) => before(lang, allGood),
  backend: { listAreas: () => Promise.resolve(areas(asked())) },
  show: async (app, _backend, lang) => {
    const recent = areas(lang).filter((a) => ["10", "02", "41"].includes(a.id));
    app.model.preferences = { ...app.model.preferences, recent_areas: { bilibili: recent } };
    app.showTonight();
    await frame();
    document.querySelector<HTMLElement>('[data-testid="tonight-area"]')?.click();
    await frame();
    await frame();
  },
};

export const tonightScreens: Scene[] = [
  {
    name: "preflight-working",
    snapshot: (lang) => before(lang, working),
    backend: { preflight: () => new Promise(() => undefined) },
    show: async (app) => {
      app.showTonight();
      await frame();
      document.querySelector<HTMLElement>('[data-testid="preflight-run"]')?.click();
    },
  },
  { name: "preflight-good", snapshot: (lang) => before(lang, allGood), show: (app) => app.showTonight() },
  {
    name: "preflight-mixed",
    sizes: true,
    snapshot: (lang) => before(lang, mixed),
    show: (app) => app.showTonight(),
  },
  {
    name: "preflight-verify",
    snapshot: (lang) => before(lang, mixed),
    show: async (app) => {
      app.showTonight();
      await frame();
      document
        .querySelector<HTMLElement>('[data-testid="preflight-weibo-right"] [data-testid="preflight-fix"]')
        ?.click();
      await frame();
    },
  },
  {
    name: "preflight-clock",
    snapshot: (lang) => before(lang, mixed),
    show: (app) => {
      app.showTonight();
      app.dialog = { kind: "clock" };
    },
  },
  picker,
  {
    ...picker,
    name: "area-search",
    sizes: false,
    show: async (app, backend, lang) => {
      await picker.show?.(app, backend, lang);
      const input = document.querySelector<HTMLInputElement>('[data-testid="area-search"]');
      if (!input) return;
      input.value = pick(lang, "电台", "sing");
      input.dispatchEvent(new Event("input", { bubbles: true }));
      await frame();
    },
  },
];
