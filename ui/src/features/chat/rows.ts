import type { ChatLine } from "../../ipc/backend";
import { CHAT_KEPT, type ChatLog } from "../../state/chatlog.svelte";
import type { Sieve } from "./filter";
import { FOLD_LINES, FOLD_MS, Measure, stands } from "./flood";
import { rowKey, type Row } from "./row";
import { RowList, type RowsInSight } from "./rowlist";
import { afterRecall } from "./rowparts";

/** Time between two time rows, ms. */
const TIME_STEP = 5 * 60_000;
/** Time after which a like count or somebody coming in is news of its own, ms. */
const FOLD_WITHIN = 60_000;
/** Time after the last of a kind that one person's next gift of it still counts to it, ms. */
const COMBO_WITHIN = 10_000;
/** Time a row of gifts takes more, ms: a long combo is told again where it is read. */
const COMBO_LASTS = 60_000;
/** Time that messages said alike fold into the first of them, ms. */
const ALIKE_WITHIN = 5_000;
/** Lines of a room in `ALIKE_WITHIN` that make it busy: five a second. */
const BUSY = 25;
/** Rows kept. They may outlive their lines in the log: a flood drives those out in a second. */
export const ROWS_KEPT = CHAT_KEPT;
/** The last rows, which aren't packed: more than come in the time that one may take more. */
const PLAIN_ROWS = 1_500;
/** Messages said alike that can be unfolded; of more only the number is known. */
export const ALIKE_KEPT = 100;
/** Rows that may still take more. */
const OPEN_KEPT = 1_000;

const NONE: readonly ChatLine[] = [];

type LineRow = Row & { kind: "line" };

/** A row that takes more for a while. */
interface Open {
  /** Its place, counted from the first row ever. */
  row: number;
  since: number;
  last: number;
}

/** Whether lines come quickly: the times of the last `BUSY` of them. */
class Pace {
  readonly #at: number[] = [];
  #n = 0;

  busy(at: number): boolean {
    const slot = this.#n++ % BUSY;
    const before = this.#at[(slot + 1) % BUSY];
    this.#at[slot] = at;
    return this.#n >= BUSY && before !== undefined && at - before <= ALIKE_WITHIN;
  }
}

/**
 * Rows for the lines of a log, oldest first, kept up with what comes: each line is looked at once.
 *
 * Like counts and people coming in fold into the last of their kind while nothing else was said in that
 * room; gifts of one person and kind within ten seconds of each other; messages said alike within five
 * seconds where the room is busy. The streamer's own lines, moderators', paid messages and notices never fold.
 *
 * When still more rows would come than can be read (`flood.ts`), the newest lines of each batch stand whole,
 * as many as the measure allows, and the others go into a fold that tells their number. A fold takes lines
 * for a second and stays below that second's whole lines while it does, so its place is right to a second.
 * What the program skipped counts to it. Each line is in exactly one row: what rows stand for adds up to
 * `taken`.
 */
export class Rows {
  /** Lines of the chosen room. */
  inRoom = 0;
  /** Those of the chosen kinds. */
  ofKind = 0;
  /** Those with the word that is searched for. */
  found = 0;
  /** Lines that rows stood for since the log began, also those that dropped or were skipped. */
  taken = 0;
  /** When a line last went into a fold, in the log's time. */
  floodedAt = -Infinity;

  #rows = new RowList();
  /** Rows that dropped, and the lines they stood for. */
  #gone = 0;
  #left = 0;
  #slot = -1;
  #epoch = -1;
  #next = 0;
  #dropped = 0;
  #recalls = 0;
  /** How far each kept line comes through the sieve. */
  #passes: number[] = [];
  /** Since when the last row takes lines as a fold; none does when it's null. */
  #folding: number | null = null;
  /** Rows before this one, counted from the first ever, list no lines that the log doesn't keep. */
  #bare = 0;
  #measure = new Measure();
  readonly #open = new Map<string, Open>();
  readonly #paces = new Map<string, Pace>();

  /** `everything`: lines that aren't here are told, too. `marked`: whose lines stand whole besides. */
  constructor(
    private readonly sieve: Sieve,
    private readonly everything: boolean,
    private readonly marked: (line: ChatLine) => boolean = () => false,
  ) {}

