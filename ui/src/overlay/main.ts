import "./page.css";
import "./overlay.css";
import type { OverlayLine, OverlayStart } from "../ipc/types/kaibo";
import { Stage } from "./stage";

/** Lost for so long, the program is closed rather than slow. */
const LOST_MS = 3_000;
/** Three beats missed: the program hangs. */
const SILENT_MS = 32_000;
/** The browser gives up on some failures; the page doesn't. */
const AGAIN_MS = 2_000;
const FULL_MS = 10_000;
const TICK_MS = 250;

const stage = new Stage(document.body, navigator.language);
const own = new CSSStyleSheet();
document.adoptedStyleSheets = [own];

/** A line has come, since the page was opened. */
let seen = false;
let source: EventSource | null = null;
let lostAt: number | null = performance.now();
let heardAt = performance.now();
let full = false;
let wrong = false;

function read<T>(event: MessageEvent<string>): T {
  heardAt = performance.now();
  lostAt = null;
  wrong = full = false;
  return JSON.parse(event.data) as T;
}

function listen(): void {
  source?.close();
  source = new EventSource("events");
  source.addEventListener("start", (event) => {
    const { settings, lines } = read<OverlayStart>(event);
    own.replaceSync(settings.css);
    seen ||= lines.length > 0;
    stage.start(settings, lines, Date.now());
    settle();
  });
  source.addEventListener("lines", (event) => {
    const lines = read<OverlayLine[]>(event);
    seen = true;
    stage.add(lines, Date.now());
    settle();
  });
  source.addEventListener("recalled", (event) => stage.recall(read<number[]>(event)));
  source.addEventListener("beat", read);
  source.addEventListener("full", () => {
    full = true;
    source?.close();
    setTimeout(listen, FULL_MS);
    settle();
  });
  source.onerror = () => {
    lostAt ??= performance.now();
    if (source?.readyState === EventSource.CLOSED && !full) void look();
  };
}

/** The browser gave up: the program answered, and not as it should. */
async function look(): Promise<void> {
  try {
    wrong = (await fetch("overlay.css", { method: "GET", cache: "no-store" })).status === 404;
  } catch {
    // The program is closed.
    wrong = false;
  }
  settle();
  setTimeout(listen, AGAIN_MS);
}

/** Says what there is to say, and nothing while lines come. */
function settle(): void {
  const now = performance.now();
  const lost = lostAt !== null && now - lostAt > LOST_MS;
  if (wrong) stage.tell("address");
  else if (full) stage.tell("full");
  else if (lost || now - heardAt > SILENT_MS) stage.tell("closed");
  else if (!seen && lostAt === null) stage.tell("empty");
  else if (lostAt === null) stage.tell(null);
}

setInterval(() => {
  stage.tick(Date.now());
  settle();
}, TICK_MS);
listen();
