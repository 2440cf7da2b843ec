/** The designed states of accounts, settings and the first run. */
import type { AccountView, Platform, Problem, SignInState, SignInView, Snapshot } from "../ipc/backend";
import type { App } from "../state/app.svelte";
import type { FakeBackend } from "../ipc/fake";
import { account, evening, NOW, pick, problem, shortcuts, type Lang } from "./data";
import { face } from "./faces";
import { madeUpCode } from "./run";
import { frame, type Scene } from "./scenes";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MIDNIGHT = new Date(2026, 2, 14).getTime();

const globalKeys = async (app: App): Promise<void> => {
  app.show("settings");
  await frame();
  document.querySelector('[data-testid="global-keys"]')?.scrollIntoView();
  await frame();
};

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
  cover: null,
  expires_at: null,
  calls_left: null,
  problem: null,
  checked_at: NOW - minutes * MINUTE,
  ...more,
});

const SHOP_WEIBO: [string, string] = ["唱片店官方号", "Shop on Weibo"];
const SHOP_DUTY: [string, string] = ["唱片店值班号", "Shop duty account"];
const NIGHT_WEIBO: [string, string] = ["夜场小号", "Night account"];
const REHEARSAL: [string, string] = ["排练用的号", "Rehearsal account"];

/** Real accounts in every state a row can have. */
const everyAccount = (lang: Lang): Partial<Snapshot> => {
  const rooms = evening(lang);
  const states: Partial<Record<Platform, Partial<AccountView>>> = {
    taobao: { state: "checking" },
    bilibili: {
      way: "qr",
      has_picture: true,
      person: pick(lang, "阿澈Ache", "Ache_Che"),
      expires_at: NOW + 171 * DAY,
      checked_at: NOW - 20_000,
    },
    weibo: {
      way: "browser",
      has_picture: true,
      expires_at: NOW + 2 * DAY + 5 * HOUR,
      calls_left: { left: 63, of: 100, resets_at: MIDNIGHT },
    },
    qiniu: {},
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
        state: "expired",
        way: "qr",
        has_picture: true,
        problem: problem({ kind: "sign_in_expired" }, { platform: "bilibili", platform_code: "-101" }),
      }),
      extra(lang, "weibo-3", "weibo", NIGHT_WEIBO, 2, {
        way: "browser",
        person: pick(lang, "夜航唱片", "Night Voyage"),
        expires_at: NOW + 5 * HOUR,
        calls_left: { left: 0, of: 100, resets_at: MIDNIGHT },
      }),
      extra(lang, "bilibili-3", "bilibili", REHEARSAL, 1_500, { state: "no_secrets" }),
    ],
  };
};

/** Made-up pictures for the accounts that have one. */
const pictures = { accountPicture: (id: string) => Promise.resolve(face(id.length + id.charCodeAt(8))) };

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

/** The connect dialog, filled in and begun, with the sign-in in a state. */
async function signingIn(
  app: App,
  backend: FakeBackend,
  platform: Platform,
  state: SignInState,
  more: Partial<SignInView> = {},
): Promise<void> {
  await form(app, platform);
  await fill("field-app_key", "2849100000");
  await fill("field-app_secret", "made-up");
  await press("connect");
  const way = platform === "weibo" ? "browser" : "qr";
  const view: SignInView = { id: 1, platform, account: null, way, state, answer_problem: null, ...more };
  backend.push([{ kind: "sign_in", sign_in: view }]);
  await frame();
}

const qr = (scanned: boolean): SignInState => ({
  kind: "qr",
  code: madeUpCode(),
  expires_at: NOW + 161_000,
  scanned,
});
const browser = (returns: boolean): SignInState => ({
  kind: "browser",
  url: "https://api.weibo.example/oauth2/authorize?client_id=2849100000&response_type=code&state=made-up",
  returns,
});

async function form(app: App, platform: Platform): Promise<void> {
  app.showAccounts({ kind: "add", platform });
  await frame();
}

/** The same with the credentials typed in. */
async function byForm(app: App, platform: Platform): Promise<void> {
  await form(app, platform);
  await press("way-form");
}

const COOKIE = "SESSDATA=made-up; bili_jct=made-up; DedeUserID=1";

const refuse = (refusal: Problem) => () => Promise.reject(refusal);

