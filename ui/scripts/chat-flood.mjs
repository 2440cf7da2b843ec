// What the chat pane costs while 1,000 lines a second come: opens a designed state in Chromium, fills the
// pane, floods it for ten seconds, and prints the time spent a second. Build first: `npm run screens`.
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const site = process.env.SITE ?? fileURLToPath(new URL("../../target/screens-site", import.meta.url));
const SECONDS = 10;
const RATE = Number(process.argv[2] ?? 1_000);
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

const server = createServer((request, response) => {
  const file = join(site, normalize(new URL(request.url ?? "/", "http://localhost").pathname));
  if (!file.startsWith(site) || !existsSync(file)) return void response.writeHead(404).end();
  response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
  createReadStream(file).pipe(response);
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
const page = await browser.newPage({ viewport: { width: 1180, height: 760 } });
await page.goto(`http://127.0.0.1:${server.address().port}/screens.html?scene=evening&theme=dark&lang=en`);
await page.waitForSelector("body[data-ready]");
const devtools = await page.context().newCDPSession(page);
await devtools.send("Performance.enable");
const figures = async () =>
  Object.fromEntries(
    (await devtools.send("Performance.getMetrics")).metrics.map(({ name, value }) => [name, value]),
  );

/** Sends lines for a while, in frames; `talk` 0 says something new each time, 1 the same as others. */
const flood = (seconds, rate, talk) =>
  page.evaluate(
    ([seconds, rate, talk]) =>
      new Promise((done) => {
        window.sent ??= 1_000;
        const began = performance.now();
        const from = window.sent;
        const frames = [];
        let last = began;
        const step = (now) => {
          frames.push(now - last);
          last = now;
          const due = Math.min(Math.floor(((now - began) / 1_000) * rate), seconds * rate) + from;
          const lines = [];
          for (; window.sent < due; window.sent += 1) {
            const id = window.sent;
            const same = (id * 7_919) % 100 < talk * 100;
            lines.push({
              id,
              room: id % 3 ? "room-bilibili" : "room-weibo",
              platform: id % 3 ? "bilibili" : "weibo",
              kind: "message",
              who: { id: `p${id % 997}`, name: `viewer ${id % 997}`, me: false, moderator: false },
              text: same ? `666 ${id % 5}` : `line ${id} about this record and that one`,
              at: Date.now(),
              gift: null,
              until: null,
              recalled: false,
            });
          }
          if (lines.length > 0)
            document.dispatchEvent(
              new CustomEvent("kaibo-push", { detail: [{ kind: "chat", lines, skipped: 0 }] }),
            );
          if (now - began < seconds * 1_000) requestAnimationFrame(step);
          else done(frames.slice(1).sort((a, b) => a - b));
        };
        requestAnimationFrame(step);
      }),
    [seconds, rate, talk],
  );

for (const [name, talk] of [
  ["all different", 0],
  ["half the same", 0.5],
]) {
  await flood(1.2, 5_000, talk);
  const before = await figures();
  const frames = await flood(SECONDS, RATE, talk);
  const after = await figures();
  const spent = (key) => `${(((after[key] - before[key]) / SECONDS) * 1_000).toFixed(0)} ms/s`;
  const at = (part) => `${frames[Math.floor(part * (frames.length - 1))].toFixed(1)} ms`;
  console.log(
    `${name}: script ${spent("ScriptDuration")}, layout ${spent("LayoutDuration")}, style ${spent("RecalcStyleDuration")}, ` +
      `all tasks ${spent("TaskDuration")}, frames ${frames.length}, p50 ${at(0.5)}, p99 ${at(0.99)}, worst ${at(1)}, ` +
      `heap ${(after.JSHeapUsedSize / 1e6).toFixed(0)} MB`,
  );
}
await browser.close();
server.close();
