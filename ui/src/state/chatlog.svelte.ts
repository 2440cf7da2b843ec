/* eslint-disable svelte/prefer-svelte-reactivity -- what changes here is followed by `version`, not one by one */
import type { ChatLine } from "../ipc/backend";
import { ChatRate } from "./chatrate";

/** Chat lines the window keeps; older ones drop from the pane, not from the history. */
export const CHAT_KEPT = 5_000;
/** Lines taken back that are remembered by their id: rows may outlive their lines here. */
const GONE_KEPT = CHAT_KEPT;
/** Paid messages kept for the top of the pane; of more the oldest go. */
export const PINS_KEPT = 50;

/**
 * The chat lines the window keeps, oldest first: bounded, added to in place. Whoever follows it reads
 * `version`, and keeps in mind how far it read; see `features/chat/rows.ts`.
 */
export class ChatLog {
  /** Changes with everything here. */
  version = $state(0);
  /** Changes when lines were taken back. */
  recalls = $state(0);
  /** Paid messages that may still stand at the top, newest first. */
  pins = $state.raw<readonly ChatLine[]>([]);
  /** Counts how often the whole was replaced. */
  epoch = 0;
  /** How much was said when. */
  readonly rate = new ChatRate();

  #lines: ChatLine[] = [];
  #heard: number[] = [];
  #dropped = 0;
  /** Lines that weren't sent, by the id of the line before which they would stand. */
  readonly #skips = new Map<number, number>();
  /** Lines that weren't sent, of updates without a line. */
  #owed = 0;
  /** Lines taken back, the latest at the end. */
  readonly #gone = new Set<number>();

  /** Paid messages that were read, the last of them: a snapshot tells them again. */
  readonly #read: number[] = [];

  /** Rooms, platforms and kinds of lines. */
  readonly #known = new Map<string, string>();

  /** `now`: ms, from anywhere; it only has to go forward. */
  constructor(readonly now: () => number = () => performance.now()) {}

  /** The lines kept. One array, changed in place. */
  get lines(): readonly ChatLine[] {
    void this.version;
    return this.#lines;
  }

  /** When each of them came, in the time of `now`; those that came together alike. -Infinity of a snapshot's. */
  get heard(): readonly number[] {
    return this.#heard;
  }

  /** Lines that dropped since the last snapshot. */
  get dropped(): number {
    void this.version;
    return this.#dropped;
  }

  /** Lines that weren't sent and would stand before this one. */
  skippedBefore(id: number): number {
    return this.#skips.get(id) ?? 0;
  }

  /** Was the line taken back after it came? */
  gone(id: number): boolean {
    return this.#gone.has(id);
  }

  /** Starts anew from what a snapshot told: the last lines, and paid messages from before them. */
  replace(lines: readonly ChatLine[], pinned: readonly ChatLine[] = []): void {
    this.#lines = [];
    this.#heard = [];
    this.#dropped = 0;
    this.#owed = 0;
    this.#skips.clear();
    this.#gone.clear();
    this.#known.clear();
    this.rate.clear();
    this.epoch += 1;
    this.pins = [];
    this.#pin(pinned, lines.at(-1)?.at);
    this.#add(lines, -Infinity);
  }

  /** Adds lines at the end; `skipped` ones before the first of them weren't sent. */
  add(lines: readonly ChatLine[], skipped: number): void {
    this.#owed += skipped;
    const first = lines[0];
    if (!first) return;
    if (this.#owed > 0) this.#skips.set(first.id, this.#owed);
    this.#owed = 0;
    this.#add(lines, this.now());
  }

  /** Takes back lines: their text goes, their place stays. */
  recall(ids: readonly number[]): void {
    const gone = new Set(ids);
    this.#lines.forEach((line, at) => {
      if (gone.has(line.id)) this.#lines[at] = recalled(line);
    });
    for (const id of gone) this.#gone.add(id);
    for (const id of this.#gone) {
      if (this.#gone.size <= GONE_KEPT) break;
      this.#gone.delete(id);
    }
    this.pins = this.pins.filter((l) => !gone.has(l.id));
    this.recalls += 1;
    this.version += 1;
  }

  /** Takes a paid message from the top: it was read. */
  unpin(id: number): void {
    this.#read.push(id);
    if (this.#read.length > PINS_KEPT) this.#read.shift();
    this.pins = this.pins.filter((l) => l.id !== id);
  }

  #add(lines: readonly ChatLine[], heard: number): void {
    for (const line of lines) {
      line.room = this.#one(line.room);
      line.platform = this.#one(line.platform);
      line.kind = this.#one(line.kind);
      this.#lines.push(line);
      this.#heard.push(heard);
    }
    this.#pin(lines);
    this.rate.add(lines);
    if (this.#lines.length > CHAT_KEPT) this.#drop(this.#lines.length - CHAT_KEPT);
    this.version += 1;
  }

  /** The one string for what many lines say alike: each was parsed by itself, and thousands are kept. */
  #one<T extends string>(text: T): T {
    const known = this.#known.get(text);
    if (known === undefined) this.#known.set(text, text);
    return (known ?? text) as T;
  }

  #pin(lines: readonly ChatLine[], now = lines.at(-1)?.at ?? 0): void {
    const paid = lines.filter((l) => l.until !== null && !l.recalled && !this.#read.includes(l.id));
    if (paid.length === 0) return;
    const known = new Set(paid.map((l) => l.id));
    this.pins = [...paid.reverse(), ...this.pins.filter((l) => !known.has(l.id))]
      .filter((l) => (l.until ?? 0) > now)
      .slice(0, PINS_KEPT);
  }

  #drop(count: number): void {
    for (const line of this.#lines.splice(0, count)) this.#skips.delete(line.id);
    this.#heard.splice(0, count);
    this.#dropped += count;
  }
}

/** A line as it stands after it was taken back. */
export const recalled = (line: ChatLine): ChatLine => ({ ...line, text: "", until: null, recalled: true });