export const connectScreens: Scene[] = [
  {
    name: "accounts",
    sizes: true,
    snapshot: everyAccount,
    backend: pictures,
    show: (app) => app.showAccounts(),
  },
  {
    name: "accounts-more",
    snapshot: everyAccount,
    backend: pictures,
    show: async (app) => {
      app.showAccounts();
      await frame();
      document
        .querySelector<HTMLElement>('[data-account="account-bilibili"] [data-testid="account-more"]')
        ?.click();
    },
  },
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
  {
    name: "accounts-keyring-failed",
    snapshot: oneAccount,
    backend: { probeVault: refuse(problem({ kind: "keyring_failed" })) },
    show: async (app) => {
      app.showAccounts();
      await app.probeVault();
    },
  },
  { name: "signin-weibo", sizes: true, show: (app) => form(app, "weibo") },
  {
    name: "signin-weibo-paste",
    sizes: true,
    show: (app, backend) => signingIn(app, backend, "weibo", browser(false)),
  },
  {
    name: "signin-weibo-empty",
    show: async (app, backend) => {
      await signingIn(app, backend, "weibo", browser(false));
      await frame();
      document.querySelector<HTMLElement>('[data-testid="signin-answer-send"]')?.click();
    },
  },
  { name: "signin-weibo-returns", show: (app, backend) => signingIn(app, backend, "weibo", browser(true)) },
  {
    name: "signin-weibo-wrong",
    show: (app, backend) =>
      signingIn(app, backend, "weibo", browser(false), {
        answer_problem: problem(
          { kind: "invalid", field: "answer", reason: { why: "malformed" } },
          { platform: "weibo" },
        ),
      }),
  },
  {
    name: "signin-weibo-denied",
    show: (app, backend) =>
      signingIn(app, backend, "weibo", {
        kind: "failed",
        problem: problem({ kind: "sign_in_denied" }, { platform: "weibo", platform_code: "21330" }),
      }),
  },
  {
    name: "signin-weibo-again",
    snapshot: everyAccount,
    show: async (app) => {
      app.showAccounts({ kind: "replace", account: "account-weibo" });
      await frame();
    },
  },
  { name: "signin-bilibili", sizes: true, show: (app) => form(app, "bilibili") },
  {
    name: "signin-starting",
    show: (app, backend) => signingIn(app, backend, "bilibili", { kind: "starting" }),
  },
  {
    name: "signin-qr",
    sizes: true,
    show: (app, backend) => signingIn(app, backend, "bilibili", qr(false)),
  },
  { name: "signin-scanned", show: (app, backend) => signingIn(app, backend, "bilibili", qr(true)) },
  {
    name: "signin-expired",
    show: async (app, backend) => {
      await signingIn(app, backend, "bilibili", qr(false));
      const view = app.model.signIn;
      if (view) backend.push([{ kind: "sign_in", sign_in: { ...view, state: { kind: "expired" } } }]);
    },
  },
  {
    name: "signin-finishing",
    show: (app, backend) => signingIn(app, backend, "bilibili", { kind: "finishing" }),
  },
  {
    name: "signin-failed",
    show: (app, backend) =>
      signingIn(app, backend, "bilibili", {
        kind: "failed",
        problem: problem({ kind: "network" }, { platform: "bilibili" }),
      }),
  },
  {
    name: "signin-locked",
    vault: { kind: "locked" },
    show: (app, backend) =>
      signingIn(app, backend, "bilibili", {
        kind: "failed",
        problem: problem({ kind: "keyring_locked" }),
      }),
  },
  { name: "connect-weibo", show: (app) => byForm(app, "weibo") },
  { name: "connect-taobao", show: (app) => form(app, "taobao") },
  { name: "connect-qiniu", show: (app) => form(app, "qiniu") },
  { name: "connect-bilibili", sizes: true, show: (app) => byForm(app, "bilibili") },
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
      await byForm(app, "bilibili");
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
      await byForm(app, "weibo");
      await fill("field-access_token", "2.00madeup");
      await press("connect");
    },
  },
  {
    name: "connect-locked",
    vault: { kind: "locked" },
    backend: { connectAccount: refuse(problem({ kind: "keyring_locked" })) },
    show: async (app) => {
      await byForm(app, "bilibili");
      await fill("field-cookie", COOKIE);
      await press("connect");
    },
  },
  {
    name: "connect-busy",
    backend: { connectAccount: () => new Promise(() => undefined) },
    show: async (app) => {
      await byForm(app, "bilibili");
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
    backend: pictures,
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
  {
    name: "settings-global-keys",
    sizes: true,
    snapshot: () => ({
      shortcuts: shortcuts({
        show: { on: true, state: { kind: "on" } },
        compact: { keys: "Shift+F9", own: true, on: true, state: { kind: "refused" } },
        end: { keys: "Ctrl+Alt+KeyK", own: true, on: true, state: { kind: "same", with: "show" } },
      }),
    }),
    show: globalKeys,
  },
  {
    name: "settings-global-keys-wayland",
    snapshot: () => ({ shortcuts: shortcuts({}, false) }),
    show: globalKeys,
  },
  { name: "firstrun", sizes: true, show: (app) => app.show("firstrun") },
];
