import type { ChatLine } from "../../ipc/backend";
import { recalled, type ChatLog } from "../../state/chatlog.svelte";
import type { Sieve } from "./filter";

/** A row of the pane. Rows are replaced, never changed; `id` is that of the first line it stands for. */
export type Row =
  | {
      kind: "line";
      key: string;
      id: number;
      line: ChatLine;
      /** Lines like it that it stands for. */
      more: number;
      /** For messages said alike: the first of them, as many as `more` and one; others may follow. */
      alike: readonly ChatLine[];
    }
  | { kind: "time"; key: string; id: number; at: number }
  | { kind: "skipped"; key: string; id: number; count: number }
  | { kind: "dropped"; key: string; id: number; count: number };
type LineRow = Row & { kind: "line" };

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
/** Folded messages that can be unfolded; of more only the number is known. */
export const ALIKE_KEPT = 100;
/** Rows that may still take more. */
const OPEN_KEPT = 1_000;

const NONE: readonly ChatLine[] = [];

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
 * seconds where the room is busy. The streamer's own lines, paid messages and notices never fold.
 */
export class Rows {
  /** Lines of the chosen room. */
  inRoom = 0;
  /** Those of the chosen kinds. */
  ofKind = 0;
  /** Those with the word that is searched for. */
  found = 0;
  /** Lines shown since the log began, also those that dropped. */
  taken = 0;

  #rows: Row[] = [];
  #gone = 0;
  #slot = -1;
  #epoch = -1;
  #next = 0;
  #dropped = 0;
  #recalls = 0;
  readonly #open = new Map<string, Open>();
  readonly #paces = new Map<string, Pace>();

  /** `everything`: lines that aren't here are told, too. */
  constructor(
    private readonly sieve: Sieve,
    private readonly everything: boolean,
  ) {}

  /** Takes what came since the last time. The array is the caller's to keep. */
  follow(log: ChatLog): readonly Row[] {
    const { lines, dropped } = log;
    if (log.epoch !== this.#epoch) this.#reset(log);
    if (dropped > this.#dropped) this.#drop(lines, dropped);
    if (log.recalls !== this.#recalls) {
      this.#recalls = log.recalls;
      this.#rows.forEach((row, i) => (this.#rows[i] = afterRecall(row, log)));
    }
    for (let i = Math.max(0, this.#next - dropped); i < lines.length; i++) {
      const line = lines[i];
      if (line) this.#take(line, log.skippedBefore(line.id));
    }
    this.#next = dropped + lines.length;
    if (!this.everything || dropped === 0) return this.#rows.slice();
    return [{ kind: "dropped", key: "dropped", id: 0, count: dropped } as Row].concat(this.#rows);
  }

  #reset(log: ChatLog): void {
    this.#epoch = log.epoch;
    this.#recalls = log.recalls;
    this.inRoom = this.ofKind = this.found = this.taken = 0;
    this.#rows = [];
    this.#gone = this.#next = this.#dropped = 0;
    this.#slot = -1;
    this.#open.clear();
    this.#paces.clear();
  }

  #drop(lines: readonly ChatLine[], dropped: number): void {
    this.#dropped = dropped;
    const first = lines[0]?.id ?? Infinity;
    let n = 0;
    while (n < this.#rows.length && (this.#rows[n]?.id ?? Infinity) < first) n += 1;
    this.#rows.splice(0, n);
    this.#gone += n;
    this.inRoom = this.ofKind = this.found = 0;
    for (let i = 0; i < this.#next - dropped; i++) {
      const line = lines[i];
      if (line) this.#count(line);
    }
  }

  /** Counts a line; true when it is shown. */
  #count(line: ChatLine): boolean {
    if (!this.sieve.room(line)) return false;
    this.inRoom += 1;
    if (!this.sieve.kind(line)) return false;
    this.ofKind += 1;
    if (!this.sieve.word(line)) return false;
    this.found += 1;
    return true;
  }

  #take(line: ChatLine, skipped: number): void {
    if (skipped > 0 && this.everything) this.#skip(line.id, skipped);
    const busy = this.#pace(line.room).busy(line.at);
    if (!this.#count(line)) return;
    this.taken += 1;
    this.#time(line);
    if (this.#foldIntoLast(line) || this.#foldIntoOpen(line, busy)) return;
    this.#rows.push({ kind: "line", key: `l${line.id}`, id: line.id, line, more: 0, alike: NONE });
  }

  #pace(room: string): Pace {
    let pace = this.#paces.get(room);
    if (!pace) this.#paces.set(room, (pace = new Pace()));
    return pace;
  }

  #skip(id: number, count: number): void {
    const last = this.#rows.at(-1);
    if (last?.kind === "skipped") this.#rows[this.#rows.length - 1] = { ...last, count: last.count + count };
    else this.#rows.push({ kind: "skipped", key: `s${id}`, id, count });
  }

  #time({ id, at }: ChatLine): void {
    const now = Math.floor(at / TIME_STEP);
    if (this.#slot >= 0 && now > this.#slot)
      this.#rows.push({ kind: "time", key: `t${id}`, id, at: now * TIME_STEP });
    this.#slot = Math.max(this.#slot, now);
  }

  #foldIntoLast(line: ChatLine): boolean {
    if (!PASSING.has(line.kind) || line.recalled) return false;
    const last = this.#rows.at(-1);
    const folds =
      last?.kind === "line" &&
      !last.line.recalled &&
      last.line.kind === line.kind &&
      last.line.room === line.room &&
      line.at - last.line.at < FOLD_WITHIN;
    if (folds) this.#rows[this.#rows.length - 1] = { ...last, line, more: last.more + 1 };
    return folds;
  }

