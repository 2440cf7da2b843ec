import { getContext, setContext, untrack } from "svelte";
import { SvelteMap, SvelteSet } from "svelte/reactivity";
import type { IconName } from "../components/icons";
import type { Group } from "../features/chat/filter";
import { History } from "../features/history/history.svelte";
import { Moderation } from "../features/moderation/moderation.svelte";
import { People, type Drawer } from "../features/people/people.svelte";
import { milestoneWords } from "../features/milestones/words";
import { Tour } from "../features/firstrun/tour.svelte";
import { Summary } from "../features/summary/summary.svelte";
import { Updates } from "../features/settings/updates.svelte";
import { Thanks } from "../features/thanks/thanks.svelte";
import { standing } from "../features/alarms/words";
import { isOnAir, lost, startableNow } from "../features/room/roomstate";
import type {
  AccountId,
  Alarm,
  Backend,
  Details,
  Edit,
  Milestone,
  Platform,
  PlatformInfo,
  Preferences,
  Problem,
  PushExport,
  PushPart,
  RelayTarget,
  RoomId,
  RoomView,
  SessionView,
  ShortcutAction,
} from "../ipc/backend";
import { toProblem } from "../ipc/backend";
import { Cover } from "../features/cover/cover.svelte";
import { m } from "../paraglide/messages.js";
import { copyText } from "./clipboard";
import { Clock } from "./clock.svelte";
import { Encoder } from "./encoder.svelte";
import { Model } from "./model.svelte";
import { Pictures } from "./pictures.svelte";
import type { Remedy } from "./problems";
import { Relay } from "./relay.svelte";
import { nextFrame, Stream, type Schedule } from "./stream";
import { Toasts } from "./toasts.svelte";
import { Tonight } from "./tonight.svelte";

/** What stands in the middle of the window. */
export type View =
  | "room"
  | "tonight"
  | "run"
  | "accounts"
  | "settings"
  | "history"
  | "summary"
  | "help"
  | "moderation"
  | "relay"
  | "firstrun";

/** Which column a window too narrow for three shows. */
export type Pane = "rail" | "middle" | "chat";

/** What is asked over the window. */
export type Dialog =
  | { kind: "end"; rooms: RoomId[] }
  | { kind: "delete"; room: RoomId }
  | { kind: "lost"; room: RoomId }
  | { kind: "edit"; room: RoomId }
  | { kind: "close" }
  | { kind: "delete_session"; session: SessionView }
  | { kind: "history_export"; session: SessionView | null; whole?: true }
  | { kind: "link"; url: string }
  | { kind: "qr"; room: RoomId; url: string }
  | { kind: "verify"; platform: Platform; url: string }
  | { kind: "clock" }
  | { kind: "templates" }
  | { kind: "encoder_find" }
  | { kind: "encoder_forget" }
  | { kind: "encoder_stop" }
  | { kind: "encoder_resend"; room: RoomId }
  | { kind: "export"; room: RoomId; format: PushExport }
  | { kind: "relay_remove"; target: RelayTarget }
  | { kind: "relay_custom"; id: string | null }
  | { kind: "relay_forget"; id: string }
  | { kind: "relay_export" };

/** What the accounts page should open with. */
export type AccountsIntent =
  | { kind: "list" }
  | { kind: "add"; platform: Platform | null }
  | { kind: "replace"; account: AccountId; identity?: boolean };

/** Time after which a refused subscription is tried again. */
const RETRY_MS = 3_000;

/** The window: what it knows, where it is, and how it asks the program. */
export class App {
  readonly model = new Model();
  readonly clock: Clock;
  readonly stream: Stream;
  readonly pictures: Pictures;

