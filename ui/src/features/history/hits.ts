/** Where a search hit, so that it can be marked: the rules are those of the history's index. */

const DENSE =
  /[\u2e80-\u2fdf\u3005\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\u{20000}-\u{3ffff}]/u;
const WORD = /[\p{Alphabetic}\p{N}]/u;
const SIGN = /[\u2190-\u2bff\u{1f000}-\u{1faff}]/u;

type Class = "dense" | "word" | "sign" | "gap";
const classOf = (c: string): Class =>
  DENSE.test(c) ? "dense" : WORD.test(c) ? "word" : SIGN.test(c) ? "sign" : "gap";

/** Small letters, and the half of what is written full width. */
const folded = (text: string): string =>
  text.replace(/[\uff01-\uff5e]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0)).toLowerCase();

/** A piece of a text, and whether it was looked for. */
export interface Piece {
  text: string;
  hit: boolean;
}

/** What a search looks for, part by part; a part of letters is found at the beginning of a word. */
export function partsOf(words: string): { text: string; start: boolean }[] {
  const runs: { kind: Class; text: string }[] = [];
  let before: Class = "gap";
  for (const c of folded(words)) {
    const kind = classOf(c);
    const last = runs.at(-1);
    if (kind !== "gap") {
      if (last && kind === before && kind !== "sign") last.text += c;
      else runs.push({ kind, text: c });
    }
    before = kind;
  }
  return runs.map(({ kind, text }) => ({ text, start: kind === "word" }));
}

/** Cuts a text where the parts of a search begin and end. */
export function pieces(text: string, parts: { text: string; start: boolean }[]): Piece[] {
  if (parts.length === 0 || text === "") return text === "" ? [] : [{ text, hit: false }];
  const chars = [...text];
  // Folding may make several characters of one: each knows where it came from.
  const from: number[] = [];
  let plain = "";
  chars.forEach((c, at) => {
    const f = folded(c);
    plain += f;
    for (let i = 0; i < f.length; i++) from.push(at);
  });
  const hit = new Array<boolean>(chars.length).fill(false);
  for (const part of parts) {
    for (let at = plain.indexOf(part.text); at >= 0; at = plain.indexOf(part.text, at + 1)) {
      if (part.start && at > 0 && classOf(plain.charAt(at - 1)) === "word") continue;
      for (let i = at; i < at + part.text.length; i++) hit[from[i] ?? 0] = true;
    }
  }
  const out: Piece[] = [];
  chars.forEach((c, at) => {
    const last = out.at(-1);
    if (last && last.hit === hit[at]) last.text += c;
    else out.push({ text: c, hit: hit[at] ?? false });
  });
  return out;
}
