/** The designed states of rooms, runs and chat; `chat.ts` and `connect.ts` hold more. */
import type { AccountView, Backend, RoomView, Snapshot, Update, VaultState } from "../ipc/backend";
import type { FakeBackend } from "../ipc/fake";
import type { App } from "../state/app.svelte";
import {
  chat,
  evening,
  journal,
  NOW,
  pick,
  problem,
  readings,
  sandboxRooms,
  SINCE,
  TITLE,
  type Lang,
} from "./data";
import { idle, madeUpCode, runJournal, runRooms, started } from "./run";

/** One designed state: what the program tells, and how the window is brought there. */
export interface Scene {
  name: string;
  /** Also drawn at 900×600 and 1600×1000. */
  sizes?: boolean;
  snapshot?: (lang: Lang) => Partial<Snapshot>;
  accounts?: AccountView[];
  vault?: VaultState;
  backend?: Partial<Backend>;
  show?: (app: App, backend: FakeBackend, lang: Lang) => Promise<void> | void;
}

export const frame = (): Promise<void> =>
  new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())));

export const type = async (id: string, text: string): Promise<void> => {
  const input = document.querySelector<HTMLInputElement>(`[data-testid="${id}"]`);
  if (!input) return;
  input.value = text;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  await frame();
};

export const press = async (id: string): Promise<void> => {
  document.querySelector<HTMLElement>(`[data-testid="${id}"]`)?.click();
  await frame();
};

/** The first room, with the chat where only one of both has room. */
export const openChat = (app: App): void => {
  app.showRoom("room-bilibili");
  app.pane = "chat";
};

/** The evening with one room changed. */
const changed = (lang: Lang, id: string, more: Partial<RoomView>): RoomView[] =>
  evening(lang).map((r) => (r.id === id ? { ...r, ...more } : r));

const openFirst = (app: App): void => app.showRoom("room-bilibili");

