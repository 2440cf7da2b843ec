import { Packed } from "./packed";
import type { Row } from "./row";

/** Rows of a piece. */
const PIECE = 256;

/** Looked at only, unless it is the list's own. */
type Piece = readonly Row[] | Packed;

/** Rows to look at, oldest first: an array, or what needs none. */
export type RowsInSight = Pick<readonly Row[], "length" | "slice">;

/**
 * Rows that are added to, changed and dropped all the time, of which each look stays as it was. They stand in pieces,
 * and a piece that was looked at is copied before it changes: a new array of thousands with each frame is what a flood
 * would leave most garbage of. Old pieces are packed.
 */
export class RowList {
  #pieces: Piece[] = [];
  /** Pieces that nobody has looked at. */
  #own = new Set<Piece>();
  /** Rows that dropped of the first piece. */
  #gone = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  at(index: number): Row | undefined {
    return index < 0 ? undefined : rowAt(this.#pieces, index + this.#gone);
  }

  push(row: Row): void {
    const place = this.#length + this.#gone;
    if (place % PIECE === 0) {
      const piece = [row];
      this.#own.add(piece);
      this.#pieces.push(piece);
    } else {
      this.#mine(place).push(row);
    }
    this.#length += 1;
  }

  /** Puts a row before the last one. */
  pushBeforeLast(row: Row): void {
    const last = this.at(this.#length - 1);
    if (!last) return this.push(row);
    this.set(this.#length - 1, row);
    this.push(last);
  }

  set(index: number, row: Row): void {
    const place = index + this.#gone;
    this.#mine(place)[place % PIECE] = row;
  }

  /** Drops the first rows, and answers them. */
  drop(count: number): readonly Row[] {
    if (count <= 0) return [];
    const dropped = this.look().slice(0, count);
    this.#length -= dropped.length;
    this.#gone += dropped.length;
    this.#pieces.splice(0, Math.floor(this.#gone / PIECE));
    this.#gone %= PIECE;
    const [first] = this.#pieces;
    // More will drop of it with the next frames.
    if (this.#gone > 0 && first) this.#pieces[0] = rowsOf(first);
    return dropped;
  }

  /** Packs what stands before this row, whole pieces of it. It can be changed still, at a price. */
  pack(before: number): void {
    const end = Math.floor((before + this.#gone) / PIECE);
    for (let at = this.#gone > 0 ? 1 : 0; at < end; at++) {
      const piece = this.#pieces[at];
      if (piece && !(piece instanceof Packed)) this.#pieces[at] = new Packed(piece);
    }
  }

  /** The rows as they stand, below `first` if there is one. */
  look(first: Row | null = null): RowsInSight {
    this.#own = new Set();
    return new Look(this.#pieces.slice(), this.#gone, this.#length, first);
  }

  /** The piece that a row stands in, to be changed. */
  #mine(place: number): Row[] {
    const at = Math.floor(place / PIECE);
    const piece = this.#pieces[at] ?? [];
    if (this.#own.has(piece)) return piece as Row[];
    const copy = rowsOf(piece).slice();
    this.#own.add(copy);
    this.#pieces[at] = copy;
    return copy;
  }
}

class Look implements RowsInSight {
  readonly length: number;

  constructor(
    private readonly pieces: readonly Piece[],
    private readonly gone: number,
    rows: number,
    private readonly first: Row | null,
  ) {
    this.length = rows + (first ? 1 : 0);
  }

  /** As an array's. */
  slice(from = 0, to = this.length): Row[] {
    const place = (at: number): number =>
      at < 0 ? Math.max(0, this.length + at) : Math.min(at, this.length);
    const end = place(to);
    const rows: Row[] = [];
    for (let at = place(from); at < end; at++) {
      const row = this.#at(at);
      if (row) rows.push(row);
    }
    return rows;
  }

  #at(index: number): Row | undefined {
    if (this.first === null) return rowAt(this.pieces, index + this.gone);
    return index === 0 ? this.first : rowAt(this.pieces, index - 1 + this.gone);
  }
}

const rowsOf = (piece: Piece): readonly Row[] => (piece instanceof Packed ? piece.rows() : piece);

function rowAt(pieces: readonly Piece[], place: number): Row | undefined {
  const piece = pieces[Math.floor(place / PIECE)];
  return piece && rowsOf(piece)[place % PIECE];
}
