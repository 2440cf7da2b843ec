/** A window for tests: a real `App` over a backend that notes its calls. */
import type { AccountView, Backend, Snapshot } from "../../ipc/backend";
import { App } from "../../state/app.svelte";
import { platforms } from "../../screens/platforms";

export interface Call {
  name: string;
  args: unknown[];
}

export function testApp(
  answers: Partial<Record<keyof Backend, (...args: never[]) => unknown>> = {},
  accounts: AccountView[] = [],
): { app: App; calls: Call[] } {
  const calls: Call[] = [];
  const backend = new Proxy({} as Backend, {
    get:
      (_, name: string) =>
      async (...args: never[]): Promise<unknown> => {
        calls.push({ name, args });
        return answers[name as keyof Backend]?.(...args);
      },
  });
  const app = new App(backend, { now: () => 1_800_000_000_000, schedule: (task) => void task() });
  const snapshot: Snapshot = {
    version: "0.1.0",
    platforms,
    accounts,
    rooms: [],
    readings: {},
    chat: [],
    pinned: [],
    run: null,
    sign_in: null,
    preflight: null,
    journal: [],
    encoder: app.model.encoder,
    overlay: app.model.overlay,
    relay: app.model.relay,
    shortcuts: app.model.shortcuts,
    marked: [],
    thanks_waiting: 0,
    alarms: [],
    vault: { kind: "unlocked" },
    sandbox: false,
    preferences: app.model.preferences,
    system_language: "zh-CN",
  };
  app.model.apply({ seq: 0, updates: [{ kind: "snapshot", snapshot }] });
  return { app, calls };
}

export const sampleAccount = (more: Partial<AccountView> = {}): AccountView => ({
  id: "bilibili-1",
  platform: "bilibili",
  name: "阿澈的唱片房",
  sandbox: false,
  state: "signed_in",
  way: "form",
  person: "阿澈的唱片房",
  has_picture: false,
  cover: null,
  expires_at: null,
  calls_left: null,
  problem: null,
  checked_at: 1_800_000_000_000 - 5 * 60_000,
  ...more,
});