  /** Takes what came since the last time. What is answered stays as it is. */
  follow(log: ChatLog): RowsInSight {
    const { lines, dropped, heard } = log;
    if (log.epoch !== this.#epoch) this.#reset(log);
    if (log.recalls !== this.#recalls) {
      this.#recalls = log.recalls;
      for (let i = 0; i < this.#rows.length; i++) {
        const row = this.#rows.at(i);
        const after = row && afterRecall(row, log);
        if (after && after !== row) this.#rows.set(i, after);
      }
    }
    this.#uncount(dropped);
    for (let i = Math.max(0, this.#next - dropped); i < lines.length;) {
      let end = i + 1;
      while (end < lines.length && heard[end] === heard[i]) end += 1;
      this.#batch(log, i, end);
      i = end;
    }
    this.#next = dropped + lines.length;
    this.#trim();
    this.#strip(lines[0]?.id ?? Infinity);
    this.#rows.pack(Math.min(this.#bare - this.#gone, this.#rows.length - PLAIN_ROWS));
    const left = this.everything && this.#left > 0;
    return this.#rows.look(
      left ? { kind: "dropped", key: rowKey("dropped", 0), id: 0, count: this.#left } : null,
    );
  }

  #reset(log: ChatLog): void {
    this.#epoch = log.epoch;
    this.#recalls = log.recalls;
    this.inRoom = this.ofKind = this.found = this.taken = 0;
    this.#rows = new RowList();
    this.#passes = [];
    this.#gone = this.#bare = 0;
    this.#left = this.#next = this.#dropped = log.dropped;
    this.#slot = -1;
    this.#folding = null;
    this.#measure = new Measure();
    this.#open.clear();
    this.#paces.clear();
  }

  /** Lines that came together: which of them stand whole depends on how many there are. */
  #batch(log: ChatLog, from: number, to: number): void {
    const heard = log.heard[from] ?? -Infinity;
    this.#measure.at(heard);
    if (this.#folding !== null && heard - this.#folding >= FOLD_MS) this.#folding = null;
    let coming = 0;
    const first = this.#passes.length;
    for (let i = from; i < to; i++) {
      const line = log.lines[i];
      if (line && this.#count(line) && !this.#stands(line)) coming += 1;
    }
    for (let i = from; i < to; i++) {
      const line = log.lines[i];
      if (!line) continue;
      const skipped = this.everything ? log.skippedBefore(line.id) : 0;
      if (skipped > 0) this.#fold(heard, line.id, null, skipped);
      const busy = this.#pace(line.room).busy(line.at);
      if (this.#passes[first + i - from] !== FOUND) continue;
      this.#take(line, busy, heard, coming);
      if (!this.#stands(line)) coming -= 1;
    }
  }

  /** Lines dropped from the log: they count no more. */
  #uncount(dropped: number): void {
    // Of lines that came and dropped between two looks nothing was counted; their number is told.
    const unseen = Math.max(0, dropped - this.#next);
    this.#left += unseen;
    for (const pass of this.#passes.splice(0, dropped - this.#dropped)) {
      if (pass >= IN_ROOM) this.inRoom -= 1;
      if (pass >= OF_KIND) this.ofKind -= 1;
      if (pass >= FOUND) this.found -= 1;
    }
    this.#dropped = dropped;
  }

  /** Counts a line; true when it is shown. */
  #count(line: ChatLine): boolean {
    const { room, kind, word } = this.sieve;
    const pass = !room(line) ? 0 : !kind(line) ? IN_ROOM : !word(line) ? OF_KIND : FOUND;
    this.#passes.push(pass);
    if (pass >= IN_ROOM) this.inRoom += 1;
    if (pass >= OF_KIND) this.ofKind += 1;
    if (pass >= FOUND) this.found += 1;
    return pass === FOUND;
  }

  #take(line: ChatLine, busy: boolean, heard: number, coming: number): void {
    this.#time(line);
    const open = this.#openKey(line);
    if (this.#foldIntoLast(line) || (open !== null && this.#foldIntoOpen(open, line, busy))) {
      this.taken += 1;
      return;
    }
    if (!this.#stands(line) && !this.#measure.take(coming, this.#folding !== null))
      return this.#fold(heard, line.id, line, 1);
    this.taken += 1;
    if (open !== null) this.#register(open, line.at);
    this.#put({ kind: "line", key: rowKey("line", line.id), id: line.id, line, more: 0, alike: NONE });
  }

  #stands(line: ChatLine): boolean {
    return stands(line) || this.marked(line);
  }

  /** What a line is like, where others like it go into its row. */
  #openKey(line: ChatLine): string | null {
    if (line.recalled) return null;
    if (line.kind === "gift" && line.gift && line.who)
      return ["g", line.room, line.who.id, line.who.name, line.gift.name].join("\0");
    if (line.kind !== "message" || this.#stands(line)) return null;
    return ["m", line.room, line.text.trim()].join("\0");
  }

  #pace(room: string): Pace {
    let pace = this.#paces.get(room);
    if (!pace) this.#paces.set(room, (pace = new Pace()));
    return pace;
  }

  /** Index of the next whole row: before the fold that takes lines. */
  #end(): number {
    return this.#rows.length - (this.#folding === null ? 0 : 1);
  }

  #put(row: Row): void {
    if (this.#folding === null) this.#rows.push(row);
    else this.#rows.pushBeforeLast(row);
  }

