/** The designed states of accounts, settings and the first run. */
import type { AccountView, Platform, Problem, Snapshot } from "../ipc/backend";
import type { App } from "../state/app.svelte";
import { account, evening, NOW, pick, problem, type Lang } from "./data";
import { frame, type Scene } from "./scenes";

const MINUTE = 60_000;

/** An account without rooms, in a state of its own. */
const extra = (
  lang: Lang,
  id: string,
  platform: Platform,
  name: [string, string],
  minutes: number,
  more: Partial<AccountView>,
): AccountView => ({
  id,
  platform,
  name: pick(lang, ...name),
  sandbox: false,
  state: "signed_in",
  way: "form",
  person: pick(lang, ...name),
  has_picture: false,
  expires_at: null,
  calls_left: null,
  problem: null,
  checked_at: NOW - minutes * MINUTE,
  ...more,
});

const SHOP_WEIBO: [string, string] = ["唱片店官方号", "Shop on Weibo"];
const SHOP_DUTY: [string, string] = ["唱片店值班号", "Shop duty account"];
const REHEARSAL: [string, string] = ["排练用的号", "Rehearsal account"];

/** Real accounts in every state a row can have. */
const everyAccount = (lang: Lang): Partial<Snapshot> => {
  const rooms = evening(lang);
  const states: Partial<Record<Platform, Partial<AccountView>>> = {
    taobao: { state: "checking" },
    bilibili: { checked_at: NOW - 20_000 },
  };
  return {
    rooms,
    accounts: [
      ...rooms.map((r) => account(r, states[r.platform])),
      extra(lang, "weibo-2", "weibo", SHOP_WEIBO, 12, {
        state: "unknown",
        problem: problem({ kind: "not_allowed" }, { platform: "weibo", platform_code: "21321" }),
      }),
      extra(lang, "bilibili-2", "bilibili", SHOP_DUTY, 190, {
        state: "refused",
        problem: problem({ kind: "sign_in_expired" }, { platform: "bilibili", platform_code: "-101" }),
      }),
      extra(lang, "bilibili-3", "bilibili", REHEARSAL, 1_500, { state: "no_secrets" }),
    ],
  };
};

const oneAccount = (lang: Lang): Partial<Snapshot> => {
  const rooms = evening(lang).slice(0, 1);
  return { rooms, accounts: rooms.map((r) => account(r)) };
};

const find = <T extends HTMLElement>(id: string): T | null =>
  document.querySelector<T>(`[data-testid="${id}"]`);

async function press(id: string): Promise<void> {
  find(id)?.click();
  await frame();
}

async function fill(id: string, value: string): Promise<void> {
  const input = find<HTMLInputElement>(id);
  if (!input) return;
  input.value = value;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  await frame();
}

async function form(app: App, platform: Platform): Promise<void> {
  app.showAccounts({ kind: "add", platform });
  await frame();
}

const COOKIE = "SESSDATA=made-up; bili_jct=made-up; DedeUserID=1";

const refuse = (refusal: Problem) => () => Promise.reject(refusal);

export const connectScreens: Scene[] = [
  { name: "accounts", sizes: true, snapshot: everyAccount, show: (app) => app.showAccounts() },
  { name: "accounts-none", sizes: true, show: (app) => app.showAccounts() },
  {
    name: "accounts-locked",
    snapshot: oneAccount,
    vault: { kind: "locked" },
    show: (app) => app.showAccounts(),
  },
  {
    name: "accounts-session",
    snapshot: oneAccount,
    vault: { kind: "session_only" },
    show: (app) => app.showAccounts(),
  },
  { name: "connect-choose", sizes: true, show: (app) => app.showAccounts({ kind: "add", platform: null }) },
  { name: "connect-weibo", show: (app) => form(app, "weibo") },
  { name: "connect-taobao", show: (app) => form(app, "taobao") },
  { name: "connect-qiniu", show: (app) => form(app, "qiniu") },
  { name: "connect-bilibili", sizes: true, show: (app) => form(app, "bilibili") },
  {
    name: "connect-more",
    sizes: true,
    show: async (app) => {
      await form(app, "taobao");
      await press("advanced");
    },
  },
  {
    name: "connect-field",
    backend: {
      connectAccount: refuse(
        problem({ kind: "invalid", field: "cookie", reason: { why: "malformed" } }, { platform: "bilibili" }),
      ),
    },
    show: async (app) => {
      await form(app, "bilibili");
      await fill("field-cookie", "SESSDATA=made-up");
      await press("connect");
    },
  },
  {
    name: "connect-empty",
    show: async (app) => {
      await form(app, "qiniu");
      await press("connect");
    },
  },
  {
    name: "connect-refused",
    backend: {
      connectAccount: refuse(problem({ kind: "not_allowed" }, { platform: "weibo", platform_code: "21321" })),
    },
    show: async (app) => {
      await form(app, "weibo");
      await fill("field-access_token", "2.00madeup");
      await press("connect");
    },
  },
  {
    name: "connect-locked",
    vault: { kind: "locked" },
    backend: { connectAccount: refuse(problem({ kind: "keyring_locked" })) },
    show: async (app) => {
      await form(app, "bilibili");
      await fill("field-cookie", COOKIE);
      await press("connect");
    },
  },
  {
    name: "connect-busy",
    backend: { connectAccount: () => new Promise(() => undefined) },
    show: async (app) => {
      await form(app, "bilibili");
      await fill("field-cookie", COOKIE);
      await press("connect");
    },
  },
  {
    name: "connect-again",
    snapshot: everyAccount,
    show: async (app) => {
      app.showAccounts({ kind: "replace", account: "bilibili-2" });
      await frame();
    },
  },
  {
    name: "forget",
    snapshot: everyAccount,
    show: async (app) => {
      app.showAccounts();
      await frame();
      document
        .querySelector<HTMLElement>('[data-account="account-bilibili"] [data-testid="forget-account"]')
        ?.click();
      await frame();
    },
  },
  { name: "settings", sizes: true, show: (app) => app.show("settings") },
  { name: "firstrun", sizes: true, show: (app) => app.show("firstrun") },
];
