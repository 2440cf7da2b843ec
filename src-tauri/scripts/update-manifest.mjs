#!/usr/bin/env node
// Writes latest.json into a folder of bundles: the word of a newer version that Kaibo reads. Without signatures among
// them it writes none, and it refuses one for another version than the tag's: nobody could install that.
//
//   update-manifest.mjs FOLDER TAG ADDRESS    where ADDRESS/NAME is where each bundle can be downloaded
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [folder, tag, address] = process.argv.slice(2);
if (!folder || !tag || !address) throw new Error("update-manifest.mjs FOLDER TAG ADDRESS");

// https://v2.tauri.app/plugin/updater/#static-json-file
const TARGETS = [
  [/_amd64\.AppImage$/, "linux-x86_64"],
  [/_aarch64\.AppImage$/, "linux-aarch64"],
  [/_x64-setup\.exe$/, "windows-x86_64"],
  [/_aarch64\.app\.tar\.gz$/, "darwin-aarch64"],
  [/_x86_64\.app\.tar\.gz$/, "darwin-x86_64"],
];

/** The version that a signature is for: Kaibo takes a bundle for no other. */
function versionOf(signature) {
  const lines = Buffer.from(signature, "base64").toString("utf8").split("\n");
  const comment = lines.find((line) => line.startsWith("trusted comment: ")) ?? "";
  const told = comment.slice("trusted comment: ".length).trim().split("\t");
  return told.find((field) => field.startsWith("version:"))?.slice("version:".length);
}

const version = tag.replace(/^v/, "");
const platforms = {};
for (const signed of readdirSync(folder).filter((name) => name.endsWith(".sig"))) {
  const name = signed.slice(0, -".sig".length);
  const target = TARGETS.find(([shape]) => shape.test(name))?.[1];
  // A bundle that nobody would ever be offered.
  if (!target || platforms[target]) throw new Error(`${name}: for which system?`);
  const signature = readFileSync(join(folder, signed), "utf8").trim();
  const signedFor = versionOf(signature);
  if (signedFor !== version) throw new Error(`${name}: signed for ${signedFor ?? "no version"}, not for ${version}`);
  platforms[target] = { url: `${address}/${encodeURIComponent(name)}`, signature };
}
if (Object.keys(platforms).length > 0) {
  // Whoever publishes the draft writes what is new into `notes`.
  const manifest = { version, notes: "", pub_date: new Date().toISOString(), platforms };
  writeFileSync(join(folder, "latest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}
