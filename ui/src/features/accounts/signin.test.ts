import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { beforeEach, describe, expect, it } from "vitest";
import type { SignInState, SignInView } from "../../ipc/backend";
import { madeUpCode } from "../../screens/run";
import { problem } from "../../screens/data";
import type { App } from "../../state/app.svelte";
import { setLocale } from "../../state/locale.svelte";
import AccountsPage from "./AccountsPage.svelte";
import { sampleAccount, testApp } from "./harness";
import InApp from "./InApp.svelte";

const NOW = 1_800_000_000_000;
const byId = (id: string): HTMLElement => screen.getByTestId(id);
const click = (id: string): Promise<boolean> => fireEvent.click(byId(id));
const type = (id: string, value: string): Promise<boolean> =>
  fireEvent.input(byId(id), { target: { value } });

let seq = 0;
function tell(app: App, state: SignInState, more: Partial<SignInView> = {}): void {
  const sign_in: SignInView = {
    id: 1,
    platform: "bilibili",
    account: null,
    way: "qr",
    state,
    answer_problem: null,
    ...more,
  };
  app.model.apply({ seq: ++seq, updates: [{ kind: "sign_in", sign_in }] });
}
const qr = (scanned: boolean): SignInState => ({
  kind: "qr",
  code: madeUpCode(),
  expires_at: NOW + 180_000,
  scanned,
});

async function open(
  platform: "weibo" | "bilibili",
  answers: Parameters<typeof testApp>[0] = {},
): Promise<ReturnType<typeof testApp>> {
  const made = testApp(answers);
  render(InApp, { app: made.app, page: AccountsPage });
  made.app.showAccounts({ kind: "add", platform });
  await screen.findByTestId("connect-dialog");
  return made;
}
const names = (calls: { name: string }[]): string[] => calls.map((c) => c.name);

beforeEach(() => setLocale("zh-CN"));

describe("signing in with a code", () => {
  it("goes from waiting over scanned to done, and closes", async () => {
    const { app, calls } = await open("bilibili");
    await click("connect");
    await screen.findByTestId("signin-dialog");
    expect(calls[0]).toMatchObject({
      name: "beginSignIn",
      args: [{ platform: "bilibili", way: "qr", account: null }],
    });
    tell(app, qr(false));
    expect((await screen.findByTestId("signin-qr-state")).dataset.state).toBe("waiting");
    const code = byId("qr");
    expect(Number(code.getAttribute("width"))).toBeGreaterThanOrEqual(200);
    expect([...code.querySelectorAll("path")].map((p) => p.getAttribute("fill"))).toEqual(["#fff", "#000"]);
    tell(app, qr(true));
    await waitFor(() => expect(byId("signin-qr-state").dataset.state).toBe("scanned"));
    expect(byId("signin-qr-state").textContent).toContain("在手机上点确认");
    tell(app, { kind: "finishing" });
    await waitFor(() => expect(screen.queryByTestId("signin-qr-state")).toBeNull());
    tell(app, { kind: "done", account: "bilibili-9" });
    await waitFor(() => expect(screen.queryByTestId("connect-dialog")).toBeNull());
    expect(app.toasts.list.map((t) => t.text)).toEqual(["连上了「B 站」"]);
    expect(names(calls)).toEqual(["beginSignIn"]);
  });

  it("offers a new code with one click when it ran out", async () => {
    const { app, calls } = await open("bilibili");
    await click("connect");
    tell(app, qr(false));
    await screen.findByTestId("signin-qr");
    tell(app, { kind: "expired" });
    await waitFor(() => expect(byId("signin-qr-state").dataset.state).toBe("expired"));
    await click("signin-renew");
    expect(names(calls)).toEqual(["beginSignIn", "renewSignIn"]);
  });

  it("is cancelled when the dialog closes", async () => {
    const { app, calls } = await open("bilibili");
    await click("connect");
    tell(app, qr(false));
    await screen.findByTestId("signin-qr");
    await click("signin-cancel");
    await waitFor(() => expect(names(calls)).toEqual(["beginSignIn", "cancelSignIn"]));
    expect(screen.queryByTestId("connect-dialog")).toBeNull();
  });

  it("doesn't take an earlier sign-in for its own", async () => {
    const { app } = await open("bilibili");
    tell(app, { kind: "done", account: "bilibili-1" });
    await click("connect");
    await screen.findByTestId("signin-dialog");
    expect(byId("signin-pane").dataset.state).toBe("starting");
  });

  it("says why it failed, and tries again", async () => {
    const { app, calls } = await open("bilibili");
    await click("connect");
    tell(app, { kind: "failed", problem: problem({ kind: "network" }, { platform: "bilibili" }) });
    expect((await screen.findByTestId("signin-problem")).dataset.code).toBe("network");
    await click("signin-renew");
    expect(names(calls)).toEqual(["beginSignIn", "renewSignIn"]);
  });
});

