#!/usr/bin/env node
// Prints what a release adds to tauri.conf.json: the texts of the libraries' licences, and updater signatures where
// there are keys for them.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const scripts = dirname(fileURLToPath(import.meta.url));
const texts = resolve(scripts, "../../target/package/licences.txt");
mkdirSync(dirname(texts), { recursive: true });
const stdio = ["ignore", "ignore", "inherit"];
execFileSync(process.execPath, [join(scripts, "licences.mjs"), texts], { stdio });

const bundle = { resources: { "../target/package/licences.txt": "licences.txt" } };
const { TAURI_SIGNING_PRIVATE_KEY: key, KAIBO_UPDATE_KEY: pubkey } = process.env;
const config = { bundle };
if (key && pubkey) {
  bundle.createUpdaterArtifacts = true;
  config.plugins = { updater: { pubkey, endpoints: [] } };
}
process.stdout.write(`${JSON.stringify(config)}\n`);
