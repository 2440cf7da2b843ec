import { tick } from "svelte";
import type { HistoryLine, HistoryPerson, Problem, SessionView } from "../../ipc/backend";
import type { App } from "../../state/app.svelte";
import { Asking } from "../../state/asking.svelte";
import { admits, ANYTHING, asks, forLines, queryOf, type Wanted } from "./query";

/** Lines of a session that are kept; further ones are fetched again. */
const LINES_KEPT = 3_000;
/** Found lines that are listed at most: who gets there narrows the search. */
const FOUND_KEPT = 10_000;
/** Sessions that are listed at most. */
const SESSIONS_KEPT = 5_000;
/** Time after the last key before a search begins. */
const TYPING_MS = 150;

/** A session that is being read. */
export class Reading {
  lines = $state.raw<HistoryLine[]>([]);
  /** There are lines before the first, and after the last. */
  older = $state(false);
  newer = $state(false);
  /** Lines were put in front, or taken from there: what is read stays where it is. */
  front = $state(false);
  readonly asking = new Asking();

  constructor(
    private readonly app: App,
    readonly session: SessionView,
    /** The line that was jumped to. */
    readonly target: number | null,
  ) {}

  /** Reads around the line, or the session's end. */
  async begin(): Promise<void> {
    const { target, session } = this;
    if (target === null) {
      await this.asking.ask(
        () => this.app.backend.searchHistory({ ...queryOf(ANYTHING, 0, null), session: session.id }),
        (page) => {
          this.lines = page.lines.toReversed();
          this.older = page.before !== null;
          this.newer = session.live;
        },
      );
    } else {
      await this.asking.ask(
        () => this.app.backend.historyAround(target),
        (page) => {
          this.lines = page.lines;
          this.older = page.before !== null;
          this.newer = true;
        },
      );
    }
  }

  async before(): Promise<void> {
    const first = this.lines[0];
    if (!first || !this.older || this.asking.busy) return;
    await this.asking.ask(
      () => this.app.backend.searchHistory({ ...queryOf(ANYTHING, 0, first.id), session: this.session.id }),
      (page) => {
        this.front = true;
        this.lines = [...page.lines.toReversed(), ...this.lines];
        this.older = page.before !== null;
      },
    );
    if (this.lines.length <= LINES_KEPT) return;
    await tick();
    this.front = false;
    this.lines = this.lines.slice(0, LINES_KEPT);
    this.newer = true;
  }

  async after(): Promise<void> {
    const last = this.lines.at(-1);
    if (!last || !this.newer || this.asking.busy) return;
    await this.asking.ask(
      () => this.app.backend.historyAround(last.id),
      (page) => {
        const more = page.lines.filter((l) => l.id > last.id);
        this.front = false;
        this.lines = [...this.lines, ...more];
        // What is on air goes on: its end is asked for again by whoever comes back to it.
        this.newer = more.length > 0;
      },
    );
    if (this.lines.length <= LINES_KEPT) return;
    await tick();
    this.front = true;
    this.lines = this.lines.slice(-LINES_KEPT);
    this.older = true;
  }
}

/** The history as the window shows it. It outlives a change of view, so that coming back finds the search. */
export class History {
  wanted = $state.raw<Wanted>(ANYTHING);
  /** Sessions, newest first. */
  sessions = $state.raw<SessionView[]>([]);
  #sessionsBefore: number | null = null;
  moreSessions = $state(false);
  /** The list was read at least once. */
  listed = $state(false);
  readonly listing = new Asking();

  found = $state.raw<HistoryLine[]>([]);
  /** The sessions of what was found, and of what was listed. */
  readonly known = $state<Record<number, SessionView>>({});
  #foundBefore: number | null = null;
  moreFound = $state(false);
  /** What `found` answers. */
  searched = $state.raw<Wanted | null>(null);
  readonly searching = new Asking();

  reading = $state.raw<Reading | null>(null);
  /** The place in either list, kept for coming back. */
  active = $state(-1);
  #typing = 0;

