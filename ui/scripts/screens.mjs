// Draws every designed state to target/screens/<scene>-<theme>-<lang>[-<size>].png, and fails on anything
// the page complained about. `npm run screens [part of a scene's name]`
import { createReadStream, existsSync, mkdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = fileURLToPath(new URL("../..", import.meta.url));
const site = join(root, "target/screens-site");
const out = join(root, "target/screens");
const only = process.argv[2] ?? "";

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

async function open(page, url) {
  await page.goto(url);
  return page;
}

async function draw(scene, theme, lang, [width, height], suffix) {
  const name = `${scene}-${theme}-${lang === "en" ? "en" : "zh"}${suffix}`;
  const page = await browser.newPage({ viewport: { width, height } });
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`${name}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`${name}: ${error.message}`));
  await open(page, `${base}?scene=${scene}&theme=${theme}&lang=${lang}`);
  try {
    await page.waitForSelector("body[data-ready]", { timeout: 10_000 });
    // Nothing may be wider than its window.
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    if (wide) complaints.push(`${name}: wider than the window`);
  } catch {
    complaints.push(`${name}: never ready`);
  }
  await page.screenshot({ path: join(out, `${name}.png`) });
  await page.close();
}

const first = await browser.newPage();
await open(first, base);
await first.waitForSelector("body[data-scenes]");
const scenes = JSON.parse(await first.evaluate(() => document.body.dataset.scenes));
await first.close();

if (!only) rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const jobs = [];
for (const { name, sizes } of scenes.filter((s) => s.name.includes(only))) {
  for (const theme of ["dark", "light"]) {
    for (const lang of ["zh-CN", "en"]) {
      jobs.push([name, theme, lang, [1180, 760], ""]);
      if (sizes) {
        jobs.push([name, theme, lang, [900, 600], "-900x600"]);
        jobs.push([name, theme, lang, [1600, 1000], "-1600x1000"]);
      }
    }
  }
}
const workers = Array.from({ length: 3 }, async () => {
  for (let job = jobs.shift(); job; job = jobs.shift()) await draw(...job);
});
await Promise.all(workers);
await browser.close();
server.close();
for (const complaint of complaints) console.error(complaint);
if (complaints.length > 0) process.exitCode = 1;
else console.log(`Screens are in ${out}`);
