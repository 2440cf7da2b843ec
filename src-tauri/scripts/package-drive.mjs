// Drives the installed program through its driver: opens it, goes live in the sandbox, ends it.
//
//   package-drive.mjs PORT VERSION FOLDER     a picture of the window is written to FOLDER
import { writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

const [port, version, folder] = process.argv.slice(2);
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
const PATIENCE = 120_000;

async function ask(method, path, body) {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(PATIENCE),
  });
  const { value } = await answer.json();
  if (!answer.ok) throw new Error(`${path}: ${value?.error} ${value?.message}`);
  return value;
}

/** Tries until it works. */
async function until(what, attempt) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    try {
      const found = await attempt();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await pause(100);
  }
}

await until("the driver", () => ask("GET", "/status"));
const browser = { "webkitgtk:browserOptions": { binary: "/usr/bin/kaibo", args: [] } };
const { sessionId } = await ask("POST", "/session", { capabilities: { alwaysMatch: browser } });
const session = `/session/${sessionId}`;

const css = (id, more = "") => `[data-testid="${id}"]${more}`;
const find = (selector) =>
  until(selector, async () => (await ask("POST", `${session}/element`, { using: "css selector", value: selector }))[ELEMENT]);
const click = (selector) => until(`a click on ${selector}`, async () => {
  await ask("POST", `${session}/element/${await find(selector)}/click`, {});
  return true;
});
const script = (text) => ask("POST", `${session}/execute/sync`, { script: text, args: [] });

await find(css("shell", '[data-ready="true"]'));
for (const platform of ["weibo", "taobao", "qiniu", "bilibili"]) await find(css(`room-${platform}`));
console.log("the window is open, with the sandbox's four rooms");

await click(css("go-live"));
await ask("POST", `${session}/element/${await find(css("tonight-title"))}/value`, { text: "周五夜听" });
const live = ["weibo", "qiniu", "bilibili"];
for (const platform of live) {
  await find(css(`tonight-choose-${platform}`));
  const ticked = await script(`return document.querySelector('${css(`tonight-choose-${platform}`)}').checked`);
  if (!ticked) await click(`label:has(${css(`tonight-choose-${platform}`)})`);
}
await click(css("tonight-go"));
for (const platform of live) await find(css(`run-${platform}`, '[data-state="done"]'));
await click(css("run-close"));
for (const platform of ["qiniu", "bilibili"]) await find(css(`room-${platform}`, '[data-status="live"]'));
await find(css("chat-line", '[data-kind="message"]'));
console.log("Qiniu and Bilibili are live, Weibo waits for its push, and viewers talk");
// A page at rest draws nothing, and the driver waits for a frame.
await script("const draw = (n) => { document.title = `${n}`; document.body.style.outline = ''; n && requestAnimationFrame(() => draw(n - 1)); }; draw(60)");
writeFileSync(`${folder}/window.png`, Buffer.from(await ask("GET", `${session}/screenshot`), "base64"));

await click(css("nav-settings"));
const shown = await until("the version", async () => (await script(`return document.querySelector('${css("version")}')?.textContent`)) || undefined);
if (!shown.includes(version)) throw new Error(`the window says ${shown}, the package ${version}`);
console.log(`it calls itself ${shown}`);

await click(css("end-all"));
await click(css("confirm"));
for (const platform of ["qiniu", "bilibili"]) {
  await until(`${platform} to end`, async () => !(await script(`return Boolean(document.querySelector('${css(`room-${platform}`, '[data-status="live"]')}'))`)));
}
console.log("all are ended");
await ask("DELETE", session);
