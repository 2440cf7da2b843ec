import { tick } from "svelte";

/** Px that the pane is moved for the next line to be drawn. */
const ON_PX = 120;

const lines = (box: HTMLElement): HTMLElement[] => [...box.querySelectorAll<HTMLElement>("[data-line]")];

/** Is some of it in sight? */
const inSight = (box: HTMLElement, line: HTMLElement): boolean => {
  const [of, at] = [box.getBoundingClientRect(), line.getBoundingClientRect()];
  return at.top < of.bottom && at.bottom <= of.bottom + 1 && at.bottom > of.top;
};

/**
 * Moves the focus a line up or down; from the pane itself to the last line in sight. `readBack` lets the pane
 * draw more than its end, where it draws no more than that.
 */
export async function step(
  box: HTMLElement,
  by: 1 | -1,
  readBack: (() => Promise<void>) | null,
): Promise<void> {
  const all = lines(box);
  const now = all.indexOf(document.activeElement as HTMLElement);
  const next = now < 0 ? (all.findLast((line) => inSight(box, line)) ?? all.at(-1)) : all[now + by];
  if (next) return focus(next);
  const id = all[now]?.dataset.line;
  if (by > 0 || id === undefined) {
    if (!readBack) box.scrollTop += ON_PX;
    return;
  }
  if (readBack) await readBack();
  else box.scrollTop -= ON_PX;
  await tick();
  await new Promise((drawn) => requestAnimationFrame(drawn));
  const again = lines(box);
  const at = again.findIndex((line) => line.dataset.line === id);
  const before = at > 0 ? again[at - 1] : again[0];
  if (before) focus(before);
}

function focus(line: HTMLElement): void {
  line.focus({ preventScroll: true });
  line.scrollIntoView({ block: "nearest" });
}

/** Remembers where lines stand, and puts the first of them that is still there back in its place. */
export function anchors(box: HTMLElement): () => void {
  const places = lines(box)
    .filter((line) => inSight(box, line))
    .map((line) => [line.dataset.line, line.getBoundingClientRect().top] as const);
  return () => {
    for (const [id, top] of places) {
      const now = lines(box).find((line) => line.dataset.line === id);
      if (!now) continue;
      box.scrollTop += now.getBoundingClientRect().top - top;
      return;
    }
  };
}
