import type { HistoryLine, PersonRef, PersonView, SessionView } from "../../ipc/backend";
import type { App } from "../../state/app.svelte";
import { Asking } from "../../state/asking.svelte";
import { ANYTHING, queryOf } from "../history/query";

/** Lines that are listed at most; the history has the rest. */
const LINES_KEPT = 5_000;

/** What is known of a person, and what they said: read when they are opened. */
export class Said {
  view = $state.raw<PersonView | null>(null);
  /** Newest first. */
  lines = $state.raw<HistoryLine[]>([]);
  /** The lines were read at least once. */
  read = $state(false);
  readonly reading = new Asking();
  readonly listing = new Asking();
  readonly sessions = $state<Record<number, SessionView>>({});
  #before: number | null = null;

  constructor(
    private readonly app: App,
    private readonly person: PersonRef,
  ) {}

  begin(): void {
    void this.reading.ask(
      () => this.app.backend.readPerson(this.person),
      (view) => (this.view = view),
    );
    void this.#page(null);
  }

  more(): void {
    if (this.#before === null || this.listing.busy || this.lines.length >= LINES_KEPT) return;
    void this.#page(this.#before);
  }

  /** Opens the history where a line was said. */
  jump(line: HistoryLine): void {
    const session = this.sessions[line.session];
    if (!session) return;
    this.app.history.read(session, line.id);
    this.app.show("history");
  }

  async #page(before: number | null): Promise<void> {
    const { platform, id, name } = this.person;
    const wanted = { ...ANYTHING, person: { platform, id, name } };
    await this.listing.ask(
      () => this.app.backend.searchHistory(queryOf(wanted, this.app.clock.now, before)),
      (page) => {
        this.lines = before === null ? page.lines : [...this.lines, ...page.lines];
        this.#before = page.before;
        this.read = true;
        for (const session of page.sessions) this.sessions[session.id] = session;
      },
    );
  }
}
