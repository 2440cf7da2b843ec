// Draws every designed state to target/screens/<scene>-<theme>-<lang>[-<size>].png, and fails on anything
// the page complained about. Arguments are parts of a picture's name that it must have: `evening dark-zh`.
import { createReadStream, existsSync, mkdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = fileURLToPath(new URL("../..", import.meta.url));
const site = join(root, "target/screens-site");
const out = join(root, "target/screens");
const parts = process.argv.slice(2);
const WORKERS = 2;
const PATIENCE_MS = 60_000;

// The program's own policy, so that a breach shows here.
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'";
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

const server = createServer((request, response) => {
  const path = normalize(new URL(request.url ?? "/", "http://localhost").pathname);
  const file = join(site, path);
  if (!file.startsWith(site) || !existsSync(file)) {
    response.writeHead(path === "/favicon.ico" ? 204 : 404).end();
    return;
  }
  response.writeHead(200, {
    "content-type": TYPES[extname(file)] ?? "application/octet-stream",
    "content-security-policy": POLICY,
  });
  createReadStream(file).pipe(response);
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const base = `http://127.0.0.1:${server.address().port}/screens.html`;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--font-render-hinting=none"],
});
const complaints = [];

async function draw(page, { name, scene, theme, lang, size }) {
  page.removeAllListeners();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`${name}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`${name}: ${error.message}`));
  await page.setViewportSize({ width: size[0], height: size[1] });
  try {
    await page.goto(`${base}?scene=${scene}&theme=${theme}&lang=${lang}`);
    await page.waitForSelector("body[data-ready]");
    // Nothing may be wider than its window.
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    if (wide) complaints.push(`${name}: wider than the window`);
    const high = await page.evaluate(() => document.querySelector(".shell")?.getBoundingClientRect().height);
    if (high !== size[1]) complaints.push(`${name}: ${high} px high in a window of ${size[1]}`);
    await page.screenshot({ path: join(out, `${name}.png`) });
  } catch (error) {
    complaints.push(`${name}: ${error.message.split("\n")[0]}`);
  }
}

const first = await browser.newPage();
first.setDefaultTimeout(PATIENCE_MS);
await first.goto(base);
await first.waitForSelector("body[data-scenes]");
const scenes = JSON.parse(await first.evaluate(() => document.body.dataset.scenes));
await first.close();

if (parts.length === 0) rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const WINDOW = [1180, 760];
const OTHERS = [
  [520, 640],
  [900, 600],
  [1600, 1000],
];
const jobs = scenes
  .flatMap(({ name, sizes }) =>
    ["dark", "light"].flatMap((theme) =>
      ["zh-CN", "en"].flatMap((lang) =>
        [WINDOW, ...(sizes ? OTHERS : [])].map((size) => {
          const suffix = size === WINDOW ? "" : `-${size.join("x")}`;
          const picture = `${name}-${theme}-${lang === "en" ? "en" : "zh"}${suffix}`;
          return { name: picture, scene: name, theme, lang, size };
        }),
      ),
    ),
  )
  .filter((job) => parts.every((part) => job.name.includes(part)));
const workers = Array.from({ length: WORKERS }, async () => {
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  for (let job = jobs.shift(); job; job = jobs.shift()) await draw(page, job);
});
await Promise.all(workers);
await browser.close();
server.close();
for (const complaint of complaints) console.error(complaint);
if (complaints.length > 0) process.exitCode = 1;
else console.log(`Screens are in ${out}`);
