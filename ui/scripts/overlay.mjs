// Draws the overlay's page as OBS's browser would, to target/screens/overlay-<theme>-<ground>.png and, for what it says
// when something is wrong, overlay-says-<what>-<lang>.png. Fails on anything the page complained about, and when a line
// of chat became anything but text. It serves the built page as the program does, with events of made-up people.
import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const ui = fileURLToPath(new URL("..", import.meta.url));
const out = join(ui, "../target/screens");
// The program's own policy, so that a breach shows here.
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const FILES = {
  "/": ["text/html; charset=utf-8", "overlay.html"],
  "/overlay.js": ["text/javascript; charset=utf-8", "dist/overlay.js"],
  "/overlay.css": ["text/css; charset=utf-8", "dist/overlay.css"],
};

const line = (id, platform, name, text, more = {}) => ({
  id,
  platform,
  kind: "message",
  name,
  me: false,
  moderator: false,
  text,
  gift: null,
  at: Date.now(),
  ...more,
});
const HOSTILE = "<img src=x onerror=alert(1)> </li><script>alert(2)</script> &amp;";
const LINES = [
  line(1, "weibo", "阿芒", "第一次来，这家店在哪里？"),
  line(2, "bilibili", "小满", "晚上好，今天放什么歌？", { moderator: true }),
  line(3, "bilibili", "豆包", "", { kind: "gift", gift: { name: "小花花", count: 3, worth: 300 } }),
  line(4, "bilibili", "very_long_name_without_a_single_space_in_it", `${"哈".repeat(40)} ${"x".repeat(60)}`),
  line(5, "bilibili", "老周", "点一首《晚风》，祝开店三周年快乐", {
    kind: "super_chat",
    gift: { name: "", count: 1, worth: 30000 },
  }),
  line(6, "bilibili", "青团", "", { kind: "member", gift: { name: "舰长", count: 1, worth: 138000 } }),
  line(7, "weibo", "", "1024", { kind: "like" }),
  line(8, "weibo", "mallory", HOSTILE),
  line(9, "bilibili", "阿澈", "欢迎，马上开始", { me: true }),
  line(10, "qiniu", "taken", "said and taken back"),
];
const SETTINGS = {
  on: true,
  port: 7345,
  theme: "outline",
  font_size: 24,
  newest_on_top: false,
  stay_seconds: 0,
  language: "zh-CN",
  messages: true,
  gifts: true,
  super_chats: true,
  members: true,
  likes: true,
  css: "",
};

/** What the page is served: changed by each picture. */
let told = { settings: SETTINGS, lines: [], later: [], recalled: [], mode: "chat" };
const open = new Set();
const say = (response, name, data) => response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);

const server = createServer((request, response) => {
  const path = request.url ?? "/";
  const file = FILES[path];
  if (told.mode === "gone" && path !== "/" && path !== "/overlay.js" && !told.first) {
    response.writeHead(404).end();
  } else if (file) {
    response.writeHead(200, { "content-type": file[0], "content-security-policy": POLICY });
    response.end(readFileSync(join(ui, file[1])));
  } else if (path === "/events") {
    response.writeHead(200, { "content-type": "text/event-stream", "content-security-policy": POLICY });
    if (told.mode === "full") {
      say(response, "full", {});
      response.end();
      return;
    }
    open.add(response);
    response.on("close", () => open.delete(response));
    say(response, "start", { settings: told.settings, lines: told.lines });
    if (told.later.length > 0) say(response, "lines", told.later);
    if (told.recalled.length > 0) say(response, "recalled", told.recalled);
  } else response.writeHead(path === "/favicon.ico" ? 204 : 404).end();
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const base = `http://127.0.0.1:${server.address().port}/`;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--font-render-hinting=none"],
});
mkdirSync(out, { recursive: true });
const complaints = [];
/** The one breach that is wanted: a style sheet of one's own reaches for a picture. */
const BREACH = "http://127.0.0.1:1/x.png";
let breaches = 0;
const must = (so, what) => so || complaints.push(what);

/** Opens the page, waits for what it must show, does something more, and draws it on a ground like a picture's. */
async function draw(name, ground, wanted, check = async () => {}) {
  const page = await browser.newPage({
    viewport: { width: 420, height: 640 },
    locale: told.locale ?? "zh-CN",
  });
  page.on("pageerror", (error) => complaints.push(`${name}: ${error.message}`));
  page.on("dialog", (dialog) => {
    complaints.push(`${name}: a line of chat ran as a script`);
    void dialog.dismiss();
  });
  page.on("console", (message) => {
    if (message.text().includes(BREACH)) breaches += 1;
    else if (message.type() === "error" && !/Failed to load resource|net::ERR/.test(message.text()))
      complaints.push(`${name}: ${message.text()}`);
  });
  try {
    await page.goto(base);
    await page.waitForSelector(wanted, { timeout: 20_000 });
    await check(page);
    const clear = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    must(clear === "rgba(0, 0, 0, 0)", `${name}: the page isn't transparent but ${clear}`);
    // The picture behind it, which OBS would show.
    await page.evaluate((colour) => (document.documentElement.style.background = colour), ground);
    await page.waitForTimeout(400);
    await page.screenshot({ path: join(out, `${name}.png`) });
  } catch (error) {
    complaints.push(`${name}: ${error.message.split("\n")[0]}`);
  }
  await page.close();
}

