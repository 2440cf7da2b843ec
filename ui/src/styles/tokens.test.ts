/** The look is made of tokens: what a style sheet says itself is what no token is for. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { declared, files, styles } from "./sheets.test-data";

/** Each declaration of the wanted properties that isn't as it should be, with its file. */
function wrong(property: RegExp, good: (value: string) => boolean): string[] {
  const rule = new RegExp(`(?:^|[\\s;{])(${property.source}):\\s*([^;{}]+);`, "g");
  return styles().flatMap(({ path, sheet }) =>
    [...sheet.matchAll(rule)]
      .filter((found) => !good(found[2] ?? ""))
      .map((found) => `${path}: ${found[1] ?? ""}: ${found[2] ?? ""}`),
  );
}

it("every colour comes from a token", () => {
  const loose = styles().flatMap(({ path, sheet }) =>
    (
      sheet.match(
        /#[0-9a-f]{3,8}\b(?=[^{}]*;)|\b(?:rgba?|hsla?|oklch|oklab|lab|lch)\((?![^)]*var)[^)]*\)/gi,
      ) ?? []
    ).map((found) => `${path}: ${found}`),
  );
  expect(loose).toEqual([]);
});

it("every size of type, radius and duration is a token", () => {
  expect(wrong(/font-size/, (value) => /^(var\(--t-[\w-]+\)|inherit|[\d.]+r?em)$/.test(value))).toEqual([
    // The mark in the corner of a picture is half a mark.
    "src/components/AccountPicture.svelte: font-size: 9px",
  ]);
  expect(wrong(/border-radius/, (value) => !/[1-9]\d*(px|%|r?em)/.test(value))).toEqual([]);
  expect(wrong(/transition|animation|transition-duration/, (value) => !/[\d.]m?s\b/.test(value))).toEqual([]);
});

it("space up to 24 px stands on the scale", () => {
  const scale = [0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 20, 24];
  const off = wrong(/(?:row-|column-)?gap|padding(?:-\w+)?|margin(?:-\w+)?/, (value) =>
    [...value.matchAll(/(?<![\w.])-?(\d+(?:\.\d+)?)px/g)].every(
      ([, px]) => scale.includes(Number(px)) || Number(px) > 24,
    ),
  );
  expect(off).toEqual([]);
});

it("every token that is asked for exists, and every one that exists is asked for", () => {
  const all = files()
    .map((path) => readFileSync(path, "utf8"))
    .join("\n");
  const asked = new Set([...all.matchAll(/var\(--([\w-]+)/g)].map((found) => found[1] ?? ""));
  // Some are a component's own, or set by script.
  const set = new Set([...all.matchAll(/--([\w-]+)["']?\s*[:,]/g)].map((found) => found[1] ?? ""));
  expect([...asked].filter((name) => name !== "" && !set.has(name) && !declared.has(name))).toEqual([]);
  expect([...declared.keys()].filter((name) => !asked.has(name))).toEqual([]);
});