  view = $state<View>("room");
  /** Of the three columns, the one a narrow window shows. */
  pane = $state<Pane>("middle");
  /** The room in the middle. */
  roomId = $state<RoomId | null>(null);
  dialog = $state.raw<Dialog | null>(null);
  /** The window is the small one: chat, state and *End*. */
  compact = $state(false);
  /** What stands beside the chat. */
  drawer = $state.raw<Drawer | null>(null);
  readonly toasts = new Toasts();
  accountsIntent = $state.raw<AccountsIntent>({ kind: "list" });
  readonly tonight = new Tonight();
  /** The cover of *Tonight*: one picture for all rooms. */
  readonly cover = new Cover(this);
  readonly encoder = new Encoder(this);
  readonly relay = new Relay(this);
  readonly history: History;
  readonly summary = new Summary(this);
  readonly tour = new Tour(this);
  readonly people = new People(this);
  readonly moderation = new Moderation(this);
  readonly thanks = new Thanks(this);
  readonly updates = new Updates(this);
  /** What the settings page is opened for: that part is brought into sight, once. */
  settingsPart = $state<"encoder" | "relay" | null>(null);
  /** The first run that the run page shows, and which way it goes. */
  runFirst = $state.raw<{ id: number; goingLive: boolean }>({ id: 0, goingLive: true });
  /** Why *Go live* itself was refused. */
  goProblem = $state.raw<Problem | null>(null);
  /** What calls about a room failed with, until one succeeds. */
  readonly roomProblems = new SvelteMap<RoomId, Problem>();
  /** Why the last look over the rooms was refused. */
  preflightProblem = $state.raw<Problem | null>(null);
  /** When the rooms were last looked over, ms since 1970. */
  lastLook: number | null = null;
  /** What was written for tonight then. */
  lookedAt = $state.raw<Details | null>(null);
  /** Why the keyring's last test failed; none when it answered, whatever it said. */
  vaultProblem = $state.raw<Problem | null>(null);
  /** Calls that are out, by a name of the caller's, e.g. `refresh:room-1`. */
  readonly busy = new SvelteSet<string>();
  /** What was begun in the chat field; it outlives a change of view. */
  draft = $state("");
  /** Where it is said. */
  sayTo = $state<RoomId | "all">("all");
  /** Kinds of chat lines that the pane leaves out. */
  readonly chatHidden = new SvelteSet<Group>();

  #serial = 0;
  #settled = false;

  constructor(
    readonly backend: Backend,
    options: { now?: () => number; schedule?: Schedule } = {},
  ) {
    this.clock = new Clock(options.now);
    this.pictures = new Pictures(backend);
    this.history = new History(this);
    const schedule = options.schedule ?? nextFrame;
    // What is told is drawn with the second that it is, in one frame.
    const draw: Schedule = (then) =>
      schedule(() => {
        this.clock.look();
        then();
      });
    this.stream = new Stream(backend, this.model, () => void this.start(), draw);
  }

  /** The room in the middle; falls back to the first when the chosen one is gone. */
  get room(): RoomView | undefined {
    return this.model.room(this.roomId) ?? this.model.liveRooms[0] ?? this.model.rooms[0];
  }

  info(room: RoomView | undefined): PlatformInfo | undefined {
    return room && this.model.platform(room.platform);
  }

  /** The gravest alarm of a room. */
  alarmOf(room: RoomId): Alarm | undefined {
    return standing(this.model.alarms.filter((a) => a.room === room))[0];
  }

  /** Begins to follow the program; a refusal is shown, and tried again. */
  async start(): Promise<void> {
    try {
      await this.stream.start();
    } catch (caught) {
      this.model.problem = toProblem(caught);
      setTimeout(() => void this.start(), RETRY_MS);
    }
  }