export const scenes: Scene[] = [
  {
    name: "evening",
    sizes: true,
    snapshot: (lang) => ({ chat: chat(lang), journal: journal() }),
    show: openFirst,
  },
  {
    name: "evening-weibo",
    snapshot: (lang) => ({ chat: chat(lang), journal: journal() }),
    show: (app) => app.showRoom("room-weibo"),
  },
  {
    name: "sandbox-room",
    sizes: true,
    snapshot: (lang) => ({ rooms: sandboxRooms(lang) }),
    show: (app) => app.showRoom("room-bilibili"),
  },
  {
    name: "taobao-room",
    snapshot: (lang) => ({
      rooms: changed(lang, "room-taobao", {
        problem: null,
        status: "live",
        started_at: SINCE,
        landing_url: "https://taobaolive.example/2100418",
        play: [
          { form: "flv", quality: "hd", url: "https://livecb.alicdn.example/mediaplatform/2100418.flv" },
          { form: "hls", quality: "", url: "https://livecb.alicdn.example/mediaplatform/2100418.m3u8" },
          { form: "replay", quality: "", url: "https://livecb.alicdn.example/replay/2100418.m3u8" },
        ],
      }),
      chat: chat(lang),
    }),
    show: async (app) => {
      app.showRoom("room-taobao");
      await frame();
      document.querySelector<HTMLElement>('[data-testid="chat-tab-taobao"]')?.click();
    },
  },
  {
    name: "watched-live",
    snapshot: (lang) => ({
      rooms: evening(lang).map((r) =>
        r.platform === "taobao"
          ? { ...r, problem: null, status: "live", started_at: SINCE }
          : {
              ...r,
              status: "not_started",
              started_at: null,
              chat: { kind: "off" },
              signal: { kind: "unknown" },
            },
      ),
    }),
    show: (app) => app.showRoom("room-taobao"),
  },
  {
    name: "tonight",
    sizes: true,
    snapshot: (lang) => ({ rooms: idle(lang) }),
    show: (app) => app.showTonight(),
  },
  {
    name: "tonight-wrong",
    sizes: true,
    snapshot: (lang) => ({ rooms: idle(lang) }),
    show: async (app, _backend, lang) => {
      app.showTonight();
      await frame();
      await type("tonight-title", pick(lang, TITLE[0].repeat(4), `${TITLE[1]}, and what else the shop has`));
      await type("tonight-summary", pick(lang, "手冲与唱片。", "Coffee and records. ").repeat(24));
      document.querySelector<HTMLElement>('[data-testid="tonight-go"]')?.click();
    },
  },
  {
    name: "going-live",
    sizes: true,
    snapshot: (lang) => ({ rooms: runRooms(lang), run: started(), journal: runJournal() }),
    backend: { qrCode: () => Promise.resolve(madeUpCode()) },
    show: (app) => app.show("run"),
  },
  {
    name: "lost-live",
    sizes: true,
    backend: { settleLost: () => Promise.reject(problem({ kind: "not_found" }, { platform: "weibo" })) },
    snapshot: (lang) => ({
      rooms: runRooms(lang).map((r) =>
        r.id === "room-weibo-2"
          ? { ...r, problem: problem({ kind: "not_found" }, { platform: "weibo" }) }
          : r,
      ),
    }),
    show: async (app) => {
      app.showRoom("room-weibo-2");
      await frame();
      await type("lost-id", "1022:2320999");
      document.querySelector<HTMLElement>('[data-testid="lost-use"]')?.click();
    },
  },
  {
    name: "no-signal",
    snapshot: (lang) => ({
      rooms: changed(lang, "room-bilibili", {
        signal: { kind: "none" },
        figures: { popularity: 186, followers: 1_204 },
      }),
      readings: { "room-bilibili": readings({ popularity: [300, 186], followers: [1_190, 1_204] }) },
      chat: chat(lang),
    }),
    show: openFirst,
  },
  {
    name: "refused-sign-in",
    snapshot: (lang) => ({ chat: chat(lang) }),
    show: (app) => app.showRoom("room-taobao"),
  },
  {
    name: "offline",
    sizes: true,
    snapshot: (lang) => ({
      rooms: changed(lang, "room-bilibili", {
        read_at: NOW - 4 * 60_000,
        signal: { kind: "unknown" },
        problem: problem({ kind: "network" }, { platform: "bilibili" }),
        chat: {
          kind: "broken",
          retry_at: NOW + 8_000,
          tries: 3,
          problem: problem({ kind: "network" }, { platform: "bilibili" }),
        },
      }),
      chat: chat(lang),
    }),
    show: openFirst,
  },
  {
    name: "keyring-locked",
    sizes: true,
    snapshot: (lang) => ({ chat: chat(lang), vault: { kind: "locked" } }),
    show: openFirst,
  },
  {
    name: "face-check",
    snapshot: (lang) => ({ rooms: runRooms(lang) }),
    backend: { qrCode: () => Promise.resolve(madeUpCode()) },
    show: async (app) => {
      app.showRoom("room-bilibili");
      await frame();
      document.querySelector<HTMLElement>('[data-testid="problem-action"]')?.click();
    },
  },
  {
    name: "ended",
    snapshot: (lang) => ({
      rooms: changed(lang, "room-bilibili", {
        status: "ended",
        ended_at: NOW - 60_000,
        signal: { kind: "arriving", kbps: 6_010, width: 1_920, height: 1_080 },
        chat: { kind: "off" },
      }).map((r) =>
        r.id === "room-weibo" ? { ...r, status: "ended", ended_at: NOW, chat: { kind: "off" } } : r,
      ),
      chat: chat(lang),
      journal: journal(true),
    }),
    show: openFirst,
  },
  {
    name: "chat-quiet",
    snapshot: (lang) => ({
      rooms: evening(lang).map((r) =>
        r.chat.kind === "listening"
          ? { ...r, chat: { ...r.chat, last_line: r.platform === "weibo" ? null : NOW - 192_000 } }
          : r,
      ),
    }),
    show: openFirst,
  },
  {
    name: "chat-broken",
    snapshot: (lang) => ({
      rooms: changed(lang, "room-weibo", {
        chat: {
          kind: "broken",
          retry_at: NOW + 8_000,
          tries: 3,
          problem: problem({ kind: "timeout" }, { platform: "weibo" }),
        },
      }),
      chat: chat(lang),
    }),
    backend: {
      say: (rooms) =>
        Promise.resolve(
          rooms.map((r) => ({
            room: r,
            problem:
              r === "room-weibo"
                ? problem({ kind: "rate_limited" }, { platform: "weibo", retry_after: 20 })
                : null,
          })),
        ),
    },
    show: async (app, _backend, lang) => {
      openFirst(app);
      await frame();
      await type("chat-input", pick(lang, "谢谢，马上放", "Thanks, coming right up"));
      document.querySelector<HTMLElement>('[data-testid="chat-send"]')?.click();
    },
  },
  {
    name: "chat-back",
    snapshot: (lang) => ({
      chat: Array.from({ length: 6 }, (_, i) =>
        chat(lang).map((l) => ({ ...l, id: l.id + i * 100, at: l.at - (5 - i) * 240_000 })),
      ).flat(),
    }),
    show: async (app, backend, lang) => {
      openFirst(app);
      await frame();
      await frame();
      const list = document.querySelector<HTMLElement>('[data-testid="chat-lines"]');
      list?.scrollTo(0, 300);
      await new Promise((done) => setTimeout(done, 200));
      const more: Update = {
        kind: "chat",
        lines: chat(lang).map((l) => ({ ...l, id: l.id + 1_000, at: NOW })),
        skipped: 0,
      };
      backend.push([more]);
    },
  },
  {
    name: "reveal",
    snapshot: (lang) => ({ chat: chat(lang) }),
    show: async (app) => {
      openFirst(app);
      await frame();
      document.querySelector<HTMLElement>('[data-testid="reveal-key"]')?.click();
      document.querySelector<HTMLElement>('[data-testid="copy-server"]')?.click();
      await frame();
      document.querySelector<HTMLElement>('[data-testid="chat-target"]')?.click();
    },
  },
  {
    name: "end-dialog",
    snapshot: (lang) => ({ chat: chat(lang) }),
    show: (app) => {
      openFirst(app);
      app.dialog = { kind: "end", rooms: ["room-bilibili"] };
    },
  },
  {
    name: "end-all-dialog",
    snapshot: (lang) => ({ chat: chat(lang) }),
    show: (app) => {
      openFirst(app);
      app.dialog = { kind: "end", rooms: ["room-bilibili", "room-weibo"] };
    },
  },
  {
    name: "delete-dialog",
    // On air it can't be deleted.
    snapshot: (lang) => ({
      rooms: changed(lang, "room-weibo", { status: "ended", ended_at: NOW - 60_000, chat: { kind: "off" } }),
      chat: chat(lang),
    }),
    show: (app) => {
      app.showRoom("room-weibo");
      app.dialog = { kind: "delete", room: "room-weibo" };
    },
  },
  {
    name: "close-dialog",
    snapshot: (lang) => ({ chat: chat(lang) }),
    show: (_app, backend) => backend.push([{ kind: "close_asked" }]),
  },
  {
    name: "edit-dialog",
    sizes: true,
    snapshot: (lang) => ({ chat: chat(lang) }),
    show: async (app, _backend, lang) => {
      openFirst(app);
      app.dialog = { kind: "edit", room: "room-bilibili" };
      await frame();
      await type("edit-title", pick(lang, TITLE[0].repeat(4), `${TITLE[1]}, and what else`));
    },
  },
  {
    name: "edit-dialog-weibo",
    snapshot: (lang) => ({ chat: chat(lang) }),
    show: (app) => {
      app.showRoom("room-weibo");
      app.dialog = { kind: "edit", room: "room-weibo" };
    },
  },
  { name: "loading", backend: { subscribe: () => Promise.resolve() } },
  { name: "nothing", snapshot: () => ({ rooms: [], accounts: [] }), show: (app) => app.show("room") },
];
