import type { Backend, Batch, RunRoom, Snapshot, Update } from "./backend";

type Call = { [K in keyof Backend]: { name: K; args: Parameters<Backend[K]> } }[keyof Backend];
type Answers = { [K in keyof Backend]?: (...args: Parameters<Backend[K]>) => unknown };

/**
 * A scripted program, for tests and for the page of designed states: it hands out one snapshot and the
 * updates it is told to, notes every call, and answers as it was taught.
 */
export class FakeBackend implements Backend {
  readonly calls: Call[] = [];
  #receive: ((batch: Batch) => void) | null = null;
  #seq = 0;
  /** Ends the stream. */
  lose: () => void = () => undefined;

  constructor(
    public snapshot: Snapshot,
    private readonly answers: Answers = {},
  ) {}

  /** Sends a batch of updates; `seq` may be given to make a gap. */
  push(updates: Update[], seq = this.#seq): void {
    this.#seq = seq + 1;
    this.#receive?.({ seq, updates });
  }

  /** Calls of one command, in order. */
  of<K extends keyof Backend>(name: K): Parameters<Backend[K]>[] {
    return this.calls.filter((c) => c.name === name).map((c) => c.args as Parameters<Backend[K]>);
  }

  subscribe: Backend["subscribe"] = (receive, lost) => {
    this.calls.push({ name: "subscribe", args: [receive, lost] });
    this.#receive = receive;
    this.lose = lost;
    this.#seq = 0;
    this.push([{ kind: "snapshot", snapshot: this.snapshot }]);
    return Promise.resolve();
  };

