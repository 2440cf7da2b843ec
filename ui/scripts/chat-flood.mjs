// What the chat pane costs under a flood: opens a designed state, fills the pane, floods it, and prints how
// long frames took, how long a batch waited to be drawn, and what it cost. Build first: `npm run screens`.
//
//   node scripts/chat-flood.mjs [LINES_A_SECOND [SECONDS]]     in Chromium
//   ENGINE=webkit xvfb-run -a node scripts/chat-flood.mjs …     in the engine of the program's window
import { spawn } from "node:child_process";
import { createReadStream, existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const site = process.env.SITE ?? fileURLToPath(new URL("../../target/screens-site", import.meta.url));
const MINI = process.env.MINI ?? "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser";
const RATE = Number(process.argv[2] ?? 5_000);
const SECONDS = Number(process.argv[3] ?? 10);
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

const server = createServer((request, response) => {
  const file = join(site, normalize(new URL(request.url ?? "/", "http://localhost").pathname));
  if (!file.startsWith(site) || !existsSync(file)) return void response.writeHead(404).end();
  response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
  createReadStream(file).pipe(response);
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const address = `http://127.0.0.1:${server.address().port}/screens.html?scene=evening&theme=dark&lang=en`;

/** Runs in the page: sends lines for a while, a batch every 16 ms, as the program does. */
const flood = ([seconds, rate, talk], done) => {
  window.sent ??= 1_000;
  const pane = document.querySelector('[data-testid="chat-lines"]');
  const began = performance.now();
  const from = window.sent;
  const frames = [];
  const waits = [];
  const out = [];
  let last = 0;
  let over = false;
  const watch = (now) => {
    if (last > 0) frames.push(now - last);
    last = now;
    // What stands in the page now was put there in the frame before this one.
    const through = Number(pane.dataset.through ?? Infinity);
    while (out.length > 0 && out[0][0] <= through) waits.push(performance.now() - out.shift()[1]);
    if (!over || out.length > 0) requestAnimationFrame(watch);
    else done({ frames: frames.sort((a, b) => a - b), waits: waits.sort((a, b) => a - b) });
  };
  requestAnimationFrame(watch);
  let through = Number(pane.dataset.through ?? 0);
  const step = () => {
    const now = performance.now();
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
    const skipped = Math.max(0, lines.length - 2_000);
    if (lines.length > 0) {
      through += lines.length;
      out.push([through, now]);
      const detail = [{ kind: "chat", lines: lines.slice(skipped), skipped }];
      document.dispatchEvent(new CustomEvent("kaibo-push", { detail }));
    }
    if (now - began < seconds * 1_000) setTimeout(step, 16);
    else over = true;
  };
  step();
};

async function inChromium() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox"],
  });
  const page = await browser.newPage({ viewport: { width: 1180, height: 760 } });
  await page.goto(address);
  await page.waitForSelector("body[data-ready]");
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Performance.enable");
  return {
    run: (...how) => page.evaluate(`new Promise((done) => (${flood})(${JSON.stringify(how)}, done))`),
    async cost() {
      await devtools.send("HeapProfiler.collectGarbage");
      const { metrics } = await devtools.send("Performance.getMetrics");
      const of = (name) => metrics.find((m) => m.name === name)?.value ?? 0;
      return {
        script: of("ScriptDuration"),
        layout: of("LayoutDuration"),
        style: of("RecalcStyleDuration"),
        "all tasks": of("TaskDuration"),
        mb: of("JSHeapUsedSize") / 1e6,
      };
    },
    end: () => browser.close(),
  };
}

async function inWebKit() {
  const port = 20_000 + (process.pid % 10_000);
  const driver = spawn("WebKitWebDriver", [`--port=${port}`], { stdio: "ignore", detached: true });
  const ask = async (method, path, body) => {
    const reply = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      body: body && JSON.stringify(body),
    });
    const { value } = await reply.json();
    if (value?.error) throw new Error(value.message);
    return value;
  };
  const options = {
    binary: MINI,
    args: ["--automation", "--geometry=1180x800", ...(process.env.MINI_ARGS?.split(" ") ?? [])],
  };
  let session;
  for (let tries = 0; !session; tries += 1) {
    await new Promise((later) => setTimeout(later, 200));
    session = await ask("POST", "/session", {
      capabilities: { alwaysMatch: { "webkitgtk:browserOptions": options, timeouts: { script: 600_000 } } },
    }).catch((error) => {
      if (tries > 20) throw error;
    });
  }
  const at = `/session/${session.sessionId}`;
  const script = (text, args = []) => ask("POST", `${at}/execute/async`, { script: text, args });
  await ask("POST", `${at}/window/rect`, { width: 1180, height: 820 });
  await ask("POST", `${at}/url`, { url: address });
  await script(
    `const done = arguments[0]; const look = () => (document.body.dataset.ready ? done(1) : setTimeout(look, 50)); look();`,
  );
  // Times and memory of the process that draws: the newest of its name is ours.
  const process_ = readdirSync("/proc")
    .filter((id) => /^\d+$/.test(id))
    .filter((id) => {
      try {
        return readFileSync(`/proc/${id}/comm`, "utf8").startsWith("WebKitWebProces");
      } catch {
        return false;
      }
    })
    .sort((a, b) => b - a)[0];
  return {
    run: (...how) => script(`(${flood})(arguments[0], arguments[1])`, [how]),
    async cost() {
      const fields = readFileSync(`/proc/${process_}/stat`, "utf8").split(") ")[1].split(" ");
      const kb = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${process_}/smaps_rollup`, "utf8"))[1];
      return { "all threads": (Number(fields[11]) + Number(fields[12])) / 100, mb: kb / 1_024 };
    },
    async end() {
      await ask("DELETE", at).catch(() => undefined);
      process.kill(-driver.pid);
    },
  };
}

const engine = await (process.env.ENGINE === "webkit" ? inWebKit() : inChromium());
try {
  for (const [name, talk] of [
    ["all different", 0],
    ["half the same", 0.5],
  ]) {
    await engine.run(1.2, RATE, talk);
    const before = await engine.cost();
    const { frames, waits } = await engine.run(SECONDS, RATE, talk);
    const after = await engine.cost();
    const spent = Object.keys(after)
      .filter((key) => key !== "mb")
      .map((key) => `${key} ${(((after[key] - before[key]) / SECONDS) * 1_000).toFixed(0)} ms/s`);
    const at = (list, part) =>
      list.length > 0 ? `${list[Math.floor(part * (list.length - 1))].toFixed(0)}` : "-";
    const told = (list) => `p50 ${at(list, 0.5)} p99 ${at(list, 0.99)} worst ${at(list, 1)} ms`;
    console.log(
      `${name}: ${spent.join(", ")}; ${(frames.length / SECONDS).toFixed(0)} frames/s, ${told(frames)}; ` +
        `drawn after ${told(waits)}; ${after.mb.toFixed(0)} MB, ${(after.mb - before.mb).toFixed(1)} more`,
    );
  }
} finally {
  await engine.end();
  server.close();
}
