/** Designed states of accounts, settings and the first run, for the page of designed states. */
import type { AccountView, Backend, Platform, Problem, RoomView, VaultState } from "../ipc/backend";
import type { App } from "../state/app.svelte";

/** One designed state: how the window is brought there. */
export interface ConnectScreen {
  name: string;
  /** Answers that differ from the fake's own. */
  backend?: Partial<Backend>;
  accounts?: AccountView[];
  vault?: VaultState;
  show: (app: App) => Promise<void>;
}

const problem = (code: Problem["code"], more: Partial<Problem> = {}): Problem => ({
  code,
  platform: null,
  platform_code: null,
  message: null,
  retry_after: null,
  detail_id: "c41f",
  ...more,
});

const account = (
  id: string,
  platform: Platform,
  name: string,
  minutes: number,
  more: Partial<AccountView> = {},
): AccountView => ({
  id,
  platform,
  name,
  sandbox: false,
  state: "signed_in",
  problem: null,
  checked_at: Date.now() - minutes * 60_000,
  ...more,
});

/** Real accounts in every state a row can have. Made-up people. */
export const everyAccount: AccountView[] = [
  account("weibo-1", "weibo", "阿澈放唱片", 3),
  account("weibo-2", "weibo", "唱片店官方号", 12, {
    state: "unknown",
    problem: problem({ kind: "not_allowed" }, { platform: "weibo", platform_code: "21321" }),
  }),
  account("taobao-1", "taobao", "澈物杂货铺", 1, { state: "checking" }),
  account("qiniu-1", "qiniu", "店内直播间", 5),
  account("bilibili-1", "bilibili", "阿澈的唱片房", 0),
  account("bilibili-2", "bilibili", "唱片店值班号", 190, {
    state: "refused",
    problem: problem({ kind: "sign_in_expired" }, { platform: "bilibili", platform_code: "-101" }),
  }),
  account("bilibili-3", "bilibili", "排练用的号", 1_500, { state: "no_secrets" }),
];

/** The rooms' accounts as the sandbox plays them. */
export const sandboxAccounts = (rooms: RoomView[]): AccountView[] =>
  rooms.filter((r) => r.sandbox).map((r) => account(r.account, r.platform, r.name, 1, { sandbox: true }));

const drawn = (): Promise<void> =>
  new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())));

const find = <T extends HTMLElement>(id: string): T | null =>
  document.querySelector<T>(`[data-testid="${id}"]`);

async function press(id: string): Promise<void> {
  find(id)?.click();
  await drawn();
}

async function fill(id: string, value: string): Promise<void> {
  const input = find<HTMLInputElement>(id);
  if (!input) return;
  input.value = value;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  await drawn();
}

async function form(app: App, platform: Platform): Promise<void> {
  app.showAccounts({ kind: "add", platform });
  await drawn();
}

const COOKIE = "SESSDATA=made-up; bili_jct=made-up; DedeUserID=1";

const refuse = (refusal: Problem) => () => Promise.reject(refusal);

export const connectScreens: ConnectScreen[] = [
  { name: "accounts", accounts: everyAccount, show: async (app) => app.showAccounts() },
  { name: "accounts-none", show: async (app) => app.showAccounts() },
  {
    name: "accounts-locked",
    accounts: everyAccount.slice(0, 1),
    vault: { kind: "locked" },
    show: async (app) => app.showAccounts(),
  },
  {
    name: "accounts-session",
    accounts: everyAccount.slice(0, 1),
    vault: { kind: "session_only" },
    show: async (app) => app.showAccounts(),
  },
  { name: "connect-choose", show: async (app) => app.showAccounts({ kind: "add", platform: null }) },
  { name: "connect-weibo", show: (app) => form(app, "weibo") },
  { name: "connect-taobao", show: (app) => form(app, "taobao") },
  { name: "connect-qiniu", show: (app) => form(app, "qiniu") },
  { name: "connect-bilibili", show: (app) => form(app, "bilibili") },
  {
    name: "connect-more",
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
    accounts: everyAccount,
    show: async (app) => {
      app.showAccounts({ kind: "replace", account: "bilibili-2" });
      await drawn();
    },
  },
  {
    name: "forget",
    accounts: everyAccount,
    show: async (app) => {
      app.showAccounts();
      await drawn();
      document
        .querySelector<HTMLElement>('[data-account="bilibili-1"] [data-testid="forget-account"]')
        ?.click();
      await drawn();
    },
  },
  { name: "settings", show: async (app) => app.show("settings") },
  { name: "firstrun", show: async (app) => app.show("firstrun") },
];
