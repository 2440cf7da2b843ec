import type {
  AccountDraft,
  AccountId,
  Area,
  Batch,
  BlockedWords,
  CourseView,
  CustomTargetForm,
  Edit,
  EncoderForm,
  EncoderFound,
  ExportDone,
  Forgotten,
  GoLive,
  HistoryExport,
  HistoryPage,
  HistoryQuery,
  KeysRefused,
  ModeratorPage,
  MutedPage,
  MutedPerson,
  MuteFor,
  Marks,
  OverlaySettings,
  PersonRef,
  PersonView,
  Preferences,
  PreflightView,
  Problem,
  PushExport,
  PushPart,
  QrCode,
  RelayEngine,
  RelaySettings,
  RelayTarget,
  RemoteId,
  RoomId,
  RunView,
  Said,
  SessionFile,
  SessionPage,
  ShortcutAction,
  SignInRequest,
  Silence,
  SummaryTable,
  SummaryView,
  ThanksView,
  UpdateProgress,
  UpdateView,
  VaultState,
} from "./types/kaibo";

export type * from "./types/kaibo";

/**
 * What the program does for the window. Every call may reject with a {@link Problem}; use
 * {@link toProblem} on whatever was caught.
 */
export interface Backend {
  /**
   * Starts the stream of batches anew: batch 0 holds the snapshot. Ends the earlier stream. `lost` is called when no
   * more will come of this one.
   */
  subscribe(receive: (batch: Batch) => void, lost: () => void): Promise<void>;
  /** Tells that batch `seq` and all before it were drawn: no more than two wait for that. */
  drawn(seq: number): void;
  connectAccount(draft: AccountDraft): Promise<AccountId>;
  replaceCredentials(account: AccountId, fields: Record<string, string>): Promise<void>;
  checkAccount(account: AccountId): Promise<void>;
  /** Takes the sign-in back where the platform can, and removes every secret; the journal only when asked. */
  forgetAccount(account: AccountId, withHistory: boolean): Promise<Forgotten>;
  /** Begins to sign in other than by form; what happens comes as `sign_in` updates. Ends an earlier one. */
  beginSignIn(request: SignInRequest): Promise<void>;
  /** Hands over what was pasted: the browser's last address, or the code alone. */
  answerSignIn(text: string): Promise<void>;
  /** A new code, or the same sign-in once more after it failed. */
  renewSignIn(): Promise<void>;
  cancelSignIn(): Promise<void>;
  /** Opens the platform's page of the sign-in under way in the browser. */
  openSignInPage(): Promise<void>;
  /** Asks for a file and reads the account's fields from it; false when the streamer chose none. */
  importAccountFile(account: AccountId): Promise<boolean>;
  /** The account's picture as a `data:` address. */
  accountPicture(account: AccountId): Promise<string | null>;
  /** Looks over rooms before going live; the steps come as `preflight` updates. */
  preflight(request: GoLive): Promise<PreflightView>;
  /** Uploads a cover, a JPEG in base64, to a room's platform; answers its address there. */
  uploadCover(room: RoomId, jpeg: string): Promise<string>;
  goLive(request: GoLive): Promise<RunView>;
  /** Ends rooms; `withEncoder` stops the encoder first. */
  endBroadcast(rooms: RoomId[], withEncoder: boolean): Promise<RunView>;
  deleteRoom(room: RoomId): Promise<void>;
  editRoom(room: RoomId, edit: Edit): Promise<void>;
  refreshRoom(room: RoomId): Promise<void>;
  /**
   * The streamer looked for the live that may have been made (`lost_since`): its id, or `null` when there is none and
   * another may be made.
   */
  settleLost(room: RoomId, found: RemoteId | null): Promise<void>;
  /** Puts a part of the push address on the clipboard; the key never passes through the window. */
  copyPush(room: RoomId, part: PushPart): Promise<void>;
  /** The stream key, to be shown for ten seconds and then dropped. */
  revealKey(room: RoomId): Promise<string>;
  /**
   * Hands push addresses to another program: into a file that is asked for, or onto the clipboard; false when
   * no file was chosen.
   */
  exportPush(rooms: RoomId[], format: PushExport): Promise<boolean>;
  /** Reads the settings of the encoder on this computer, and connects with them. Ask the streamer first. */
  findEncoder(): Promise<EncoderFound>;
  connectEncoder(form: EncoderForm): Promise<void>;
  /** Forgets address and password; what the encoder is doing goes on. */
  forgetEncoder(): Promise<void>;
  /** Puts a room's push address into the encoder, and reads it back. */
  sendToEncoder(room: RoomId): Promise<void>;
  /** Puts the encoder's former settings back. */
  restoreEncoder(): Promise<void>;
  startEncoder(): Promise<void>;
  stopEncoder(): Promise<void>;
  /** The streamer has seen an alarm: it makes no more noise. */
  alarmSeen(id: number): Promise<void>;
  /** Sets what the overlay shows, and whether it is served. */
  setOverlay(settings: OverlaySettings): Promise<void>;
  /** Puts the overlay's address on the clipboard; it never passes through the window. */
  copyOverlay(): Promise<void>;
  /** Makes another address; pages with the former end. */
  renewOverlay(): Promise<void>;
  /** Sets how the relay is used; custom targets have commands of their own. */
  setRelay(settings: RelaySettings): Promise<void>;
  /** Makes or changes an address of the streamer's own, and answers its id. */
  setRelayTarget(target: CustomTargetForm): Promise<string>;
  /** Forgets it and its key; a running relay stops sending there. */
  forgetRelayTarget(id: string): Promise<void>;
  /** Hands the push on there too; starts the relay if it is off. */
  addToRelay(target: RelayTarget): Promise<void>;
  removeFromRelay(target: RelayTarget): Promise<void>;
  pauseRelayTarget(target: RelayTarget): Promise<void>;
  /** Takes up what was paused, or what stopped by a failure. */
  resumeRelayTarget(target: RelayTarget): Promise<void>;
  /** Puts the relay's address into the encoder, and reads it back. */
  sendRelayToEncoder(): Promise<void>;
  /** Puts a part of the relay's address on the clipboard; the key never passes through the window. */
  copyRelay(part: PushPart): Promise<void>;
  /** Asks for a file and writes another program's configuration with keys; false when no file was chosen. */
  exportRelay(engine: RelayEngine, targets: RelayTarget[]): Promise<boolean>;
  say(rooms: RoomId[], text: string): Promise<Said[]>;
  /** Sessions, newest first; `before` asks for the page after one that named it. */
  listSessions(before: number | null): Promise<SessionPage>;
  /** Looks for lines in the history; newest first. */
  searchHistory(query: HistoryQuery): Promise<HistoryPage>;
  /** A line with those before and after it in its session; oldest first. */
  historyAround(line: number): Promise<HistoryPage>;
  deleteSession(session: number): Promise<void>;
  /**
   * Asks for a file and writes lines of the history into it; none when no file was chosen or it was stopped. How
   * far it is comes as `export` updates.
   */
  exportHistory(request: HistoryExport): Promise<ExportDone | null>;
  /** The same for one session with all that is known of it, in an archive. */
  saveSession(request: SessionFile): Promise<ExportDone | null>;
  cancelExport(): Promise<void>;
  /** What became of a session and, unless `alone`, of those on air at the same time. */
  readSummary(session: number, alone: boolean): Promise<SummaryView>;
  /** The last sessions with their peaks, oldest first. */
  readCourse(): Promise<CourseView[]>;
  /** Asks for a file and writes a summary as a table; answers the file's name, none when none was chosen. */
  saveSummary(request: SummaryTable): Promise<string | null>;
  /** The same for a picture that the page drew: a PNG in base64. */
  savePicture(png: string): Promise<string | null>;
  /** Replaces what is noted of a person; empty marks take the person out. What stands comes as `marked` updates. */
  markPerson(person: PersonRef, marks: Marks): Promise<void>;
  /** What is known of a person. Their lines come by `searchHistory` with `person`. */
  readPerson(person: PersonRef): Promise<PersonView>;
  /** Whom to thank; ask again at a `thanks` update. */
  listThanks(): Promise<ThanksView>;
  /** Ticks the entry with that `up_to`, or undoes the tick. */
  thank(upTo: number, thanked: boolean): Promise<void>;
  listAreas(room: RoomId): Promise<Area[]>;
  /**
   * Mutes somebody by the platform's id; `line` is what they said. Answers what the platform's list then has. The
   * streamer's own id is refused.
   */
  mutePerson(room: RoomId, person: string, howLong: MuteFor, line: string): Promise<MutedPerson>;
  unmutePerson(room: RoomId, person: string): Promise<void>;
  /** A page of the muted, from 1. */
  listMuted(room: RoomId, page: number): Promise<MutedPage>;
  listBlockedWords(room: RoomId): Promise<BlockedWords>;
  /** False when the word was blocked already: then there is nothing to undo. */
  blockWord(room: RoomId, word: string): Promise<boolean>;
  unblockWord(room: RoomId, word: string): Promise<void>;
  readSilence(room: RoomId): Promise<Silence>;
  /** Silences the room for 30 or 60 minutes, or ends that (`off`); answers what the platform then has. */
  setSilence(room: RoomId, silence: Silence): Promise<Silence>;
  /** A page of the moderators, from 1. */
  listModerators(room: RoomId, page: number): Promise<ModeratorPage>;
  appointModerator(room: RoomId, person: string): Promise<void>;
  dismissModerator(room: RoomId, person: string): Promise<void>;
  setPreferences(preferences: Preferences): Promise<void>;
  /**
   * Sets a shortcut that works in other programs; `keys` null: its usual ones. Answers why the keys can't be one; then
   * nothing has changed.
   */
  setShortcut(action: ShortcutAction, keys: string | null, on: boolean): Promise<KeysRefused | null>;
  /** Their usual keys, and all off. */
  resetShortcuts(): Promise<void>;
  /** Lets go of their keys while others are being chosen, a minute at most, or takes them again. */
  holdShortcuts(on: boolean): Promise<void>;
  probeVault(): Promise<VaultState>;
  useSessionOnly(): Promise<void>;
  qrCode(text: string): Promise<QrCode>;
  /** Opens an address in the browser. Ask the streamer first. */
  openLink(url: string): Promise<void>;
  /** Makes the window small and keeps it above others, or full again. */
  setCompact(on: boolean): Promise<void>;
  /** Asks for a file and writes the redacted log into it; answers its name, none when none was chosen. */
  exportLog(): Promise<string | null>;
  /** Can newer versions be looked for? Nothing goes out. */
  updatesOn(): Promise<boolean>;
  /** Asks where Kaibo is published; none when this is the newest version. */
  lookForUpdate(): Promise<UpdateView | null>;
  /** Installs what was found last and starts it, so only a refusal comes back; `tell` hears how far the download is. */
  installUpdate(tell: (progress: UpdateProgress) => void): Promise<void>;
  closeWindow(): Promise<void>;
}

/** Makes a {@link Problem} of anything a call rejected with: a refusal by the ACL is a bare string. */
export function toProblem(caught: unknown): Problem {
  if (typeof caught === "object" && caught !== null && "code" in caught) {
    const { code } = caught;
    if (typeof code === "object" && code !== null && "kind" in code) return caught as Problem;
  }
  return {
    code: { kind: "internal" },
    platform: null,
    platform_code: null,
    message: typeof caught === "string" ? caught.slice(0, 300) : null,
    retry_after: null,
    detail_id: "",
  };
}
