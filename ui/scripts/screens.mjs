// Draws every designed state, in both themes and both languages, at each width, to
// target/screens/<scene>-<theme>-<lang>-<width>.png, and looks each over: nothing wider than the window, nothing the
// page complained about, nothing serious by axe-core's rules. What is found is printed, and the script fails.
//
//   node scripts/screens.mjs [PART…]    only pictures with each PART in their name: `evening dark-zh`
//   FRESH=1                             leaves out what was drawn already
//   LOOK=0                              without axe-core
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { launch, root, serve } from "./site.mjs";

const out = join(root, "target/screens");
const parts = process.argv.slice(2);
const WORKERS = 2;
const PATIENCE_MS = 120_000;
/** A browser that has drawn this many pages is replaced: it grows, and dies of it in the end. */
const PAGES_A_BROWSER = 40;
const THEMES = ["dark", "light"];
const LANGS = ["zh-CN", "en"];
/**
 * Each scene's windows. `200` is the laptop's with the page at 200 %: half as many pixels each way, twice as large;
 * `200s` is the small laptop's.
 */
const WINDOWS = [
  { name: "1366", width: 1366, height: 768, look: true },
  { name: "900", width: 900, height: 600 },
  { name: "2560", width: 2560, height: 1440 },
];
/** And those of the scenes that ask for more. */
const MORE = [
  { name: "520", width: 520, height: 640, look: true },
  { name: "200", width: 683, height: 384, scale: 2, look: true },
  { name: "200s", width: 450, height: 300, scale: 2 },
];

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const complaints = new Map();
const complain = (name, what) => complaints.set(what, [...(complaints.get(what) ?? []), name]);

const site = await serve();

/** Runs in the page: what axe-core holds against it, each with the elements it is about. */
const judge = (again) =>
  globalThis.axe
    // In another theme only colours are others.
    .run(document, {
      resultTypes: ["violations"],
      ...(again ? { runOnly: { type: "rule", values: ["color-contrast", "link-in-text-block"] } } : {}),
    })
    .then(({ violations }) =>
      violations
        .filter((v) => v.impact === "serious" || v.impact === "critical")
        .flatMap((v) => v.nodes.map((n) => `axe ${v.id}: ${n.target.join(" ")}  ${n.html.slice(0, 120)}`)),
    );

/** Runs in the page: words that are cut off without a tooltip to read them in, and things that stick out of the window. */
const measure = () => {
  const found = [];
  const told = (element) => {
    const id = element.closest("[data-testid]")?.dataset.testid;
    return `${element.tagName.toLowerCase()}.${[...element.classList].join(".")} in ${id}`;
  };
  if (document.documentElement.scrollWidth > innerWidth) found.push("wider than the window");
  const shell = document.querySelector(".shell")?.getBoundingClientRect().height;
  if (shell !== undefined && shell !== innerHeight)
    found.push(`${shell} px high in a window of ${innerHeight}`);
  // Whatever brings something into sight could scroll it out of place.
  if (shell !== undefined && document.body.scrollHeight > innerHeight + 1)
    found.push(`laid out ${document.body.scrollHeight} px long in a window of ${innerHeight}`);
  for (const element of document.querySelectorAll(".btn, .pill, .chip, .badge, .seg > *, .tab")) {
    if (
      element.scrollWidth > element.clientWidth + 1 &&
      element.clientWidth > 0 &&
      !element.closest(".offscreen")
    )
      if (getComputedStyle(element).display !== "inline") found.push(`words out of ${told(element)}`);
  }
  for (const element of document.querySelectorAll(".body, .pad, .card, .rooms, .bd")) {
    if (element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0)
      found.push(`sideways scrolling in ${told(element)}`);
  }
  return found;
};

