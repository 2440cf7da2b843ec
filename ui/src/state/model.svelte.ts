import type {
  AccountId,
  AccountView,
  Alarm,
  Batch,
  ChatLine,
  EncoderView,
  ExportView,
  JournalEntry,
  MarkedPerson,
  Milestone,
  NoticeSettings,
  OverlaySettings,
  OverlayView,
  Platform,
  PlatformInfo,
  Preferences,
  PreflightView,
  Problem,
  RoomId,
  RelaySettings,
  RelayView,
  Reading,
  RoomView,
  RunView,
  ShortcutAction,
  ShortcutsView,
  SignInView,
  Snapshot,
  Update,
  VaultState,
} from "../ipc/backend";
import { isOnAir } from "../features/room/roomstate";
import { ChatLog } from "./chatlog.svelte";
import { veiledAccounts, veiledRooms } from "./privacy.svelte";

/** Journal entries the window keeps. */
export const JOURNAL_KEPT = 200;
/** Runs the window keeps. */
export const RUNS_KEPT = 16;

/** What is told before anything was set. */
export const NOTICE_DEFAULTS: NoticeSettings = {
  alarms: true,
  platform: true,
  sign_in: true,
  runs: true,
  paid: false,
  milestones: true,
};

/** The relay as it is before anything was set. */
export const RELAY_DEFAULTS: RelaySettings = {
  use_for: "several",
  port: 1936,
  hold_seconds: 30,
  upload_kbps: 0,
  measured_kbps: 0,
  custom: [],
};

/** The overlay as the program sets it at first. */
export const OVERLAY_DEFAULTS: OverlaySettings = {
  on: false,
  port: 7345,
  theme: "outline",
  font_size: 24,
  newest_on_top: false,
  stay_seconds: 0,
  language: "auto",
  messages: true,
  gifts: true,
  super_chats: true,
  members: true,
  likes: false,
  css: "",
};

/** Shortcuts in other programs: none. */
export const SHORTCUT_DEFAULTS: Preferences["shortcuts"] = {
  show: { keys: null, on: false },
  compact: { keys: null, on: false },
  streamer_mode: { keys: null, on: false },
  end: { keys: null, on: false },
};

const NO_PREFERENCES: Preferences = {
  theme: "dark",
  language: "auto",
  text_size: 100,
  tonight: {
    title: "",
    summary: "",
    notice: "",
    cover_url: "",
    area_id: "",
    tags: [],
    visibility: "public",
  },
  chosen: [],
  templates: [],
  last: {},
  streamer_mode: false,
  recent_areas: {},
  sandbox: false,
  encoder: null,
  with_encoder: false,
  blank_key: false,
  notices: NOTICE_DEFAULTS,
  keep_history_days: 0,
  thanks_from: 0,
  overlay: OVERLAY_DEFAULTS,
  relay: RELAY_DEFAULTS,
  shortcuts: SHORTCUT_DEFAULTS,
};

/** A relay that no room uses. */
export const NO_RELAY: RelayView = {
  state: { kind: "off" },
  server: null,
  source: { kind: "absent" },
  video: null,
  audio: null,
  kbps: 0,
  refused: 0,
  targets: [],
  upload: { now_kbps: 0, needed_kbps: 0, budget: { kind: "unknown" }, short: false },
};

/** An overlay that isn't served. */
export const NO_OVERLAY: OverlayView = { state: { kind: "off" }, pages: 0 };

/** Nothing is known of shortcuts yet. */
export const NO_SHORTCUTS: ShortcutsView = { possible: true, rows: [] };

/** An encoder that was never connected. */
export const NO_ENCODER: EncoderView = {
  address: null,
  link: { kind: "off" },
  version: null,
  streaming: false,
  reconnecting: false,
  since: null,
  room: null,
  relay: false,
  former: false,
  busy: null,
  problem: null,
  size: null,
  figures: [],
};

