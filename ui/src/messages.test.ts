import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { platforms } from "./screens/platforms";

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
      /(?<!申)请(?!求)|[您！“”‘’]/.test(JSON.stringify(zh[k])) ||
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

/** The window's code, without tests. */
function code(folder = "src"): string {
  return readdirSync(folder, { withFileTypes: true })
    .map((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return entry.name === "paraglide" ? "" : code(path);
      return /\.(svelte|ts)$/.test(path) && !path.includes(".test.") ? readFileSync(path, "utf8") : "";
    })
    .join("\n");
}
/** What is said by its name in the code. */
const named = new Set([...code().matchAll(/\bm\.(\w+)/g)].map((found) => found[1] ?? ""));
const fields = platforms.flatMap((p) => p.fields.map((f) => `connect_${p.platform}_${f.name}`));

it("has every message that is asked for", () => {
  expect([...named].filter((k) => !(k in zh))).toEqual([]);
  // Their names are made of a platform's and a field's.
  expect(fields.filter((k) => !(k in zh))).toEqual([]);
});

it("has no message that nothing asks for", () => {
  const made = new Set([
    ...fields.flatMap((k) => [k, `${k}_hint`]),
    ...platforms.flatMap((p) => [
      `connect_${p.platform}_where`,
      ...["form", "qr", "browser"].map((way) => `way_${p.platform}_${way}`),
    ]),
  ]);
  const idle = keys.filter((k) => !named.has(k) && !made.has(k) && !k.startsWith("problem_field_"));
  expect(idle).toEqual([]);
});
