/** Px that the pane is moved for the next line to be drawn. */
const ON_PX = 120;
/** Frames that a line is waited for until the list has drawn it. */
const FRAMES = 30;

const lines = (box: HTMLElement): HTMLElement[] => [...box.querySelectorAll<HTMLElement>("[data-line]")];

/** Is all of it in sight? */
const inSight = (box: HTMLElement, line: HTMLElement): boolean => {
  const [of, at] = [box.getBoundingClientRect(), line.getBoundingClientRect()];
  return at.top >= of.top && at.bottom <= of.bottom + 1;
};

function focus(line: HTMLElement): void {
  line.focus({ preventScroll: true });
  line.scrollIntoView({ block: "nearest" });
}

/** The line that has the focus, by its number. */
export const focusedLine = (box: HTMLElement | undefined): string | undefined => {
  const now = document.activeElement;
  return now instanceof HTMLElement && box?.contains(now) ? now.dataset.line : undefined;
};

/** Gives a line the focus as soon as it is drawn, wherever that is. */
export async function refocus(box: HTMLElement, id: string | undefined): Promise<HTMLElement | undefined> {
  for (let frame = 0; id !== undefined && frame < FRAMES; frame++) {
    const line = lines(box).find((l) => l.dataset.line === id);
    if (line) {
      line.focus({ preventScroll: true });
      return line;
    }
    await new Promise((drawn) => requestAnimationFrame(drawn));
  }
  return undefined;
}

let moving = false;

/**
 * Moves the focus a line up or down; from the pane itself to the last line in sight. `readBack` lets the pane
 * draw more than its end, where it draws no more than that.
 */
export async function step(
  box: HTMLElement,
  by: 1 | -1,
  readBack: (() => Promise<void>) | null,
): Promise<void> {
  if (moving) return;
  const all = lines(box);
  const now = all.indexOf(document.activeElement as HTMLElement);
  if (now < 0) {
    const last = all.findLast((line) => inSight(box, line)) ?? all.at(-1);
    if (last) focus(last);
    return;
  }
  const next = all[now + by];
  if (next && (inSight(box, next) || !readBack)) return focus(next);
  if (!next && by > 0) return;
  const id = (next ?? all[now])?.dataset.line;
  moving = true;
  try {
    if (readBack) {
      // What has the focus is drawn anew: keys that come meanwhile aren't lost to the page.
      box.focus({ preventScroll: true });
      await readBack();
    } else box.scrollTop -= ON_PX;
    const line = await refocus(box, id);
    line?.scrollIntoView({ block: "nearest" });
    if (next) return;
    const again = lines(box);
    const before = again[again.findIndex((line) => line.dataset.line === id) - 1];
    if (before) focus(before);
  } finally {
    moving = false;
  }
}

/**
 * Remembers where lines stand and which has the focus. What it answers puts the first of them that is still there
 * back in its place, and gives the focus to the nearest when its line is gone.
 */
export function anchors(box: HTMLElement): () => void {
  const chosen = focusedLine(box);
  const places = lines(box)
    .filter((line) => inSight(box, line))
    .map((line) => [line.dataset.line, line.getBoundingClientRect().top] as const);
  return () => {
    const left = new Map(lines(box).map((line) => [line.dataset.line, line]));
    const still = places.find(([id]) => left.has(id));
    const line = still && left.get(still[0]);
    if (still && line) box.scrollTop += line.getBoundingClientRect().top - still[1];
    if (chosen === undefined || focusedLine(box) !== undefined) return;
    const at = Math.max(
      0,
      places.findIndex(([id]) => id === chosen),
    );
    const near = [...places.slice(at), ...places.slice(0, at).reverse()].find(([id]) => left.has(id));
    (near ? left.get(near[0]) : box)?.focus({ preventScroll: true });
  };
}
