import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { beforeEach, describe, expect, it } from "vitest";
import type { Problem } from "../../ipc/backend";
import type { App } from "../../state/app.svelte";
import { setLocale } from "../../state/locale.svelte";
import AccountsPage from "./AccountsPage.svelte";
import { sampleAccount, testApp } from "./harness";
import InApp from "./InApp.svelte";
import { accountWords, checkedWords } from "./states";

const open = (app: App): void => void render(InApp, { app, page: AccountsPage });
const byId = (id: string): HTMLElement => screen.getByTestId(id);
const click = (id: string): Promise<boolean> => fireEvent.click(byId(id));
const type = (id: string, value: string): Promise<boolean> =>
  fireEvent.input(byId(id), { target: { value } });
const valueOf = (id: string): string => (byId(id) as HTMLInputElement).value;

const refusal = (code: Problem["code"], more: Partial<Problem> = {}): Problem => ({
  code,
  platform: "bilibili",
  platform_code: null,
  message: null,
  retry_after: null,
  detail_id: "",
  ...more,
});

const fail = (problem: Problem) => (): never => {
  // The program rejects with a plain object.
  throw problem;
};

beforeEach(() => setLocale("zh-CN"));

describe("connecting an account", () => {
  it("asks for the platform, then draws its form: secrets blind, lists by line, the rest folded", async () => {
    const { app } = testApp();
    open(app);
    await click("add-account");
    await click("choose-taobao");
    expect(byId("field-app_secret")).toHaveProperty("type", "password");
    expect(byId("field-live_ids").tagName).toBe("TEXTAREA");
    expect(screen.queryByTestId("field-base_url")).toBeNull();
    await click("advanced");
    expect(valueOf("field-base_url")).toBe("https://eco.taobao.com/router/rest");
    expect(byId("field-sign_method").tagName).toBe("SELECT");
    expect(valueOf("field-sign_method")).toBe("hmac-sha256");
  });

  it("labels a field it has no words for with the field's name", async () => {
    const { app } = testApp();
    const [weibo] = app.model.platforms;
    if (!weibo?.fields[0]) throw new Error("no sample");
    app.model.platforms = [{ ...weibo, fields: [{ ...weibo.fields[0], name: "brand_new", kind: "text" }] }];
    open(app);
    app.showAccounts({ kind: "add", platform: "weibo" });
    expect(await screen.findByLabelText(/brand_new/)).toBe(byId("field-brand_new"));
  });

  it("says which required fields are empty, beside them, and sends nothing", async () => {
    const { app, calls } = testApp();
    open(app);
    app.showAccounts({ kind: "add", platform: "qiniu" });
    await screen.findByTestId("field-access_key");
    await type("field-access_key", "ak");
    await click("connect");
    expect(screen.queryByTestId("field-access_key-problem")).toBeNull();
    expect(byId("field-secret_key-problem").textContent).toBe("要填");
    expect(byId("field-anchor_id-problem").textContent).toBe("要填");
    expect(calls).toEqual([]);
    await type("field-anchor_id", "user_1");
    expect(screen.queryByTestId("field-anchor_id-problem")).toBeNull();
  });

  it("sends what was typed, with defaults, and leaves the form", async () => {
    const { app, calls } = testApp({ connectAccount: () => "weibo-1" });
    open(app);
    app.showAccounts({ kind: "add", platform: "weibo" });
    await fireEvent.click(await screen.findByTestId("way-form"));
    await screen.findByTestId("field-access_token");
    await type("field-access_token", " 2.00token ");
    await type("field-name", "阿澈放唱片");
    await click("connect");
    await waitFor(() => expect(screen.queryByTestId("connect-dialog")).toBeNull());
    expect(calls).toEqual([
      {
        name: "connectAccount",
        args: [
          {
            platform: "weibo",
            name: "阿澈放唱片",
            fields: {
              access_token: "2.00token",
              base_url: "https://api.weibo.com",
              width: "1920",
              height: "1080",
              daily_calls: "100",
            },
          },
        ],
      },
    ]);
  });

  it("shows a refused field beside it, unfolding where needed, and keeps what was typed", async () => {
    const code: Problem["code"] = { kind: "invalid", field: "room_id", reason: { why: "malformed" } };
    const { app } = testApp({ connectAccount: fail(refusal(code)) });
    open(app);
    app.showAccounts({ kind: "add", platform: "bilibili" });
    await fireEvent.click(await screen.findByTestId("way-form"));
    await screen.findByTestId("field-cookie");
    await type("field-cookie", "SESSDATA=a; bili_jct=b; DedeUserID=1");
    await click("connect");
    expect((await screen.findByTestId("field-room_id-problem")).textContent).toBe("只能是数字。");
    expect(valueOf("field-cookie")).toBe("SESSDATA=a; bili_jct=b; DedeUserID=1");
    expect(screen.queryByTestId("connect-problem")).toBeNull();
  });

  it("shows any other refusal under the form, with the next step, and lets it be corrected", async () => {
    const { app } = testApp({
      connectAccount: fail(refusal({ kind: "credentials_refused" }, { platform_code: "-101" })),
    });
    open(app);
    app.showAccounts({ kind: "add", platform: "bilibili" });
    await fireEvent.click(await screen.findByTestId("way-form"));
    await screen.findByTestId("field-cookie");
    await type("field-cookie", "SESSDATA=old");
    await click("connect");
    const banner = await screen.findByTestId("connect-problem");
    expect(banner.textContent).toContain("B 站不认这份凭据");
    expect(banner.textContent).toContain("（-101）");
    expect(valueOf("field-cookie")).toBe("SESSDATA=old");
  });

  it("shows that it is connecting, and takes no second press", async () => {
    let answer = (): void => undefined;
    const { app, calls } = testApp({
      connectAccount: () => new Promise<void>((resolve) => (answer = resolve)),
    });
    open(app);
    app.showAccounts({ kind: "add", platform: "weibo" });
    await fireEvent.click(await screen.findByTestId("way-form"));
    await screen.findByTestId("field-access_token");
    await type("field-access_token", "t");
    await click("connect");
    await waitFor(() => expect(byId("connect").getAttribute("aria-busy")).toBe("true"));
    expect(byId("field-access_token")).toHaveProperty("readOnly", true);
    await click("connect");
    expect(calls).toHaveLength(1);
    answer();
    await waitFor(() => expect(screen.queryByTestId("connect-dialog")).toBeNull());
  });
});

