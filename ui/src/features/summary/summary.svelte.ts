import type { CourseView, Problem, RoomId, SummaryView } from "../../ipc/backend";
import type { App, View } from "../../state/app.svelte";
import { Asking } from "../../state/asking.svelte";
import { exportNames } from "../history/names";
import { summaryNames } from "./words";

/** What became of an evening, as the window shows it. */
export class Summary {
  /** The session it is about; none before one was chosen. */
  session = $state<number | null>(null);
  /** Without the rooms of the same time. */
  alone = $state(false);
  view = $state.raw<SummaryView | null>(null);
  readonly asking = new Asking();
  /** The last sessions with their peaks, oldest first. */
  course = $state.raw<CourseView[]>([]);
  readonly courseAsking = new Asking();
  /** Why saving failed. */
  saveProblem = $state.raw<Problem | null>(null);
  /** Where *back* leads. */
  #from: View = "history";

  constructor(private readonly app: App) {}

  /** Opens the summary of a session. */
  open(session: number): void {
    if (this.app.view !== "summary") this.#from = this.app.view;
    if (session !== this.session) this.view = null;
    this.session = session;
    this.alone = false;
    this.saveProblem = null;
    this.app.show("summary");
    void this.read();
  }

  /** Opens that of rooms that were just on air: their latest session tells which evening it was. */
  async openOf(rooms: readonly RoomId[]): Promise<void> {
    const done = await this.app.call("summary:find", (b) => b.listSessions(null));
    if (!done.ok) {
      if (done.problem) this.app.model.problem = done.problem;
      return;
    }
    const latest = done.value.sessions.find((s) => rooms.includes(s.room));
    if (latest) this.open(latest.id);
    else this.app.show("history");
  }

  async read(): Promise<void> {
    const { session, alone } = this;
    if (session === null) return;
    await this.asking.ask(
      () => this.app.backend.readSummary(session, alone),
      (view) => (this.view = view),
    );
  }

  only(alone: boolean): void {
    this.alone = alone;
    void this.read();
  }

  async readCourse(): Promise<void> {
    await this.courseAsking.ask(
      () => this.app.backend.readCourse(),
      (course) => (this.course = course),
    );
  }

  back(): void {
    this.app.show(this.#from === "summary" ? "history" : this.#from);
  }

  /** Saves the figures as a table; answers the file's name. */
  async saveTable(): Promise<string | null> {
    const { session, alone } = this;
    if (session === null) return null;
    const names = { ...exportNames(), ...summaryNames() };
    return this.#save((b) => b.saveSummary({ session, alone, names }));
  }

  /** Saves a picture that was drawn, a `data:` address. */
  async savePicture(address: string): Promise<string | null> {
    return this.#save((b) => b.savePicture(address.slice(address.indexOf(",") + 1)));
  }

  async #save(make: Parameters<typeof this.app.call<string | null>>[1]): Promise<string | null> {
    this.saveProblem = null;
    const done = await this.app.call("summary:save", make);
    if (done.ok) return done.value;
    this.saveProblem = done.problem;
    return null;
  }
}