const GROUNDS = {
  dark: "linear-gradient(160deg, #10151f, #2b1d2e)",
  light: "linear-gradient(160deg, #fdfdfb, #d9e7f2 60%, #ffe9c9)",
};
for (const theme of ["outline", "bubbles"]) {
  for (const [ground, colour] of Object.entries(GROUNDS)) {
    told = {
      settings: { ...SETTINGS, theme },
      lines: LINES.slice(0, 4),
      later: LINES.slice(4),
      recalled: [10],
      mode: "chat",
    };
    await draw(`overlay-${theme}-${ground}`, colour, ".line[data-me]", async (page) => {
      const texts = await page.locator(".line .text").allTextContents();
      must(texts.includes(HOSTILE), "hostile text isn't shown as it was said");
      must(!texts.includes("said and taken back"), "a recalled line still stands");
      must((await page.locator("img, script:not([src])").count()) === 0, "a line made elements");
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      must(!wide, "wider than the source");
    });
  }
}

told = {
  settings: {
    ...SETTINGS,
    newest_on_top: true,
    language: "en",
    css: `.name { color: rgb(1, 2, 3) } body { background: url(${BREACH}) }`,
  },
  lines: LINES,
  later: Array.from({ length: 500 }, (_, n) => line(100 + n, "weibo", "flood", `line ${n}`)),
  recalled: [],
  mode: "chat",
};
await draw("overlay-flood-top", GROUNDS.dark, ".line", async (page) => {
  const first = page.locator(".line .text").first();
  await first.filter({ hasText: "line 499" }).waitFor({ timeout: 5_000 });
  must((await page.locator(".line").count()) <= 30, "more than thirty lines stand");
  const name = await page
    .locator(".name")
    .first()
    .evaluate((e) => getComputedStyle(e).color);
  must(name === "rgb(1, 2, 3)", "the style sheet of one's own isn't used");
  must(breaches > 0, "a style sheet of one's own may load pictures from elsewhere");
});

told = {
  settings: { ...SETTINGS, stay_seconds: 1 },
  lines: [],
  later: LINES.slice(0, 2),
  recalled: [],
  mode: "chat",
};
await draw("overlay-stay", GROUNDS.dark, ".line", (page) =>
  page.waitForSelector(".line", { state: "detached", timeout: 6_000 }),
);

for (const language of ["zh-CN", "en"]) {
  const short = language === "en" ? "en" : "zh";
  told = { settings: { ...SETTINGS, language }, lines: [], later: [], recalled: [], mode: "chat" };
  await draw(
    `overlay-says-empty-${short}`,
    GROUNDS.light,
    '[data-notice="empty"]:not([hidden])',
    async (page) => {
      for (const response of open) say(response, "lines", [LINES[0]]);
      await page.waitForSelector(".line");
      must(await page.locator(".notice").isHidden(), "the notice stays beside a line");
      for (const response of open) say(response, "recalled", [1]);
      await page.waitForSelector(".line", { state: "detached" });
      must(await page.locator(".notice").isHidden(), "the notice comes back");
    },
  );
  const cut = (mode) => async (page) => {
    told = { ...told, mode };
    for (const response of open) response.destroy();
    await page.waitForSelector(`[data-notice="${mode === "gone" ? "address" : "closed"}"]:not([hidden])`, {
      timeout: 20_000,
    });
  };
  told = {
    settings: { ...SETTINGS, language },
    lines: LINES.slice(0, 2),
    later: [],
    recalled: [],
    mode: "chat",
  };
  await draw(`overlay-says-address-${short}`, GROUNDS.light, ".line", cut("gone"));
  told = { ...told, mode: "chat" };
  // The program is closed: nobody listens any more, and comes back.
  await draw(`overlay-back-${short}`, GROUNDS.light, ".line", async (page) => {
    const { port } = server.address();
    const gone = new Promise((closed) => server.close(closed));
    server.closeAllConnections();
    await gone;
    await page.waitForSelector('[data-notice="closed"]:not([hidden])', { timeout: 20_000 });
    await page.screenshot({ path: join(out, `overlay-says-closed-${short}.png`) });
    await new Promise((listening) => server.listen(port, "127.0.0.1", listening));
    await page.waitForSelector(".notice", { state: "hidden", timeout: 20_000 });
  });
  told = { ...told, locale: language, mode: "full" };
  await draw(`overlay-says-full-${short}`, GROUNDS.light, '[data-notice="full"]:not([hidden])');
}
await browser.close();
server.closeAllConnections();
server.close();
for (const complaint of complaints) console.error(complaint);
if (complaints.length > 0) process.exitCode = 1;
else console.log(`The overlay's pictures are in ${out}`);