/** What the window knows, as the program told it. Objects are replaced whole, never changed. */
export class Model {
  /** False until the first snapshot. */
  ready = $state(false);
  version = $state("");
  platforms = $state.raw<PlatformInfo[]>([]);
  #accounts = $state.raw<AccountView[]>([]);
  #rooms = $state.raw<RoomView[]>([]);
  #readings = $state.raw<Snapshot["readings"]>({});
  /** As they may be seen: streamer mode hides names and addresses. */
  readonly accounts = $derived(this.#hides ? veiledAccounts(this.#accounts) : this.#accounts);
  readonly rooms = $derived(this.#hides ? veiledRooms(this.#rooms) : this.#rooms);
  readonly log = new ChatLog();
  /** The last runs, oldest first. */
  runs = $state.raw<RunView[]>([]);
  /** The sign-in under way; none when there is none. */
  signIn = $state.raw<SignInView | null>(null);
  /** The last checks before going live. */
  preflight = $state.raw<PreflightView | null>(null);
  /** Oldest first. */
  journal = $state.raw<JournalEntry[]>([]);
  /** OBS. */
  encoder = $state.raw<EncoderView>(NO_ENCODER);
  /** The page that OBS shows the chat with. */
  overlay = $state.raw<OverlayView>(NO_OVERLAY);
  /** One push for all rooms. */
  relay = $state.raw<RelayView>(NO_RELAY);
  /** Everybody with marks. */
  marked = $state.raw<MarkedPerson[]>([]);
  /** Entries of the thanks list. */
  thanksWaiting = $state(0);
  /** Counts how often the program told of it: what is in the list may change and not their number. */
  thanksTold = $state(0);
  /** An export of the history under way. */
  export = $state.raw<ExportView | null>(null);
  /** Alarms that stand, oldest first. */
  alarms = $state.raw<Alarm[]>([]);
  vault = $state.raw<VaultState>({ kind: "unknown" });
  sandbox = $state(false);
  preferences = $state.raw<Preferences>(NO_PREFERENCES);
  systemLanguage = $state("zh-CN");
  /** Something outside any one room went wrong. */
  problem = $state.raw<Problem | null>(null);
  /** Counts how often closing was asked while live. */
  closeAsked = $state(0);
  /** Counts how often a copied key was cleared from the clipboard. */
  clipboardCleared = $state(0);
  /** Shortcuts that work in other programs. */
  shortcuts = $state.raw<ShortcutsView>(NO_SHORTCUTS);
  /** Those that were pressed, and what they do in the window isn't done yet. */
  pressed = $state.raw<ShortcutAction[]>([]);
  /** What was reached and isn't said yet. */
  milestones = $state.raw<Milestone[]>([]);

  readonly liveRooms = $derived(this.rooms.filter(isOnAir));
  /** Live rooms of the streamer's own; a room that is only watched (Taobao) isn't one. */
  readonly onAir = $derived(this.liveRooms.filter((r) => this.platform(r.platform)?.abilities.end));
  /** When the evening began: the earliest start among own live rooms, ms since 1970. */
  readonly liveSince = $derived(
    this.onAir.reduce<number | null>(
      (least, r) => (r.started_at === null ? least : Math.min(least ?? r.started_at, r.started_at)),
      null,
    ),
  );

  get #hides(): boolean {
    return this.preferences.streamer_mode;
  }

  /** The chat lines kept, oldest first; one array, changed in place. */
  get chat(): readonly ChatLine[] {
    return this.log.lines;
  }

  room(id: RoomId | null): RoomView | undefined {
    return this.rooms.find((r) => r.id === id);
  }

  /** Earlier figures of a room, oldest first. */
  readings(id: RoomId): readonly Reading[] {
    return this.#readings[id] ?? [];
  }

  account(id: AccountId | null): AccountView | undefined {
    return this.accounts.find((a) => a.id === id);
  }

  platform(platform: Platform): PlatformInfo | undefined {
    return this.platforms.find((p) => p.platform === platform);
  }

  /** The latest run. */
  get run(): RunView | null {
    return this.runs.at(-1) ?? null;
  }

  /** A run as a call or an update told it; what is older than what is known changes nothing. */
  takeRun(run: RunView): void {
    const known = this.runs.find((r) => r.id === run.id);
    if (known?.finished_at != null && run.finished_at === null) return;
    this.runs = put(this.runs, run).slice(-RUNS_KEPT);
  }

  /** Checks as a call or an update told them; what is older than what is known changes nothing. */
  takePreflight(view: PreflightView): void {
    const known = this.preflight;
    if (known && (known.id > view.id || (known.id === view.id && known.finished_at !== null))) return;
    this.preflight = view;
  }

  apply(batch: Batch): void {
    for (const update of batch.updates) this.#update(update);
  }

  #update(update: Update): void {
    switch (update.kind) {
      case "snapshot":
        return this.#replace(update.snapshot);
      case "account":
        this.#accounts = put(this.#accounts, update.account);
        return;
      case "account_gone":
        this.#accounts = this.#accounts.filter((a) => a.id !== update.id);
        this.#rooms = this.#rooms.filter((r) => r.account !== update.id);
        return;
      case "room":
        this.#rooms = put(this.#rooms, update.room);
        return;
      case "room_gone":
        this.#rooms = this.#rooms.filter((r) => r.id !== update.id);
        this.#readings = Object.fromEntries(
          Object.entries(this.#readings).filter(([id]) => id !== update.id),
        );
        return;
      case "readings": {
        const before = update.whole ? [] : this.readings(update.room);
        this.#readings = { ...this.#readings, [update.room]: [...before, ...update.readings] };
        return;
      }
      case "chat_recalled":
        return this.log.recall(update.ids);
      case "chat":
        return this.log.add(update.lines, update.skipped);
      case "sign_in":
        this.signIn = update.sign_in;
        return;
      case "preflight":
        return this.takePreflight(update.preflight);
      case "run":
        return this.takeRun(update.run);
      case "journal":
        this.journal = put(this.journal, update.entry).slice(-JOURNAL_KEPT);
        return;
      case "encoder":
        this.encoder = update.encoder;
        return;
      case "relay":
        this.relay = update.relay;
        return;
      case "overlay":
        this.overlay = update.overlay;
        return;
      case "export":
        this.export = update.export;
        return;
      case "marked":
        this.marked = mark(this.marked, update.marked);
        return;
      case "thanks":
        this.thanksWaiting = update.waiting;
        this.thanksTold += 1;
        return;
      case "alarms":
        this.alarms = update.alarms;
        return;
      case "vault":
        this.vault = update.vault;
        return;
      case "sandbox":
        this.sandbox = update.on;
        return;
      case "preferences":
        this.preferences = update.preferences;
        return;
      case "shortcuts":
        this.shortcuts = update.shortcuts;
        return;
      case "shortcut_pressed":
        this.pressed = [...this.pressed, update.action];
        return;
      case "close_asked":
        this.closeAsked += 1;
        return;
      case "clipboard_cleared":
        this.clipboardCleared += 1;
        return;
      case "milestone":
        this.milestones = [...this.milestones, update.milestone];
        return;
      case "problem":
        this.problem = update.problem;
        return;
    }
  }