  /** Folds a gift or a message into its like. Otherwise its row, which comes next, takes the following ones. */
  #foldIntoOpen(line: ChatLine, busy: boolean): boolean {
    const key = openKey(line);
    if (key === null) return false;
    const open = this.#open.get(key);
    const at = open ? open.row - this.#gone : -1;
    const row = this.#rows[at];
    if (open && row?.kind === "line" && takes(open, line, busy)) {
      open.last = line.at;
      this.#rows[at] = line.kind === "gift" ? combined(row, line) : alike(row, line);
      return true;
    }
    if (this.#open.size >= OPEN_KEPT) this.#close(line.at);
    this.#open.set(key, { row: this.#gone + this.#rows.length, since: line.at, last: line.at });
    return false;
  }

  /** Forgets rows that take nothing more; all of them when that isn't enough. */
  #close(now: number): void {
    for (const [key, open] of this.#open) if (now - open.last > COMBO_WITHIN) this.#open.delete(key);
    if (this.#open.size >= OPEN_KEPT) this.#open.clear();
  }
}

/** Kinds of which only the last is of interest. */
const PASSING: ReadonlySet<string> = new Set(["like", "entry", "follow", "share"]);

function openKey(line: ChatLine): string | null {
  if (line.recalled) return null;
  if (line.kind === "gift" && line.gift && line.who)
    return ["g", line.room, line.who.id, line.who.name, line.gift.name].join("\0");
  if (line.kind !== "message" || line.who?.me) return null;
  return ["m", line.room, line.text.trim()].join("\0");
}

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
  const list = row.alike.length === 0 ? [row.line] : (row.alike as ChatLine[]);
  if (list.length < ALIKE_KEPT) list.push(line);
  return { ...row, more: row.more + 1, alike: list };
}

/** The row as it stands after lines were taken back; the same when none of them is in it. */
export function afterRecall(row: Row, log: ChatLog): Row {
  if (row.kind !== "line") return row;
  const hit = (line: ChatLine): boolean => !line.recalled && log.gone(line.id);
  if (!hit(row.line) && !row.alike.some(hit)) return row;
  const list = row.alike.map((line) => (hit(line) ? recalled(line) : line));
  const head = list.find((line) => !line.recalled) ?? recalled(row.line);
  return { ...row, line: head, alike: list };
}
