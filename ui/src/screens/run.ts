/** A run of *Go live* in the middle of it: one room done, one at it, one refused, one unknown. */
import type { QrCode, RoomView, RunRoom, RunView, Snapshot } from "../ipc/backend";
import { NOW, pick, problem, room, TITLE, type Lang } from "./data";

/** A made-up code: three finders and noise; it encodes nothing. */
export const madeUpCode = (): QrCode => {
  const size = 25;
  const corner = (x: number, y: number): boolean | null => {
    for (const [cx, cy] of [
      [3, 3],
      [size - 4, 3],
      [3, size - 4],
    ] as const) {
      const d = Math.max(Math.abs(x - cx), Math.abs(y - cy));
      if (d <= 4) return d === 3 || d <= 1;
    }
    return null;
  };
  const rows = Array.from({ length: size }, (_, y) =>
    Array.from({ length: size }, (_, x) =>
      (corner(x, y) ?? (x * 7 + y * 13 + x * y * 3) % 5 < 2) ? "1" : "0",
    ).join(""),
  );
  return { size, rows };
};

export const idle = (lang: Lang): RoomView[] => [
  room("bilibili", lang, {
    area: { id: "30", name: pick(lang, "搞笑日常", "Daily"), group: pick(lang, "生活", "Life") },
  }),
  room("weibo", lang),
  room("qiniu", lang),
  room("taobao", lang),
];

export const started = (): RunView => {
  const entry = (platform: string, more: Omit<RunRoom, "room">): RunRoom => ({
    room: `room-${platform}`,
    ...more,
  });
  return {
    id: 1,
    going_live: true,
    started_at: NOW - 7_000,
    finished_at: null,
    rooms: [
      entry("weibo", { state: { kind: "done" }, steps: [{ step: "create", done: true }], took_ms: 1_200 }),
      entry("qiniu", {
        state: { kind: "working" },
        steps: [
          { step: "create", done: true },
          { step: "start", done: false },
          { step: "keep", done: false },
        ],
        took_ms: null,
      }),
      entry("bilibili", {
        state: {
          kind: "failed",
          problem: problem(
            { kind: "face_check", url: "https://live.bilibili.example/p/face?id=made-up" },
            { platform: "bilibili", platform_code: "60024" },
          ),
        },
        steps: [],
        took_ms: 900,
      }),
      entry("weibo-2", {
        state: { kind: "unknown", problem: problem({ kind: "outcome_unknown" }, { platform: "weibo" }) },
        steps: [],
        took_ms: null,
      }),
    ],
    encoder: null,
    relay: null,
  };
};

export const runRooms = (lang: Lang): RoomView[] => {
  const [b, w, q] = idle(lang);
  if (!b || !w || !q) return [];
  return [
    {
      ...w,
      remote: "1022:1",
      title: pick(lang, ...TITLE),
      push: { server: "rtmp://ps.live.example/alicdn", has_key: true },
      signal: { kind: "none" },
    },
    { ...q, busy: "start" },
    {
      ...b,
      problem: problem(
        { kind: "face_check", url: "https://x" },
        { platform: "bilibili", platform_code: "60024" },
      ),
    },
    {
      ...w,
      id: "room-weibo-2",
      name: pick(lang, "唱片店官方号", "Shop on Weibo"),
      problem: problem({ kind: "outcome_unknown" }, { platform: "weibo" }),
      lost_since: NOW - 5_000,
    },
  ];
};

export const runJournal = (): Snapshot["journal"] => {
  const line = (
    id: number,
    s: number,
    roomId: string,
    platform: "weibo" | "qiniu" | "bilibili",
    action: "create" | "start",
    outcome: "done" | "failed" | "unknown" | null,
    code: string | null = null,
  ): Snapshot["journal"][number] => ({
    id,
    room: roomId,
    platform,
    action,
    at: NOW - 7_000 + s * 1_000,
    outcome,
    platform_code: code,
  });
  return [
    line(1, 1, "room-weibo", "weibo", "create", "done"),
    line(2, 1, "room-qiniu", "qiniu", "create", "done"),
    line(3, 2, "room-bilibili", "bilibili", "start", "failed", "60024"),
    line(4, 3, "room-qiniu", "qiniu", "start", null),
    line(5, 5, "room-weibo-2", "weibo", "create", "unknown"),
  ];
};
