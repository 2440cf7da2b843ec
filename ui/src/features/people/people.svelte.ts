import { untrack } from "svelte";
import type { Backend, ChatLine, Marks, PersonRef, RoomId } from "../../ipc/backend";
import { m } from "../../paraglide/messages.js";
import { act } from "../../state/acts";
import type { App } from "../../state/app.svelte";

/** What can stand beside the chat. */
export type Drawer =
  | { kind: "thanks" }
  | {
      kind: "person";
      person: PersonRef;
      /** The room they were met in. */
      room: RoomId | null;
      /** What stood there before. */
      from: Drawer | null;
    };

/** The longest note, in characters. */
export const NOTE_CAP = 500;

/** Time within which what was kept is told back, ms. */
const TOLD_MS = 1_000;

export const NO_MARKS: Marks = { note: "", favourite: false, watch: false, hidden: false };

/** What a highlighted line is marked with; who is to be watched is so before anything else. */
export type Mark = "favourite" | "watch";
export const markOf = (marks: Marks | undefined): Mark | undefined =>
  marks?.watch ? "watch" : marks?.favourite ? "favourite" : undefined;

/** What tells a person apart on a platform: the id, or the name where there is none. */
export const personKey = ({ id, name }: { id: string; name: string }): string =>
  id === "" || id === "0" ? `~${name}` : id;

const place = (platform: string, sandbox: boolean, key: string): string =>
  `${platform}\n${sandbox ? 1 : 0}\n${key}`;
export const placeOf = (person: PersonRef): string =>
  place(person.platform, person.sandbox, personKey(person));

/** A set that is another one only when what is in it is. */
const setOf = (joined: string): ReadonlySet<string> => new Set(joined === "" ? [] : joined.split("\0"));

/** What the streamer noted of people, and how the pane finds it fast. */
export class People {
  readonly #marks = $derived.by(() => {
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- made anew with each change
    const marks = new Map<string, Marks>();
    for (const { person, key, marks: of } of this.app.model.marked)
      marks.set(place(person.platform, person.sandbox, key), of);
    return marks;
  });
  readonly #hiddenKeys = $derived(
    [...this.#marks].flatMap(([key, marks]) => (marks.hidden ? [key] : [])).join("\0"),
  );
  readonly #hidden = $derived(setOf(this.#hiddenKeys));
  readonly #sandboxIds = $derived.by(() =>
    this.app.model.rooms
      .filter((r) => r.sandbox)
      .map((r) => r.id)
      .join("\0"),
  );
  /** Rooms of the sandbox. */
  readonly sandboxRooms = $derived(setOf(this.#sandboxIds));

  /** What the last changes left, by person, until it is sure to be told back. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing is drawn of it
  readonly #kept = new Map<string, Promise<Marks>>();

  constructor(private readonly app: App) {}

  marks(person: PersonRef): Marks {
    return this.#marks.get(placeOf(person)) ?? NO_MARKS;
  }

  /** Who a line is of; none when it is of nobody, or the streamer's own. */
  of(line: Pick<ChatLine, "who" | "platform" | "room">): PersonRef | null {
    const { who, platform, room } = line;
    if (!who || who.me || (personKey(who) === "~" && who.name === "")) return null;
    return { platform, id: who.id, name: who.name, sandbox: this.sandboxRooms.has(room) };
  }

  /** What a line is highlighted with. */
  lineMark(line: ChatLine): Mark | undefined {
    if (this.#marks.size === 0) return undefined;
    return markOf(this.#marks.get(this.#placeOfLine(line)));
  }

  /** Hides lines of people that aren't to be shown; none when nobody is hidden. */
  readonly hides = $derived.by(() => {
    const hidden = this.#hidden;
    if (hidden.size === 0) return null;
    return (line: ChatLine): boolean => line.who !== null && hidden.has(this.#placeOfLine(line));
  });

  #placeOfLine({ who, platform, room }: ChatLine): string {
    return place(platform, this.sandboxRooms.has(room), who ? personKey(who) : "");
  }

  /**
   * Keeps a change of a person's marks. Marks are kept whole, so each change waits for the one before it and begins
   * with what that left: what is told back may come later than the next change.
   */
  #keep(backend: Backend, person: PersonRef, change: Partial<Marks>): Promise<void> {
    const of = placeOf(person);
    const before = this.#kept.get(of) ?? Promise.resolve(untrack(() => this.marks(person)));
    const now = before.then(async (marks) => {
      const changed = { ...marks, ...change };
      await backend.markPerson(person, changed);
      return changed;
    });
    const left = now.catch(() => before);
    this.#kept.set(of, left);
    void left.then(() =>
      setTimeout(() => {
        if (this.#kept.get(of) === left) this.#kept.delete(of);
      }, TOLD_MS),
    );
    return now.then(() => undefined);
  }

  /** Changes some of a person's marks. True once they are kept. */
  async mark(person: PersonRef, change: Partial<Marks>): Promise<boolean> {
    const done = await act(this.app, {
      name: `mark:${placeOf(person)}:${JSON.stringify(change)}`,
      doing: m.person_saving(),
      make: (b) => this.#keep(b, person, change),
      done: () => "",
    });
    return done.ok;
  }

  /** Hides a person everywhere, or shows them again; says so, with a way back. */
  async hide(person: PersonRef, hidden = true): Promise<void> {
    const { name } = person;
    await act(this.app, {
      name: `hide:${placeOf(person)}`,
      doing: m.person_saving(),
      make: (b) => this.#keep(b, person, { hidden }),
      done: () => (hidden ? m.person_hidden({ name }) : m.person_shown({ name })),
      undo: () => () => void this.mark(person, { hidden: !hidden }),
    });
  }

  /** Opens a person beside the chat. */
  open(person: PersonRef, room: RoomId | null): void {
    const { drawer } = this.app;
    const from = drawer?.kind === "person" ? drawer.from : drawer;
    this.app.drawer = { kind: "person", person, room, from };
  }
}
