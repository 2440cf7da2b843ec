import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

type Messages = Record<string, unknown>;
const load = (locale: string): Messages =>
  JSON.parse(readFileSync(`messages/${locale}.json`, "utf8")) as Messages;
const zh = load("zh-CN");
const en = load("en");
/** The names in braces that a message is given. */
const given = (message: unknown): string[] =>
  [...new Set([...JSON.stringify(message).matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? ""))].sort();
const keys = Object.keys(zh).filter((k) => k !== "$schema");

it("has every message in both languages, with the same parts", () => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
  const differ = keys.filter((k) => given(zh[k]).join() !== given(en[k]).join());
  expect(differ).toEqual([]);
});

it("keeps the house's wording", () => {
  const wrong = keys.filter(
    (k) =>
      /(?<!申)请(?!求)|您|！/.test(JSON.stringify(zh[k])) ||
      /!|\bplease\b|[‘’“”]/i.test(JSON.stringify(en[k])),
  );
  expect(wrong).toEqual([]);
});

it("puts a space between Han and Latin or digits", () => {
  const tight = keys.filter((k) =>
    /\p{Script=Han}[A-Za-z0-9]|[A-Za-z0-9]\p{Script=Han}/u.test(String(zh[k])),
  );
  expect(tight).toEqual([]);
});