  /** Chooses what to show first, once the program told what there is. */
  settle(): void {
    if (this.#settled || !this.model.ready) return;
    this.#settled = true;
    // A sign-in that an earlier life of this window began: its dialog is gone.
    const over = ["done", "failed"];
    if (this.model.signIn && !over.includes(this.model.signIn.state.kind)) {
      void this.call("sign_in:cancel", (b) => b.cancelSignIn());
    }
    this.tonight.load(this.model.preferences, this.model.rooms, (r) => this.info(r));
    const own = this.model.accounts.some((a) => !a.sandbox);
    if (!own && this.model.onAir.length === 0) this.view = "firstrun";
  }

  show(view: View): void {
    this.view = view;
    this.pane = "middle";
    // It stands over what is shown now.
    this.drawer = null;
  }

  /** Makes the window small, or full again; it stays as it is where the system refuses. */
  async setCompact(on: boolean): Promise<void> {
    const done = await this.call("compact", (b) => b.setCompact(on));
    if (!done.ok) {
      if (done.problem) this.toast(m.compact_failed(), "warning");
      return;
    }
    this.drawer = null;
    this.compact = on;
  }

  /** Does what a shortcut asks for that was pressed in another program; the window is in front by now. */
  pressed(action: ShortcutAction): void {
    // What is asked already, or half written, comes first.
    if (this.dialog) return;
    if (action === "compact" && !this.compact) void this.setCompact(true);
    if (action !== "end") return;
    const rooms = this.model.onAir.map((r) => r.id);
    if (rooms.length === 0) this.toast(m.compact_quiet(), "info");
    else this.dialog = { kind: "end", rooms };
  }

  showRoom(id: RoomId): void {
    this.roomId = id;
    this.show("room");
  }

  showAccounts(intent: AccountsIntent = { kind: "list" }): void {
    this.accountsIntent = intent;
    this.show("accounts");
  }

  /** Opens the part of the settings that is about OBS. */
  showEncoder(): void {
    this.settingsPart = "encoder";
    this.show("settings");
  }

  /** Opens *Tonight*, with one room alone when it is named. */
  showTonight(only?: RoomId): void {
    this.tonight.load(this.model.preferences, this.model.rooms, (r) => this.info(r));
    this.tonight.tried = false;
    this.goProblem = null;
    if (only !== undefined) {
      this.tonight.only(only);
      this.tonight.fillLast(this.model.preferences, only);
    }
    this.show("tonight");
  }

  /** Says something for a moment; what asks for an act stays longer. */
  toast(text: string, icon: IconName = "check"): void {
    this.toasts.say(text, icon);
  }

  /** Says what a room has reached. */
  tellMilestone(milestone: Milestone): void {
    const room = this.model.room(milestone.room);
    if (room) this.toast(m.milestone({ room: room.name, what: milestoneWords(milestone) }), "star");
  }

  /**
   * Makes a call under a name: `busy` holds the name while it is out, a second one under the same name
   * isn't made, and a failure comes back as a problem instead of being thrown.
   */
  async call<T>(name: string, make: (backend: Backend) => Promise<T>): Promise<Called<T>> {
    // A call made from an effect must not run that effect again when it ends.
    if (untrack(() => this.busy.has(name))) return { ok: false, problem: null };
    this.busy.add(name);
    try {
      return { ok: true, value: await make(this.backend) };
    } catch (caught) {
      return { ok: false, problem: toProblem(caught) };
    } finally {
      this.busy.delete(name);
    }
  }

  /** A call about a room; its problem stands on the room's page. */
  async callRoom<T>(what: string, room: RoomId, make: (b: Backend) => Promise<T>): Promise<Called<T>> {
    const done = await this.call(`${what}:${room}`, make);
    if (done.ok) this.roomProblems.delete(room);
    else if (done.problem) this.roomProblems.set(room, done.problem);
    return done;
  }

  /** Rooms of tonight that can go on air now. */
  get startableChosen(): RoomView[] {
    return this.model.rooms.filter((r) => this.tonight.chosen.has(r.id) && startableNow(r, this.info(r)));
  }

  /** Going live may have worked in a room that doesn't say so. */
  get unsure(): boolean {
    return this.model.rooms.some((r) => {
      if (lost(r)) return true;
      if (isOnAir(r) || r.problem?.code.kind !== "outcome_unknown") return false;
      const run = this.model.runs.findLast((told) => told.rooms.some(({ room }) => room === r.id));
      return run?.going_live === true && run.rooms.some((e) => e.room === r.id && e.state.kind === "unknown");
    });
  }

  /** Looks over rooms before going live; what is found comes in as it is found. */
  async lookOver(rooms: RoomId[]): Promise<void> {
    if (rooms.length === 0 || untrack(() => this.busy.has("preflight"))) return;
    this.lastLook = this.clock.now;
    this.preflightProblem = null;
    const details = this.tonight.snapshot();
    this.lookedAt = details;
    const done = await this.call("preflight", (b) =>
      b.preflight({
        rooms,
        details,
        covers: this.cover.urls(rooms),
        encoder: this.encoder.roomFor(rooms),
        relay: this.relay.chosen(rooms),
      }),
    );
    if (done.ok) this.model.takePreflight(done.value);
    else if (done.problem) this.preflightProblem = done.problem;
  }

  /** Keeps what is written for tonight. Of the sandbox's rooms nothing is kept: a tour leaves no trace. */
  rememberTonight(details: Details): void {
    const own = this.model.rooms.some((r) => !r.sandbox);
    if (own) void this.prefer({ tonight: details, chosen: [...this.tonight.chosen] });
  }

  /** Goes live; `again` keeps the rooms of the run before in sight. */
  async goLive(rooms: RoomId[], again = false): Promise<void> {
    const details = this.tonight.snapshot();
    this.rememberTonight(details);
    this.goProblem = null;
    this.encoder.callProblem = null;
    const encoder = again ? this.encoder.roomForAgain(rooms) : this.encoder.roomFor(rooms);
    const relay = again ? this.relay.chosenAgain() : this.relay.chosen(rooms);
    if (!again) this.runFirst = { id: (this.model.run?.id ?? 0) + 1, goingLive: true };
    this.show("run");
    const done = await this.call(`go_live:${rooms.join()}`, async (b) => {
      await this.cover.settled();
      return b.goLive({ rooms, details, covers: this.cover.urls(rooms), encoder, relay });
    });
    if (done.ok) this.model.takeRun(done.value);
    else if (done.problem) {
      this.goProblem = done.problem;
      if (!again && this.view === "run") this.view = "tonight";
    }
  }

  /** Ends rooms; `withEncoder` stops OBS first, and shows what became of it. */
  async end(rooms: RoomId[], withEncoder = false): Promise<void> {
    this.dialog = null;
    this.encoder.callProblem = null;
    const first = (this.model.run?.id ?? 0) + 1;
    const fromGoingLive = this.view === "run" && this.runFirst.goingLive;
    if (rooms.length > 1 || withEncoder || fromGoingLive) {
      this.runFirst = { id: first, goingLive: false };
      this.show("run");
    }
    const done = await this.call(`end:${rooms.join()}`, (b) => b.endBroadcast(rooms, withEncoder));
    for (const room of rooms) {
      if (done.ok) this.roomProblems.delete(room);
      else if (done.problem) this.roomProblems.set(room, done.problem);
    }
    if (done.ok) {
      this.model.takeRun(done.value);
      for (const { room, state } of done.value.rooms) {
        if ("problem" in state) this.roomProblems.set(room, state.problem);
      }
    } else if (this.view === "run") this.view = "room";
  }

  async deleteRoom(room: RoomView): Promise<void> {
    const done = await this.callRoom("delete", room.id, (b) => b.deleteRoom(room.id));
    this.dialog = null;
    if (done.ok) this.toast(m.toast_deleted({ name: room.name }), "trash");
  }

  /** Saves changes to a room; the dialog shows what is wrong. */
  editRoom(room: RoomId, edit: Edit): Promise<Called<void>> {
    return this.call(`edit:${room}`, (b) => b.editRoom(room, edit));
  }

  async refresh(room: RoomId): Promise<void> {
    await this.callRoom("refresh", room, (b) => b.refreshRoom(room));
  }

  /** Tells what the streamer found of a live that may have been made: its id, or that there is none. */
  async settleLost(room: RoomId, found: string | null): Promise<void> {
    const done = await this.callRoom("settle", room, (b) => b.settleLost(room, found));
    if (this.dialog?.kind === "lost") this.dialog = null;
    if (done.ok) this.toast(found === null ? m.lost_none_note() : m.lost_found_note());
  }

  /** Copies a part of the push address; true when it is on the clipboard. */
  async copyPush(room: RoomId, part: PushPart): Promise<boolean> {
    const done = await this.callRoom(`copy-${part}`, room, (b) => b.copyPush(room, part));
    if (done.ok) {
      this.tour.copied(part);
      const words = { server: m.toast_copied_server, key: m.toast_copied_key, whole: m.toast_copied_whole };
      this.toast(words[part]());
    }
    return done.ok;
  }

  async copyText(text: string): Promise<void> {
    this.toast((await copyText(text)) ? m.toast_copied() : m.toast_not_copied());
  }

  async probeVault(): Promise<void> {
    const done = await this.call("probe_vault", (b) => b.probeVault());
    if (done.ok) {
      this.model.vault = done.value;
      this.vaultProblem = null;
    } else if (done.problem) this.vaultProblem = done.problem;
  }

  async useSessionOnly(): Promise<void> {
    const done = await this.call("session_only", (b) => b.useSessionOnly());
    if (done.ok) this.vaultProblem = null;
    if (!done.ok && done.problem) this.model.problem = done.problem;
  }

  /** Changes some preferences; the program answers with an update. */
  async prefer(change: Partial<Preferences>): Promise<void> {
    const preferences = { ...this.model.preferences, ...change };
    // Shown at once; the program's own word replaces it.
    this.model.preferences = preferences;
    const done = await this.call(`preferences:${++this.#serial}`, (b) => b.setPreferences(preferences));
    if (!done.ok && done.problem) this.model.problem = done.problem;
  }

  /** Does what the one button beside a room's problem says. */
  repair(remedy: Remedy, room: RoomView): void {
    if (this.encoder.repair(remedy, room.id) || this.relay.repair(remedy)) return;
    switch (remedy.kind) {
      case "sign_in":
        return this.showAccounts({ kind: "replace", account: room.account });
      case "show_qr":
        this.dialog = { kind: "qr", room: room.id, url: remedy.qr ?? "" };
        return;
      case "verify":
        this.dialog = { kind: "verify", platform: room.platform, url: remedy.qr ?? "" };
        return;
      case "edit_field":
        if (isOnAir(room) || room.remote !== null) this.dialog = { kind: "edit", room: room.id };
        else this.showTonight(room.id);
        return;
      case "unlock_keyring":
        void this.probeVault();
        return;
      case "open_platform":
        this.dialog = { kind: "link", url: remedy.url ?? "" };
        return;
      default:
        void this.refresh(room.id);
    }
  }
}

/** What became of a call: its value, or its problem; none when the same call was already out. */
export type Called<T> = { ok: true; value: T } | { ok: false; problem: Problem | null };

const KEY = Symbol("app");

export const provideApp = (app: App): App => setContext(KEY, app);
export const useApp = (): App => getContext<App>(KEY);