  /** Into the fold of this second: a line, or lines that never came. */
  #fold(heard: number, id: number, line: ChatLine | null, count: number): void {
    this.taken += count;
    this.floodedAt = heard;
    const at = this.#rows.length - 1;
    const last = this.#folding === null ? undefined : this.#rows.at(at);
    const skipped = line ? 0 : count;
    if (last?.kind !== "fold" || last.lines.length >= FOLD_LINES) {
      this.#folding = heard;
      const [key, lines] = [rowKey("fold", id), line ? [line] : []];
      this.#rows.push({ kind: "fold", key, id, count, skipped, lines });
      return;
    }
    if (line) (last.lines as ChatLine[]).push(line);
    this.#rows.set(at, { ...last, count: last.count + count, skipped: last.skipped + skipped });
  }

  #time({ id, at }: ChatLine): void {
    const now = Math.floor(at / TIME_STEP);
    if (this.#slot >= 0 && now > this.#slot) {
      this.#folding = null;
      this.#rows.push({ kind: "time", key: rowKey("time", id), id, at: now * TIME_STEP });
    }
    this.#slot = Math.max(this.#slot, now);
  }

  #foldIntoLast(line: ChatLine): boolean {
    if (!PASSING.has(line.kind) || line.recalled) return false;
    const at = this.#end() - 1;
    const last = this.#rows.at(at);
    const folds =
      last?.kind === "line" &&
      !last.line.recalled &&
      last.line.kind === line.kind &&
      last.line.room === line.room &&
      line.at - last.line.at < FOLD_WITHIN;
    if (folds) this.#rows.set(at, { ...last, line, more: last.more + 1 });
    return folds;
  }

  /** Folds a gift or a message into its like. */
  #foldIntoOpen(key: string, line: ChatLine, busy: boolean): boolean {
    const open = this.#open.get(key);
    const at = open ? open.row - this.#gone : -1;
    const row = this.#rows.at(at);
    if (!open || row?.kind !== "line" || !takes(open, line, busy)) return false;
    open.last = line.at;
    this.#rows.set(at, line.kind === "gift" ? combined(row, line) : alike(row, line));
    return true;
  }

  /** The row that comes next takes what is like it. */
  #register(key: string, at: number): void {
    if (this.#open.size >= OPEN_KEPT) this.#close(at);
    this.#open.set(key, { row: this.#gone + this.#end(), since: at, last: at });
  }

  /** Forgets rows that take nothing more; all of them when that isn't enough. */
  #close(now: number): void {
    for (const [key, open] of this.#open) if (now - open.last > COMBO_WITHIN) this.#open.delete(key);
    if (this.#open.size >= OPEN_KEPT) this.#open.clear();
  }

  #trim(): void {
    for (const row of this.#rows.drop(this.#rows.length - ROWS_KEPT)) {
      this.#gone += 1;
      if (row.kind === "line") this.#left += row.more + 1;
      else if (row.kind === "fold") this.#left += row.count;
    }
  }

  /** Rows keep no lists of lines older than `first`, the oldest that the log keeps: that bounds them. */
  #strip(first: number): void {
    this.#bare = Math.max(this.#bare, this.#gone);
    for (let at = this.#bare - this.#gone; at < this.#rows.length; at++) {
      const row = this.#rows.at(at);
      const last = row?.kind === "fold" ? (row.lines.at(-1)?.id ?? row.id) : row?.id;
      if (row === undefined || last === undefined || last >= first) return;
      if (row.kind === "fold" && row.lines.length > 0) this.#rows.set(at, { ...row, lines: NONE });
      else if (row.kind === "line" && row.alike.length > 0) this.#rows.set(at, { ...row, alike: NONE });
      this.#bare += 1;
    }
  }
}

const [IN_ROOM, OF_KIND, FOUND] = [1, 2, 3];

/** Kinds of which only the last is of interest. */
const PASSING: ReadonlySet<string> = new Set(["like", "entry", "follow", "share"]);

const takes = (open: Open, line: ChatLine, busy: boolean): boolean =>
  line.kind === "gift"
    ? line.at - open.last <= COMBO_WITHIN && line.at - open.since <= COMBO_LASTS
    : busy && line.at - open.since <= ALIKE_WITHIN;

/** A row of gifts with one more. */
function combined(row: LineRow, { gift }: ChatLine): LineRow {
  const had = row.line.gift;
  if (!had || !gift) return row;
  const worth = had.worth === null && gift.worth === null ? null : (had.worth ?? 0) + (gift.worth ?? 0);
  const sum = { name: had.name, count: had.count + gift.count, worth };
  return { ...row, line: { ...row.line, gift: sum }, more: row.more + 1 };
}

/** A message's row with one more that says the same. Rows of one message share one list, which only grows. */
function alike(row: LineRow, line: ChatLine): LineRow {
  if (row.more > 0 && row.alike.length === 0) return { ...row, more: row.more + 1 };
  const list = row.alike.length === 0 ? [row.line] : (row.alike as ChatLine[]);
  if (list.length < ALIKE_KEPT) list.push(line);
  return { ...row, more: row.more + 1, alike: list };
}