  #replace(s: Snapshot): void {
    this.version = s.version;
    this.platforms = s.platforms;
    this.#accounts = s.accounts;
    this.#rooms = s.rooms;
    this.#readings = s.readings;
    this.log.replace(s.chat, s.pinned);
    this.runs = s.run ? [s.run] : [];
    this.signIn = s.sign_in;
    this.preflight = s.preflight;
    this.journal = s.journal.slice(-JOURNAL_KEPT);
    this.encoder = s.encoder;
    this.overlay = s.overlay;
    this.relay = s.relay;
    this.shortcuts = s.shortcuts;
    this.marked = s.marked;
    this.thanksWaiting = s.thanks_waiting;
    this.alarms = s.alarms;
    this.vault = s.vault;
    this.sandbox = s.sandbox;
    this.preferences = s.preferences;
    this.systemLanguage = s.system_language;
    this.ready = true;
  }
}

/** Replaces the entry with the same id, else adds it at the end. */
function put<T extends { id: string | number }>(list: T[], entry: T): T[] {
  const at = list.findIndex((e) => e.id === entry.id);
  return at < 0 ? [...list, entry] : list.with(at, entry);
}

/** Replaces a person's marks; empty ones take the person out. */
function mark(list: MarkedPerson[], fresh: MarkedPerson): MarkedPerson[] {
  const { platform, sandbox } = fresh.person;
  const others = list.filter(
    ({ key, person }) => key !== fresh.key || person.platform !== platform || person.sandbox !== sandbox,
  );
  const { note, favourite, watch, hidden } = fresh.marks;
  return note !== "" || favourite || watch || hidden ? [...others, fresh] : others;
}