  drawn: Backend["drawn"] = (seq) => void this.calls.push({ name: "drawn", args: [seq] });
  connectAccount = this.#answer("connectAccount", () => "account-new");
  replaceCredentials = this.#answer("replaceCredentials", () => undefined);
  checkAccount = this.#answer("checkAccount", () => undefined);
  forgetAccount = this.#answer("forgetAccount", () => ({ revoke_problem: null }));
  beginSignIn = this.#answer("beginSignIn", () => undefined);
  answerSignIn = this.#answer("answerSignIn", () => undefined);
  renewSignIn = this.#answer("renewSignIn", () => undefined);
  cancelSignIn = this.#answer("cancelSignIn", () => undefined);
  openSignInPage = this.#answer("openSignInPage", () => undefined);
  importAccountFile = this.#answer("importAccountFile", () => true);
  accountPicture = this.#answer("accountPicture", () => null);
  preflight = this.#answer("preflight", ({ rooms }) => ({
    id: 1,
    finished_at: 0,
    rooms: rooms.map((room) => ({ room, checks: [] })),
  }));
  uploadCover = this.#answer("uploadCover", (room) => `https://img.example/${room}.jpg`);
  goLive = this.#answer("goLive", (request) => ({
    id: 1,
    going_live: true,
    started_at: 0,
    finished_at: null,
    rooms: request.rooms.map((room): RunRoom => ({
      room,
      state: { kind: "working" },
      steps: [{ step: "start", done: false }],
      took_ms: null,
    })),
    encoder: request.encoder
      ? { room: request.encoder, state: { kind: "working" }, steps: [{ step: "rooms", done: false }] }
      : null,
    relay: request.relay ? { kind: "working" } : null,
  }));
  endBroadcast = this.#answer("endBroadcast", (rooms, withEncoder) => ({
    id: 2,
    going_live: false,
    started_at: 0,
    finished_at: 1,
    rooms: rooms.map((room): RunRoom => ({ room, state: { kind: "done" }, steps: [], took_ms: 1 })),
    encoder: withEncoder ? { room: null, state: { kind: "done" }, steps: [] } : null,
    relay: null,
  }));
  deleteRoom = this.#answer("deleteRoom", () => undefined);
  editRoom = this.#answer("editRoom", () => undefined);
  refreshRoom = this.#answer("refreshRoom", () => undefined);
  settleLost = this.#answer("settleLost", () => undefined);
  copyPush = this.#answer("copyPush", () => undefined);
  revealKey = this.#answer("revealKey", () => "demo-key-not-real?sign=0000");
  exportPush = this.#answer("exportPush", () => true);
  findEncoder = this.#answer("findEncoder", () => "ready");
  connectEncoder = this.#answer("connectEncoder", () => undefined);
  forgetEncoder = this.#answer("forgetEncoder", () => undefined);
  sendToEncoder = this.#answer("sendToEncoder", () => undefined);
  restoreEncoder = this.#answer("restoreEncoder", () => undefined);
  startEncoder = this.#answer("startEncoder", () => undefined);
  stopEncoder = this.#answer("stopEncoder", () => undefined);
  alarmSeen = this.#answer("alarmSeen", () => undefined);
  setOverlay = this.#answer("setOverlay", () => undefined);
  copyOverlay = this.#answer("copyOverlay", () => undefined);
  renewOverlay = this.#answer("renewOverlay", () => undefined);
  setRelay = this.#answer("setRelay", () => undefined);
  setRelayTarget = this.#answer("setRelayTarget", () => "custom-1");
  forgetRelayTarget = this.#answer("forgetRelayTarget", () => undefined);
  addToRelay = this.#answer("addToRelay", () => undefined);
  removeFromRelay = this.#answer("removeFromRelay", () => undefined);
  pauseRelayTarget = this.#answer("pauseRelayTarget", () => undefined);
  resumeRelayTarget = this.#answer("resumeRelayTarget", () => undefined);
  sendRelayToEncoder = this.#answer("sendRelayToEncoder", () => undefined);
  copyRelay = this.#answer("copyRelay", () => undefined);
  exportRelay = this.#answer("exportRelay", () => true);
  say = this.#answer("say", (rooms) => rooms.map((room) => ({ room, problem: null })));
  listSessions = this.#answer("listSessions", () => ({ sessions: [], before: null }));
  searchHistory = this.#answer("searchHistory", () => ({ lines: [], sessions: [], before: null }));
  historyAround = this.#answer("historyAround", () => ({ lines: [], sessions: [], before: null }));
  exportHistory = this.#answer("exportHistory", () => ({
    lines: 1_000,
    sessions: 1,
    bytes: 48_000,
    file: "kaibo.csv",
  }));
  saveSession = this.#answer("saveSession", () => ({
    lines: 1_000,
    sessions: 1,
    bytes: 21_000,
    file: "kaibo.zip",
  }));
  cancelExport = this.#answer("cancelExport", () => undefined);
  readSummary = this.#answer("readSummary", () => {
    throw new Error("no summary was taught");
  });
  readCourse = this.#answer("readCourse", () => []);
  saveSummary = this.#answer("saveSummary", () => "kaibo.csv");
  savePicture = this.#answer("savePicture", () => "kaibo.png");
  deleteSession = this.#answer("deleteSession", () => undefined);
  markPerson = this.#answer("markPerson", () => undefined);
  readPerson = this.#answer("readPerson", (person) => ({
    person,
    first_seen: null,
    last_seen: null,
    sessions: 0,
    lines: 0,
    messages: 0,
    gifts: 0,
    worth: 0,
    tonight: { lines: 0, gifts: 0, worth: 0 },
    names: [person.name],
    marks: { note: "", favourite: false, watch: false, hidden: false },
  }));
  listThanks = this.#answer("listThanks", () => ({ entries: [], done: [], bar: 0 }));
  thank = this.#answer("thank", () => undefined);
  listAreas = this.#answer("listAreas", () => []);
  mutePerson = this.#answer("mutePerson", (_room, id) => ({ id, name: id, by: "", at: 0, until: null }));
  unmutePerson = this.#answer("unmutePerson", () => undefined);
  listMuted = this.#answer("listMuted", () => ({ people: [], total: 0, pages: 1 }));
  listBlockedWords = this.#answer("listBlockedWords", () => ({ words: [], limit: 200 }));
  blockWord = this.#answer("blockWord", () => true);
  unblockWord = this.#answer("unblockWord", () => undefined);
  readSilence = this.#answer("readSilence", () => ({ kind: "off", level: 0, minutes: 0 }));
  setSilence = this.#answer("setSilence", (_room, silence) => silence);
  listModerators = this.#answer("listModerators", () => ({ people: [], total: 0, pages: 1, max: 100 }));
  appointModerator = this.#answer("appointModerator", () => undefined);
  dismissModerator = this.#answer("dismissModerator", () => undefined);
  setPreferences = this.#answer("setPreferences", () => undefined);
  setShortcut = this.#answer("setShortcut", () => null);
  resetShortcuts = this.#answer("resetShortcuts", () => undefined);
  holdShortcuts = this.#answer("holdShortcuts", () => undefined);
  probeVault = this.#answer("probeVault", () => ({ kind: "unlocked" }));
  useSessionOnly = this.#answer("useSessionOnly", () => undefined);
  qrCode = this.#answer("qrCode", () => ({ size: 1, rows: ["1"] }));
  openLink = this.#answer("openLink", () => undefined);
  setCompact = this.#answer("setCompact", () => undefined);
  exportLog = this.#answer("exportLog", () => "kaibo.zip");
  updatesOn = this.#answer("updatesOn", () => false);
  lookForUpdate = this.#answer("lookForUpdate", () => null);
  installUpdate = this.#answer("installUpdate", () => undefined);
  closeWindow = this.#answer("closeWindow", () => undefined);

  #answer<K extends keyof Backend>(
    name: K,
    usual: (...args: Parameters<Backend[K]>) => Awaited<ReturnType<Backend[K]>>,
  ): Backend[K] {
    const call = async (...args: Parameters<Backend[K]>): Promise<unknown> => {
      this.calls.push({ name, args } as Call);
      const taught = this.answers[name] as ((...args: Parameters<Backend[K]>) => unknown) | undefined;
      return taught ? taught(...args) : usual(...args);
    };
    return call as Backend[K];
  }
}
