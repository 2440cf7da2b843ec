import { writeFileSync } from "node:fs";
import { launch, serve } from "./site.mjs";
const site = await serve("/tmp/relayui/site");
const browser = await launch();
const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, reducedMotion: "reduce" });
const page = await context.newPage();
page.setDefaultTimeout(120000);
page.on("console", (m) => ["error", "warning"].includes(m.type()) && console.log("console", m.text()));
page.on("pageerror", (e) => console.log("pageerror", e.message));
for (const job of process.argv.slice(2)) {
  const [scene, lang = "zh-CN", shots = "dark-1366"] = job.split(",");
  await page.goto(`${site.address}?scene=${scene}&theme=dark&lang=${lang}`);
  await page.waitForSelector("body[data-ready]");
  for (const shot of shots.split("+")) {
    const [theme, width] = shot.split("-");
    await page.setViewportSize({ width: Number(width), height: width === "900" ? 600 : 768 });
    await page.evaluate((t) => new Promise((d) => { document.documentElement.dataset.theme = t; requestAnimationFrame(() => requestAnimationFrame(d)); }), theme);
    const over = await page.evaluate(() => [...document.querySelectorAll(".body,.pad,.card,.bd")].filter((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0).map((e) => e.className));
    if (over.length) console.log(scene, lang, shot, "sideways", over.join());
    await page.screenshot({ path: `/tmp/relayui/shots/${scene}-${lang}-${shot}.png` });
    console.log(new Date().toISOString().slice(14, 19), scene, lang, shot);
  }
}
await browser.close(); site.close();