describe("an account's row", () => {
  it("replaces credentials without sending defaults over kept settings", async () => {
    const account = sampleAccount({ state: "refused", problem: refusal({ kind: "sign_in_expired" }) });
    const { app, calls } = testApp({}, [account]);
    open(app);
    expect(byId("account-state").textContent).toContain("B 站登录过期了");
    await click("replace-credentials");
    await type("field-cookie", "SESSDATA=new");
    await click("connect");
    await waitFor(() => expect(screen.queryByTestId("connect-dialog")).toBeNull());
    expect(calls).toEqual([{ name: "replaceCredentials", args: ["bilibili-1", { cookie: "SESSDATA=new" }] }]);
  });

  it("asks before it forgets, saying what goes", async () => {
    const { app, calls } = testApp({ forgetAccount: () => ({ revoke_problem: null }) }, [sampleAccount()]);
    open(app);
    await click("forget-account");
    expect(byId("forget-dialog").textContent).toContain("推流密钥");
    expect(byId("forget-dialog").textContent).toContain("B 站上的账号和房间都不动");
    await click("cancel");
    expect(calls).toEqual([]);
    await click("forget-account");
    await click("confirm");
    await waitFor(() => expect(calls).toEqual([{ name: "forgetAccount", args: ["bilibili-1", false] }]));
  });

  it("marks a sandbox account and offers neither new credentials nor forgetting", () => {
    const { app } = testApp({}, [sampleAccount({ sandbox: true })]);
    open(app);
    expect(byId("account-bilibili").textContent).toContain("沙盒");
    expect(byId("account-bilibili").dataset.sandbox).toBe("true");
    expect(screen.queryByTestId("forget-account")).toBeNull();
    expect(screen.queryByTestId("replace-credentials")).toBeNull();
    expect(byId("check-account")).not.toBeNull();
  });

  it("tells each state in words and by glyph", () => {
    const now = 1_800_000_000_000;
    const of = (more: Parameters<typeof sampleAccount>[0]): ReturnType<typeof accountWords> =>
      accountWords(sampleAccount(more), now);
    expect(of({})).toMatchObject({ glyph: "healthy", state: "已登录", note: "5 分钟前查过" });
    expect(of({ platform: "qiniu" }).state).toBe("已连接");
    expect(of({ state: "checking" }).glyph).toBe("working");
    expect(of({ state: "no_secrets" })).toMatchObject({ glyph: "warning", needsSignIn: true });
    expect(of({ state: "unknown", checked_at: null })).toMatchObject({ glyph: "off", note: "" });
    const down = of({ state: "unknown", problem: refusal({ kind: "platform_down" }) });
    expect(down).toMatchObject({ glyph: "problem", state: "B 站那边出了故障", needsSignIn: false });
  });

  it("tells ages in a person's units", () => {
    const now = 1_800_000_000_000;
    const ago = (minutes: number): string => checkedWords(now - minutes * 60_000, now);
    expect([ago(0), ago(59), ago(61), ago(3_000)]).toEqual([
      "刚查过",
      "59 分钟前查过",
      "1 小时前查过",
      "2 天前查过",
    ]);
    expect(checkedWords(null, now)).toBe("");
  });
});

describe("the keyring's card", () => {
  it("probes again, and offers this session only where the keyring is locked", async () => {
    const { app, calls } = testApp({ probeVault: () => ({ kind: "locked" }) });
    app.model.vault = { kind: "locked" };
    open(app);
    expect(byId("keyring").textContent).toContain("密钥库锁着");
    // As the banner over the window names it.
    expect(byId("probe-vault").textContent.trim()).toBe("解锁");
    await click("probe-vault");
    await waitFor(() => expect(app.busy.size).toBe(0));
    await click("use-session-only");
    await waitFor(() => expect(calls.map((c) => c.name)).toEqual(["probeVault", "useSessionOnly"]));
  });

  it("has the one filled button of the page while the keyring is locked", async () => {
    const { app } = testApp({}, [sampleAccount({ state: "expired" })]);
    app.model.vault = { kind: "locked" };
    open(app);
    const filled = (): string[] =>
      [...document.querySelectorAll<HTMLElement>(".btn.primary")].map((b) => b.dataset.testid ?? "");
    expect(filled()).toEqual(["probe-vault"]);
    app.model.vault = { kind: "unlocked" };
    await waitFor(() => expect(filled()).toEqual(["replace-credentials"]));
  });
});
