import type { ThanksEntry, ThanksView } from "../../ipc/backend";
import { m } from "../../paraglide/messages.js";
import { act } from "../../state/acts";
import type { App } from "../../state/app.svelte";
import { Asking } from "../../state/asking.svelte";
import { placeOf } from "../people/people.svelte";
import { draftFor } from "./words";

export const entryKey = (entry: ThanksEntry): string => `${entry.room}\n${placeOf(entry.person)}`;

const same = (one: ThanksEntry, other: ThanksEntry): boolean =>
  entryKey(one) === entryKey(other) && one.up_to === other.up_to;

/** Entries of a fresh list that the one in sight doesn't have, or has with less in it. */
export const unseen = (seen: readonly ThanksEntry[], fresh: readonly ThanksEntry[]): ThanksEntry[] =>
  fresh.filter((entry) => !seen.some((known) => same(known, entry)));

/** Whom to thank, as the panel shows it. */
export class Thanks {
  /** What stands in the panel. */
  entries = $state.raw<ThanksEntry[]>([]);
  /** What was ticked last, the latest first. */
  done = $state.raw<ThanksEntry[]>([]);
  /** What came since, while the panel is held still for the hand that is in it. */
  waiting = $state.raw<ThanksEntry[] | null>(null);
  /** It was read at least once. */
  read = $state(false);
  held = false;
  readonly asking = new Asking();
  /** Ticked by the window; the program may not have told of it yet. */
  #ticked: ThanksEntry[] = [];

  constructor(private readonly app: App) {}

  /** How many came that the panel doesn't show yet. */
  readonly fresh = $derived(this.waiting ? unseen(this.entries, this.waiting).length : 0);

  toggle(): void {
    this.app.drawer = this.app.drawer?.kind === "thanks" ? null : { kind: "thanks" };
  }

  /** Asks for the list anew. */
  async ask(): Promise<void> {
    await this.asking.ask(
      () => this.app.backend.listThanks(),
      (view) => this.#take(view),
    );
  }

  #take(view: ThanksView): void {
    this.done = view.done;
    this.#ticked = this.#ticked.filter((t) => view.entries.some((e) => same(t, e)));
    const entries = view.entries.filter((e) => !this.#ticked.some((t) => same(t, e)));
    if (this.held && this.read && unseen(this.entries, entries).length > 0) this.waiting = entries;
    else {
      this.entries = entries;
      this.waiting = null;
    }
    this.read = true;
  }

  /** Shows what came meanwhile. */
  catchUp(): void {
    if (!this.waiting) return;
    this.entries = this.waiting;
    this.waiting = null;
  }

  /** Nothing moves while the hand is in the panel. */
  hold(held: boolean): void {
    this.held = held;
    if (!held) this.catchUp();
  }

  /** Ticks an entry: gone at once, and back when the program refuses. */
  async tick(entry: ThanksEntry): Promise<void> {
    this.#ticked.push(entry);
    const without = (list: ThanksEntry[]): ThanksEntry[] => list.filter((e) => !same(e, entry));
    this.entries = without(this.entries);
    if (this.waiting) this.waiting = without(this.waiting);
    this.done = [{ ...entry, thanked_at: this.app.clock.now }, ...this.done];
    await this.#thank(entry, true);
  }

  /** Takes a tick back. */
  async untick(entry: ThanksEntry): Promise<void> {
    this.#ticked = this.#ticked.filter((e) => !same(e, entry));
    this.done = this.done.filter((e) => !same(e, entry));
    this.entries = [...this.entries, { ...entry, thanked_at: null }].sort((a, b) => b.last_at - a.last_at);
    await this.#thank(entry, false);
  }

  async #thank(entry: ThanksEntry, thanked: boolean): Promise<void> {
    const done = await act(this.app, {
      name: `thank:${String(entry.up_to)}:${String(thanked)}`,
      doing: m.person_saving(),
      make: (b) => b.thank(entry.up_to, thanked),
      done: () => "",
    });
    if (!done.ok) this.#ticked = this.#ticked.filter((e) => !same(e, entry));
    await this.ask();
  }

  /** Puts thanks into the chat field, for the streamer to send. */
  draft(entry: ThanksEntry): void {
    const { app } = this;
    const text = draftFor(entry);
    const begun = app.draft.trim();
    app.draft = begun === "" ? text : `${begun} ${text}`;
    app.sayTo = entry.room;
    const { drawer } = app;
    // These have no chat beside them.
    if (app.view === "tonight" || app.view === "run") app.show("room");
    app.pane = "chat";
    // In a window of one column it would stand over the field.
    app.drawer = matchMedia("(max-width: 820px)").matches ? null : drawer;
  }
}