  constructor(private readonly app: App) {}

  /** Lines are looked for, rather than sessions chosen. */
  readonly lookingForLines = $derived(forLines(this.wanted));
  readonly asked = $derived(asks(this.wanted));
  readonly shown = $derived(this.sessions.filter((s) => admits(this.wanted, s, this.app.clock.now)));

  /** Reads what the page begins with. */
  open(): void {
    void this.list();
    if (this.lookingForLines && this.searched === null) void this.search();
  }

  async list(): Promise<void> {
    await this.listing.ask(
      () => this.app.backend.listSessions(null),
      (page) => {
        this.sessions = page.sessions;
        this.#sessionsBefore = page.before;
        this.moreSessions = page.before !== null;
        this.listed = true;
        this.#know(page.sessions);
      },
    );
  }

  async listMore(): Promise<void> {
    const before = this.#sessionsBefore;
    if (before === null || this.listing.busy || this.sessions.length >= SESSIONS_KEPT) return;
    await this.listing.ask(
      () => this.app.backend.listSessions(before),
      (page) => {
        this.sessions = [...this.sessions, ...page.sessions];
        this.#sessionsBefore = page.before;
        this.moreSessions = page.before !== null && this.sessions.length < SESSIONS_KEPT;
        this.#know(page.sessions);
      },
    );
  }

  /** Changes what is looked for; what is typed waits for a moment. */
  want(change: Partial<Wanted>): void {
    this.wanted = { ...this.wanted, ...change };
    this.active = -1;
    clearTimeout(this.#typing);
    if (!this.lookingForLines) {
      this.searching.drop();
      this.found = [];
      this.searched = null;
      return;
    }
    if ("words" in change) this.#typing = window.setTimeout(() => void this.search(), TYPING_MS);
    else void this.search();
  }

  clear(): void {
    this.want({ ...ANYTHING });
  }

  /** Looks for everything that somebody said. */
  byPerson(person: HistoryPerson): void {
    this.reading = null;
    this.want({ ...ANYTHING, person });
  }

  async search(): Promise<void> {
    clearTimeout(this.#typing);
    const { wanted } = this;
    await this.searching.ask(
      () => this.app.backend.searchHistory(queryOf(wanted, this.app.clock.now, null)),
      (page) => {
        this.found = page.lines;
        this.#foundBefore = page.before;
        this.moreFound = page.before !== null;
        this.searched = wanted;
        this.active = -1;
        this.#know(page.sessions);
      },
    );
  }

  async searchMore(): Promise<void> {
    const [before, wanted] = [this.#foundBefore, this.searched];
    if (before === null || wanted === null || this.searching.busy || !this.moreFound) return;
    await this.searching.ask(
      () => this.app.backend.searchHistory(queryOf(wanted, this.app.clock.now, before)),
      (page) => {
        this.found = [...this.found, ...page.lines];
        this.#foundBefore = page.before;
        this.moreFound = page.before !== null && this.found.length < FOUND_KEPT;
        this.#know(page.sessions);
      },
    );
  }

  /** Opens a session at a line, or at its end. */
  read(session: SessionView, target: number | null = null): void {
    this.reading = new Reading(this.app, session, target);
    void this.reading.begin();
  }

  /** Opens the session of a line that was found. */
  jump(line: HistoryLine): void {
    const session = this.known[line.session];
    if (session) this.read(session, line.id);
  }

  back(): void {
    this.reading = null;
  }

  /** Deletes a session, and all that was found in it. */
  async remove(session: SessionView): Promise<Problem | null> {
    const done = await this.app.call(`session:${session.id}`, (b) => b.deleteSession(session.id));
    if (!done.ok) return done.problem;
    this.sessions = this.sessions.filter((s) => s.id !== session.id);
    this.found = this.found.filter((l) => l.session !== session.id);
    this.active = -1;
    if (this.reading?.session.id === session.id) this.reading = null;
    return null;
  }

  #know(sessions: SessionView[]): void {
    for (const session of sessions) this.known[session.id] = session;
  }
}
