/** For the tests of the look: every style in the window, and the tokens. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const read = (path: string): string => readFileSync(path, "utf8");

/** The tokens by name, with what they stand for. */
export const declared = new Map(
  [...read("src/styles/tokens.css").matchAll(/--([\w-]+):\s*([^;]+);/g)].map((d) => [d[1] ?? "", d[2] ?? ""]),
);

/** All files of the window's code. The overlay stands alone and has a look of its own. */
export function files(folder = "src"): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ["overlay", "paraglide"].includes(entry.name) ? [] : files(path);
    return /\.(css|svelte|ts)$/.test(path) && !/\.test/.test(path) ? [path] : [];
  });
}

/** Every style sheet, those of the tokens left out and those inside components included, without comments. */
export const styles = (): { path: string; sheet: string }[] =>
  files()
    .filter((path) => /\.(css|svelte)$/.test(path) && !path.endsWith("tokens.css"))
    .map((path) => {
      const text = read(path);
      const sheet = path.endsWith(".css") ? text : (/<style>([^]*)<\/style>/.exec(text)?.[1] ?? "");
      return { path, sheet: sheet.replace(/\/\*[^]*?\*\//g, "") };
    });