describe("signing in with the browser", () => {
  const page = (returns: boolean): [SignInState, Partial<SignInView>] => [
    { kind: "browser", url: "https://weibo.example/authorize?state=1", returns },
    { platform: "weibo", way: "browser" },
  ];

  async function begin(returns: boolean): Promise<ReturnType<typeof testApp>> {
    const made = await open("weibo");
    await type("field-app_key", "2849100000");
    await type("field-app_secret", "made-up-secret");
    await click("connect");
    tell(made.app, ...page(returns));
    await screen.findByTestId("signin-open");
    return made;
  }

  it("asks for the app's key and secret, with the redirect address to register", async () => {
    const { calls } = await open("weibo");
    expect(byId("connect-dialog").textContent).toContain("https://api.weibo.com/oauth2/default.html");
    expect(screen.queryByTestId("field-access_token")).toBeNull();
    await click("connect");
    expect(byId("field-app_key-problem").textContent).toBe("要填");
    expect(calls).toEqual([]);
  });

  it("opens the page, and takes what is pasted", async () => {
    const { calls } = await begin(false);
    expect(byId("signin-url").dataset.url).toBe("https://weibo.example/authorize?state=1");
    expect(document.activeElement).toBe(byId("signin-open"));
    byId("signin-answer-send").focus();
    await click("signin-open");
    await waitFor(() => expect(byId("signin-open").classList.contains("primary")).toBe(false));
    expect(document.activeElement, "it takes the focus once").toBe(byId("signin-answer-send"));
    await click("signin-answer-send");
    expect(byId("signin-answer-problem").textContent).toBe("先把浏览器里的地址贴过来。");
    expect(document.activeElement).toBe(byId("signin-answer"));
    await type("signin-answer", " https://api.weibo.com/oauth2/default.html?code=abc&state=1 ");
    await click("signin-answer-send");
    await waitFor(() => expect(names(calls)).toEqual(["beginSignIn", "openSignInPage", "answerSignIn"]));
    expect(calls[2]?.args).toEqual(["https://api.weibo.com/oauth2/default.html?code=abc&state=1"]);
    expect(calls[0]?.args[0]).toMatchObject({
      way: "browser",
      fields: { app_key: "2849100000", app_secret: "made-up-secret" },
    });
  });

  it("says what was wrong with it beside the field, and goes on", async () => {
    const { app } = await begin(false);
    const code = { kind: "invalid", field: "answer", reason: { why: "malformed" } } as const;
    const [state, more] = page(false);
    tell(app, state, { ...more, answer_problem: problem(code, { platform: "weibo" }) });
    expect((await screen.findByTestId("signin-answer-problem")).textContent).toContain(
      "没有这次登录的授权码",
    );
  });

  it("folds the field away where the answer returns by itself", async () => {
    await begin(true);
    expect(screen.queryByTestId("signin-answer")).toBeNull();
    await click("signin-answer-fold");
    expect(byId("signin-answer")).toBeTruthy();
  });

  it("goes back to a field that turned out wrong, with the secret gone", async () => {
    const { app, calls } = await begin(false);
    const code = { kind: "invalid", field: "app_secret", reason: { why: "refused" } } as const;
    tell(app, { kind: "failed", problem: problem(code, { platform: "weibo" }) }, { platform: "weibo" });
    expect((await screen.findByTestId("field-app_secret-problem")).textContent).not.toBe("");
    expect((byId("field-app_secret") as HTMLInputElement).value).toBe("");
    expect((byId("field-app_key") as HTMLInputElement).value).toBe("2849100000");
    await waitFor(() => expect(names(calls)).toContain("cancelSignIn"));
  });
});

describe("an account that is there", () => {
  it("is signed in again its own way, with nothing that must be filled in", async () => {
    const account = sampleAccount({ way: "qr", state: "expired" });
    const { app, calls } = testApp({}, [account]);
    render(InApp, { app, page: AccountsPage });
    await click("replace-credentials");
    expect(byId("way-form")).toBeTruthy();
    await click("connect");
    await waitFor(() =>
      expect(calls[0]).toMatchObject({
        name: "beginSignIn",
        args: [{ account: "bilibili-1", way: "qr", fields: {} }],
      }),
    );
  });

  it("shows its picture, the person's name, its end and its calls", async () => {
    const url = "data:image/png;base64,AAAA";
    const account = sampleAccount({
      has_picture: true,
      person: "Ache_Che",
      expires_at: NOW + 86_400_000,
      calls_left: { left: 63, of: 100, resets_at: new Date(2026, 2, 14).getTime() },
    });
    const { app } = testApp({ accountPicture: () => url }, [account]);
    render(InApp, { app, page: AccountsPage });
    await waitFor(() => expect(byId("account-picture").querySelector("img")?.getAttribute("src")).toBe(url));
    expect(byId("account-bilibili").textContent).toContain("B 站上叫「Ache_Che」");
    expect(byId("account-expires").textContent).toBe("1 天后过期");
    expect(byId("account-calls").textContent).toContain("63/100");
  });

  it("draws no picture that would have to be fetched", async () => {
    const { app, calls } = testApp({ accountPicture: () => "https://example.com/a.png" }, [
      sampleAccount({ has_picture: true }),
    ]);
    render(InApp, { app, page: AccountsPage });
    await waitFor(() => expect(names(calls)).toEqual(["accountPicture"]));
    expect(byId("account-picture").dataset.picture).toBe("false");
  });

  it("is forgotten with its journal when asked, and says what the platform kept", async () => {
    const { app, calls } = testApp(
      { forgetAccount: () => ({ revoke_problem: problem({ kind: "network" }) }) },
      [sampleAccount()],
    );
    render(InApp, { app, page: AccountsPage });
    await click("forget-account");
    await click("forget-history");
    await click("forget-confirm");
    await waitFor(() => expect(app.toasts.list[0]?.icon).toBe("warning"));
    expect(app.toasts.list[0]?.text).toContain("登录设备管理");
    expect(calls).toEqual([{ name: "forgetAccount", args: ["bilibili-1", true] }]);
  });

  it("takes a client identity from a file, and says nothing when none was chosen", async () => {
    let chosen = false;
    const { app } = testApp({ importAccountFile: () => chosen }, [sampleAccount()]);
    render(InApp, { app, page: AccountsPage });
    const take = async (): Promise<void> => {
      await click("account-more");
      await click("import-file");
      await waitFor(() => expect(app.busy.size).toBe(0));
    };
    await take();
    expect(app.toasts.list).toEqual([]);
    chosen = true;
    await take();
    expect(app.toasts.list[0]?.text).toContain("客户端身份存好了");
  });
});
