// The whole evening by keyboard alone, in both languages, in the built page of designed states: choose rooms, write a
// title, go live, copy server and key, say something, end. Each stop of the focus has to be in the window and to be seen.
import { launch, serve } from "./site.mjs";

const STOPS = 120;
/** A busy machine is no fault of the page. */
const PATIENCE_MS = 60_000;
const site = await serve();
const browser = await launch();

/** Runs in the page: what has the focus, and what is wrong with how it shows. */
const focused = () => {
  const element = document.activeElement;
  if (!element || element === document.body) return { id: null, wrong: null };
  const drawn = (e) => {
    if (!e) return false;
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(e);
    return (outlineStyle !== "none" && parseFloat(outlineWidth) >= 1) || /1\.5px inset/.test(boxShadow);
  };
  const box = element.getBoundingClientRect();
  const wrong = [];
  if (
    box.width === 0 ||
    box.bottom <= 0 ||
    box.top >= innerHeight ||
    box.right <= 0 ||
    box.left >= innerWidth
  )
    wrong.push("is out of the window");
  // A field's ring is its frame's, a tick box's the box's.
  const around = [
    element,
    element.nextElementSibling,
    element.parentElement,
    element.closest(".field, .box, .find"),
  ];
  if (!element.matches("[tabindex='-1']") && !around.some(drawn)) wrong.push("shows no focus");
  const name =
    element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent ?? element.textContent?.trim();
  if (!name && !element.getAttribute("aria-labelledby") && !element.title) wrong.push("has no name");
  return {
    id: element.dataset.testid ?? null,
    wrong: wrong.length ? `${element.outerHTML.slice(0, 140)} ${wrong.join(", ")}` : null,
  };
};

async function evening(lang) {
  const page = await browser.newPage({ viewport: { width: 1366, height: 768 }, reducedMotion: "reduce" });
  const faults = new Set();
  page.setDefaultTimeout(PATIENCE_MS);
  page.on("pageerror", (error) => faults.add(error.message));
  await page.goto(`${site.address}?scene=alive&theme=dark&lang=${lang}`);
  await page.waitForSelector("body[data-ready]");
  const at = async () => {
    const { id, wrong } = await page.evaluate(focused);
    if (wrong) faults.add(wrong);
    return id;
  };
  /** Steps on until the wanted thing has the focus; tells how many steps it took. */
  const to = async (id, key = "Tab") => {
    for (let stops = 0; stops <= STOPS; stops += 1) {
      if ((await at()) === id) return stops;
      await page.keyboard.press(key);
    }
    throw new Error(`${id} can't be reached by ${key}`);
  };
  const is = async (id) => {
    await page
      .waitForFunction((wanted) => document.activeElement?.dataset.testid === wanted, id)
      .catch(async () => {
        throw new Error(
          `the focus should be on ${id} and is on ${await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 120))}`,
        );
      });
  };
  const told = (name) => page.evaluate((n) => document.body.dataset[n], name);
  const must = (so, what) => {
    if (!so) throw new Error(what);
  };
  const steps = {};

  steps["go-live"] = await to("go-live");
  await page.keyboard.press("Enter");
  await is("tonight-title");
  await to("tonight-choose-weibo", "Shift+Tab");
  await page.keyboard.press("Space");
  await to("tonight-title");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("Friday");
  steps["tonight-go"] = await to("tonight-go");
  await page.keyboard.press("Enter");
  await page.waitForSelector('[data-testid="run-close"]');
  const request = JSON.parse(await told("request"));
  must(request.title === "Friday", `went live as ${request.title}`);
  must(!request.rooms.includes("room-weibo") && request.rooms.length === 2, `went live in ${request.rooms}`);

  steps["copy-server"] = await to("copy-server");
  await page.keyboard.press("Enter");
  steps["copy-key"] = await to("copy-key");
  await page.keyboard.press("Enter");
  must((await told("copied")) === "server key", `copied ${await told("copied")}`);
  steps["run-close"] = await to("run-close", "Shift+Tab");
  await page.keyboard.press("Enter");
  await page.waitForSelector('[data-testid="room-page"]');

  steps["chat-input"] = await to("chat-input");
  await page.keyboard.type("hello");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.body.dataset.said === "hello");
  await is("chat-input");
  // The menu of where it is said: opened, gone through, closed, and the focus is where it was.
  await to("chat-target", "Shift+Tab");
  await page.keyboard.press("Enter");
  await page.waitForSelector('[role="menu"]');
  await page.keyboard.press("ArrowDown");
  await at();
  await page.keyboard.press("Escape");
  await page.waitForSelector('[role="menu"]', { state: "detached" });
  await is("chat-target");

  steps.end = await to("end", "Shift+Tab");
  await page.keyboard.press("Enter");
  await is("cancel");
  await page.keyboard.press("Escape");
  await page.waitForSelector('[data-testid="dialog"]', { state: "detached" });
  await is("end");
  await page.keyboard.press("Enter");
  await is("cancel");
  await to("confirm");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.body.dataset.calls?.includes("endBroadcast"));
  await page.waitForSelector('[data-testid="room-status"][data-status="ended"]');
  await to("room-go-live", "Shift+Tab");
  await page.close();
  return { steps, faults };
}

let failed = false;
for (const lang of ["zh-CN", "en"]) {
  try {
    const { steps, faults } = await evening(lang);
    for (const fault of faults) console.error(`${lang}: ${fault}`);
    failed ||= faults.size > 0;
    console.log(`${lang}: an evening by keyboard; stops to ${JSON.stringify(steps)}`);
  } catch (error) {
    failed = true;
    console.error(`${lang}: ${error.message.split("\n")[0]}`);
  }
}
await browser.close();
site.close();
if (failed) process.exitCode = 1;
