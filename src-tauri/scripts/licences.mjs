#!/usr/bin/env node
// Lists the libraries that are built into the program, on any of its systems.
//
//   licences.mjs [TEXTS]     writes the list that the window shows, and to TEXTS one with all licences' texts
//
// Of a choice of licences the first of ORDER is taken, and its text alone is given.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const LIST = join(root, "ui/src/features/settings/licences.txt");
const TARGETS = ["x86_64-unknown-linux-gnu", "x86_64-pc-windows-msvc", "aarch64-apple-darwin"];
const ORDER = ["MIT", "Apache-2.0", "BSD-3-Clause", "ISC", "Zlib", "Unlicense", "CC0-1.0", "MPL-2.0"];
/** What Svelte and the others bring into the page without being imported by name. */
const UNNAMED = ["clsx", "esm-env", "@inlang/paraglide-js"];

const crates = new Map();
for (const target of TARGETS) {
  const words = ["metadata", "--locked", "--format-version=1", "--filter-platform", target];
  const out = execFileSync("cargo", words, { cwd: root, maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "inherit"] });
  const { packages, resolve: graph } = JSON.parse(out);
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  // Macros run while the program is built and leave only what they were asked for.
  const macros = new Set(packages.filter((one) => one.targets.some(({ kind }) => kind.includes("proc-macro"))).map((one) => one.id));
  const waiting = [packages.find((one) => one.name === "kaibo").id];
  const seen = new Set(waiting);
  while (waiting.length > 0) {
    for (const { pkg, dep_kinds } of nodes.get(waiting.pop()).deps) {
      if (seen.has(pkg) || macros.has(pkg) || !dep_kinds.some(({ kind }) => kind === null)) continue;
      seen.add(pkg);
      waiting.push(pkg);
    }
  }
  for (const one of packages) {
    // What has no source is ours.
    if (!seen.has(one.id) || one.source === null) continue;
    const { name, version, license, authors, repository } = one;
    const folder = dirname(one.manifest_path);
    crates.set(`${name} ${version}`, { name, version, license, authors, where: repository, folder });
  }
}

/** The packages that the page's sources import, and what those bring along. */
function modules() {
  const names = new Set(UNNAMED);
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && entry.name !== "paraglide" && entry.name !== "screens") walk(path);
      else if (/\.(ts|svelte)$/.test(entry.name) && !/\.test\.|harness|test\.setup/.test(entry.name)) {
        const text = readFileSync(path, "utf8");
        for (const [, name] of text.matchAll(/(?:from|import\() ?"((?:@[\w-]+\/)?[a-z][\w-]*)["/]/g)) names.add(name);
      }
    }
  };
  walk(join(root, "ui/src"));
  return [...names].map((name) => {
    const folder = join(root, "ui/node_modules", name);
    const { version, license, author, repository } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const where = (repository?.url ?? repository ?? "").replace(/^git\+|\.git$/g, "");
    return { name, version, license, authors: [author?.name ?? author].filter(Boolean), where, folder };
  });
}

const mit = readFileSync(join(root, "LICENSE"), "utf8").split("\n").slice(4).join("\n");

/** The licence that is taken, of those that there is a choice of. */
function taken(license) {
  const choices = (license ?? "").split(/ OR |\//).map((one) => one.replace(/[()]/g, "").trim());
  return ORDER.find((one) => choices.includes(one)) ?? license ?? "see its text";
}

/** The texts in a library's folder that belong to a licence; MIT's own words where it has none. */
function texts({ name, folder, authors }, licence) {
  const all = existsSync(folder) ? readdirSync(folder).filter((one) => /^(licen[cs]e|copying|notice|copyright)/i.test(one)) : [];
  const files = all.filter((one) => /\.(txt|md|rst)$|^[^.]*$|-[A-Za-z0-9.-]+$/i.test(one) && !/\.(html|spdx|toml|json)$/.test(one));
  const notice = files.filter((one) => /^notice/i.test(one));
  const short = licence.split("-")[0].toLowerCase();
  const named = files.filter((one) => one.toLowerCase().includes(short));
  const plain = files.filter((one) => /^(licen[cs]e|copying)(\.(md|txt))?$/i.test(one));
  const chosen = named.length > 0 ? named : plain.length > 0 ? plain : files.filter((one) => !notice.includes(one));
  const found = [...chosen, ...notice].map((one) => join(folder, one)).flatMap((path) => {
    try {
      return [readFileSync(path, "utf8").replaceAll("\r", "").trim()];
    } catch {
      return []; // a folder of that name
    }
  });
  if (found.length > 0) return found;
  const who = authors.length > 0 ? authors.map((one) => one.replace(/ *<.*>/, "")).join(", ") : `The authors of ${name}`;
  return licence === "MIT" ? [`Copyright (c) ${who}\n\n${mit}`.trim()] : [];
}

const all = [...crates.values(), ...modules()];
all.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.version < b.version ? -1 : 1));
const rows = new Set();
const groups = new Map();
for (const one of all) {
  const licence = taken(one.license);
  rows.add(`${one.name} · ${licence}${one.where ? ` · ${one.where.replace(/\.git$/, "")}` : ""}`);
  for (const text of texts(one, licence)) {
    const key = text.replace(/\s+/g, " ").toLowerCase();
    if (!groups.has(key)) groups.set(key, { text, names: new Set() });
    groups.get(key).names.add(`${one.name} ${one.version}`);
  }
}
const list = [...rows, "The Rust standard library · MIT · https://github.com/rust-lang/rust", ""].join("\n");
if (!existsSync(LIST) || readFileSync(LIST, "utf8") !== list) writeFileSync(LIST, list);
if (process.argv[2]) {
  const line = "-".repeat(80);
  const parts = ["Kaibo is made available under the MIT licence. Built into it are:", "", list];
  for (const { text, names } of groups.values()) parts.push(line, [...names].join(", "), line, "", text, "");
  writeFileSync(process.argv[2], parts.join("\n"));
}
console.log(`licences: ${rows.size} libraries, ${groups.size} texts`);
