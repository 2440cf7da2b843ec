import { getContext, setContext } from "svelte";
import { SvelteSet } from "svelte/reactivity";
import type { AccountId, Backend, Platform, Preferences, Problem, RoomId } from "../ipc/backend";
import { toProblem } from "../ipc/backend";
import type { IconName } from "../components/icons";
import { Clock } from "./clock.svelte";
import { Model } from "./model.svelte";
import { nextFrame, Stream, type Schedule } from "./stream";

/** What stands in the middle of the window. */
export type View = "room" | "tonight" | "run" | "accounts" | "settings" | "firstrun";

/** What is asked over the window. */
export type Dialog =
  | { kind: "end"; rooms: RoomId[] }
  | { kind: "delete"; room: RoomId }
  | { kind: "edit"; room: RoomId }
  | { kind: "close" }
  | { kind: "link"; url: string }
  | { kind: "qr"; room: RoomId; url: string };

export interface Toast {
  id: number;
  icon: IconName;
  text: string;
}

/** What the accounts page should open with. */
export type AccountsIntent =
  { kind: "list" } | { kind: "add"; platform: Platform | null } | { kind: "replace"; account: AccountId };

const TOAST_MS = 4_000;
const TOASTS = 3;

/** The window: what it knows, where it is, and how it asks the program. */
export class App {
  readonly model = new Model();
  readonly clock: Clock;
  readonly stream: Stream;

  view = $state<View>("room");
  /** The room in the middle. */
  roomId = $state<RoomId | null>(null);
  dialog = $state.raw<Dialog | null>(null);
  toasts = $state.raw<Toast[]>([]);
  accountsIntent = $state.raw<AccountsIntent>({ kind: "list" });
  /** Calls that are out, by a name of the caller's, e.g. `refresh:room-1`. */
  readonly busy = new SvelteSet<string>();

  #toastId = 0;

  constructor(
    readonly backend: Backend,
    options: { now?: () => number; schedule?: Schedule } = {},
  ) {
    this.clock = new Clock(options.now);
    this.stream = new Stream(backend, this.model, options.schedule ?? nextFrame);
  }

  show(view: View): void {
    this.view = view;
  }

  showRoom(id: RoomId): void {
    this.roomId = id;
    this.view = "room";
  }

  showAccounts(intent: AccountsIntent = { kind: "list" }): void {
    this.accountsIntent = intent;
    this.view = "accounts";
  }

  toast(text: string, icon: IconName = "check"): void {
    const id = ++this.#toastId;
    this.toasts = [...this.toasts, { id, icon, text }].slice(-TOASTS);
    setTimeout(() => {
      this.toasts = this.toasts.filter((t) => t.id !== id);
    }, TOAST_MS);
  }

  /**
   * Makes a call under a name: `busy` holds the name while it is out, a second one under the same name
   * isn't made, and a failure comes back as a problem instead of being thrown.
   */
  async call<T>(
    name: string,
    make: (backend: Backend) => Promise<T>,
  ): Promise<{ ok: true; value: T } | { ok: false; problem: Problem | null }> {
    if (this.busy.has(name)) return { ok: false, problem: null };
    this.busy.add(name);
    try {
      return { ok: true, value: await make(this.backend) };
    } catch (caught) {
      return { ok: false, problem: toProblem(caught) };
    } finally {
      this.busy.delete(name);
    }
  }

  /** Changes some preferences; the program answers with an update. */
  async prefer(change: Partial<Preferences>): Promise<void> {
    const preferences = { ...this.model.preferences, ...change };
    // Shown at once; the program's own word replaces it.
    this.model.preferences = preferences;
    const done = await this.call("preferences", (b) => b.setPreferences(preferences));
    if (!done.ok && done.problem) this.model.problem = done.problem;
  }
}

const KEY = Symbol("app");

export const provideApp = (app: App): App => setContext(KEY, app);
export const useApp = (): App => getContext<App>(KEY);