async function draw(browser, { scene, lang, size, pictures }) {
  const context = await browser.newContext({
    viewport: { width: size.width, height: size.height },
    deviceScaleFactor: size.scale ?? 1,
    reducedMotion: "reduce",
  });
  const found = [];
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) found.push([pictures[0].name, message.text()]);
    });
    page.on("pageerror", (error) => found.push([pictures[0].name, error.message]));
    await page.goto(`${site.address}?scene=${scene}&theme=${pictures[0].theme}&lang=${lang}`);
    await page.waitForSelector("body[data-ready]");
    // The page of components is as high as they are.
    const high = await page.evaluate(() => document.querySelector(".gallery")?.scrollHeight);
    if (high) await page.setViewportSize({ width: size.width, height: high });
    const devtools = await context.newCDPSession(page);
    for (const { name, theme } of pictures) {
      await page.evaluate(
        (chosen) =>
          new Promise((drawn) => {
            document.documentElement.dataset.theme = chosen;
            document.dispatchEvent(new CustomEvent("kaibo-theme", { detail: chosen }));
            requestAnimationFrame(() => requestAnimationFrame(drawn));
          }),
        theme,
      );
      const { data } = await devtools.send("Page.captureScreenshot", {
        format: "png",
        optimizeForSpeed: true,
      });
      writeFileSync(join(out, `${name}.png`), Buffer.from(data, "base64"));
      for (const what of await page.evaluate(measure)) found.push([name, what]);
      if (size.look && process.env.LOOK !== "0") {
        if (theme === pictures[0].theme) await page.evaluate(axe);
        for (const what of await page.evaluate(judge, theme !== pictures[0].theme)) found.push([name, what]);
      }
    }
  } finally {
    await context.close().catch(() => undefined);
  }
  return found;
}

async function work(jobs) {
  let browser;
  let pages = 0;
  const fresh = async () => {
    await browser?.close().catch(() => undefined);
    browser = await launch();
    pages = 0;
  };
  for (let job = jobs.shift(); job; job = jobs.shift()) {
    if (!browser?.isConnected() || pages >= PAGES_A_BROWSER) await fresh();
    pages += 1;
    for (let tries = 0; tries < 2; tries += 1) {
      try {
        for (const [name, what] of await draw(browser, job)) complain(name, what);
        break;
      } catch (error) {
        // Once more with another browser; what fails there too is the page's own fault.
        await fresh();
        if (tries === 1) complain(job.pictures[0].name, error.message.split("\n")[0]);
      }
    }
  }
  await browser?.close();
}

const first = await launch();
const page = await first.newPage();
page.setDefaultTimeout(PATIENCE_MS);
await page.goto(site.address);
await page.waitForSelector("body[data-scenes]");
const scenes = JSON.parse(await page.evaluate(() => document.body.dataset.scenes));
await first.close();

if (parts.length === 0 && !process.env.FRESH) rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
// All of one window before the next, so that a glance at the laptop's is soon possible.
const jobs = [...WINDOWS, ...MORE]
  .flatMap((size) =>
    scenes
      .filter(({ sizes }) => sizes || WINDOWS.includes(size))
      .flatMap(({ name }) =>
        LANGS.map((lang) => ({
          scene: name,
          lang,
          size,
          pictures: THEMES.map((theme) => ({
            theme,
            name: `${name}-${theme}-${lang === "en" ? "en" : "zh"}-${size.name}`,
          }))
            .filter((p) => parts.every((part) => p.name.includes(part)))
            .filter((p) => !process.env.FRESH || !existsSync(join(out, `${p.name}.png`))),
        })),
      ),
  )
  .filter((job) => job.pictures.length > 0);
const count = jobs.reduce((sum, job) => sum + job.pictures.length, 0);
const tell = () => {
  for (const [what, names] of complaints)
    console.error(
      `${what}\n    ${names.slice(0, 4).join(" ")}${names.length > 4 ? ` and ${names.length - 4} more` : ""}`,
    );
};
// Stopped half-way, it says what it found so far; FRESH=1 goes on from there.
for (const signal of ["SIGINT", "SIGTERM"])
  process.once(signal, () => {
    tell();
    process.exit(1);
  });
await Promise.all(Array.from({ length: WORKERS }, () => work(jobs)));
site.close();
tell();
if (complaints.size > 0) process.exitCode = 1;
else console.log(`${count} screens are in ${out}`);
