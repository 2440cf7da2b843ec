// What the scripts that open the designed states share: the built page, served under the program's own policy, and a
// browser to look at it with.
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const root = fileURLToPath(new URL("../..", import.meta.url));
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };
// The program's own, so that a breach shows here.
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'";

/** Serves the page of designed states on loopback; answers its address, and what stops it. */
export async function serve(site = process.env.SITE ?? join(root, "target/screens-site")) {
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
      "cache-control": "max-age=600",
    });
    createReadStream(file).pipe(response);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { address: `http://127.0.0.1:${server.address().port}/screens.html`, close };
}

// The one without a window of its own starts in a tenth of the time, where it is installed.
const browsers = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium"];

/** A browser that draws as the window does. */
export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? browsers.find((path) => existsSync(path)) ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--font-render-hinting=none",
      "--disable-dev-shm-usage",
      "--disable-gpu",
      "--disable-breakpad",
    ],
  });
