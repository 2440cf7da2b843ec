import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { beforeEach, expect, it } from "vitest";
import type { UpdateProgress, UpdateView } from "../../ipc/backend";
import { problem } from "../../screens/data";
import { setLocale } from "../../state/locale.svelte";
import { testApp, type Call } from "../accounts/harness";
import InApp from "../accounts/InApp.svelte";
import About from "./About.svelte";

beforeEach(() => setLocale("en"));

const NEWER: UpdateView = {
  version: "0.2.0",
  published_at: 1_800_000_000_000,
  notes: "- one\n- <b>two</b>",
  way: { kind: "install" },
};

type Answers = Parameters<typeof testApp>[0];

async function opened(answers: Answers): Promise<ReturnType<typeof testApp>> {
  const given = testApp({ updatesOn: () => true, ...answers });
  render(InApp, { app: given.app, page: About });
  await screen.findByTestId("update-look");
  return given;
}

const press = async (id: string): Promise<void> =>
  void (await fireEvent.click(await screen.findByTestId(id)));
const asked = (calls: Call[], name: string): number => calls.filter((c) => c.name === name).length;

it("shows nothing of it where the program was built without a key", async () => {
  const { app, calls } = testApp({ updatesOn: () => false });
  render(InApp, { app, page: About });
  await waitFor(() => expect(asked(calls, "updatesOn")).toBe(1));
  await waitFor(() => expect(app.busy.size).toBe(0));
  expect(screen.queryByTestId("update")).toBeNull();
  expect(screen.queryByText("Looking for a new version")).toBeNull();
});

it("looks only when it is pressed", async () => {
  const { calls } = await opened({ lookForUpdate: () => null });
  expect(asked(calls, "lookForUpdate")).toBe(0);
  await press("update-look");
  await screen.findByTestId("update-newest");
  expect(asked(calls, "lookForUpdate")).toBe(1);
});

it("tells what is new as plain text, and how far the download is", async () => {
  let tell: (progress: UpdateProgress) => void = () => undefined;
  await opened({
    lookForUpdate: () => NEWER,
    installUpdate: (told: typeof tell) => {
      tell = told;
      return new Promise(() => undefined);
    },
  });
  await press("update-look");
  const found = await screen.findByTestId("update-found");
  expect(found.dataset.version).toBe("0.2.0");
  expect(found.textContent).toContain("2027");
  expect(screen.getByTestId("update-notes").textContent).toBe("- one\n- <b>two</b>");
  const install = screen.getByTestId("update-install");
  install.focus();
  await press("update-install");
  await screen.findByText("0 MB so far");
  expect(document.activeElement, "what was pressed stays").toBe(install);
  tell({ received: 45_500_000, of: 91_000_000 });
  await screen.findByText("46 of 91 MB");
  expect(screen.getByRole("progressbar").getAttribute("aria-valuenow")).toBe("50");
  expect(screen.getByTestId<HTMLButtonElement>("update-look").disabled).toBe(true);
  tell({ received: 91_000_000, of: 91_000_000 });
  await screen.findByText("Installing");
});

it("takes no second press while the program is about to start anew", async () => {
  const { app, calls } = await opened({ lookForUpdate: () => NEWER, installUpdate: () => undefined });
  await press("update-look");
  await press("update-install");
  await screen.findByText("Installing");
  await waitFor(() => expect(app.busy.size).toBe(0));
  await press("update-install");
  expect(asked(calls, "installUpdate")).toBe(1);
  expect(screen.getByTestId<HTMLButtonElement>("update-look").disabled).toBe(true);
});

it("says why it wasn't installed, and can be pressed again", async () => {
  let why = problem({ kind: "update_held" });
  const { calls } = await opened({
    lookForUpdate: () => NEWER,
    installUpdate: () => Promise.reject(why),
  });
  await press("update-look");
  await press("update-install");
  const held = await screen.findByTestId("update-problem");
  expect(held.dataset.code).toBe("update_held");
  expect(held.textContent).toContain("End the broadcast");
  why = problem({ kind: "update_untrusted" });
  await press("update-install");
  await waitFor(() => expect(screen.getByTestId("update-problem").dataset.code).toBe("update_untrusted"));
  expect(asked(calls, "installUpdate")).toBe(2);
});

it("says where to get it where it can't be put in place", async () => {
  const page = "https://kaibo.example/releases";
  for (const kind of ["package", "read_only"] as const) {
    const { app } = await opened({ lookForUpdate: () => ({ ...NEWER, way: { kind, page } }) });
    await press("update-look");
    await press("update-page");
    expect(app.dialog).toEqual({ kind: "link", url: page });
    expect(screen.queryByTestId("update-install")).toBeNull();
    document.body.replaceChildren();
  }
});

it("tells a failed look, and no longer that this is the newest version", async () => {
  let answer: () => unknown = () => null;
  await opened({ lookForUpdate: () => answer() });
  await press("update-look");
  await screen.findByTestId("update-newest");
  answer = () => Promise.reject(problem({ kind: "update_unreachable" }));
  await press("update-look");
  expect((await screen.findByTestId("update-problem")).dataset.code).toBe("update_unreachable");
  expect(screen.queryByTestId("update-newest")).toBeNull();
});

it("offers nothing to install that the program forgot when it looked anew", async () => {
  let answer: () => unknown = () => NEWER;
  await opened({ lookForUpdate: () => answer() });
  await press("update-look");
  await screen.findByTestId("update-install");
  answer = () => Promise.reject(problem({ kind: "update_unreachable" }));
  await press("update-look");
  await screen.findByTestId("update-problem");
  expect(screen.queryByTestId("update-found")).toBeNull();
});
