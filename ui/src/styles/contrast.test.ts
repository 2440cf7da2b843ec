/** Colours of both themes against WCAG 2.2's contrast (https://www.w3.org/TR/WCAG22/#contrast-minimum), from the tokens. */
import { describe, expect, it } from "vitest";
import { declared, styles } from "./sheets.test-data";

/** Linear light: red, green, blue from 0 to 1, and alpha. */
type Colour = [number, number, number, number];
type Theme = "light" | "dark";

/** https://bottosson.github.io/posts/oklab/ */
function oklch(lightness: number, chroma: number, hue: number, alpha = 1): Colour {
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  // What the screen can't show is cut off, as engines do.
  const shown = (value: number): number => Math.min(1, Math.max(0, value));
  return [
    shown(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    shown(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    shown(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
    alpha,
  ];
}

function colour(token: string, theme: Theme): Colour {
  const value = declared.get(token);
  if (value === undefined) throw new Error(`no token --${token}`);
  const all = [...value.matchAll(/oklch\(([^)]+)\)/g)].map((found) =>
    (found[1] ?? "").split(/[\s/]+/).map(Number),
  );
  const chosen = all.length === 2 ? all[theme === "light" ? 0 : 1] : all[0];
  if (!chosen || chosen.some(Number.isNaN)) throw new Error(`--${token} isn't a colour in oklch: ${value}`);
  const [l = 0, c = 0, h = 0, alpha = 1] = chosen;
  return oklch(l, c, h, alpha);
}

const luminance = ([r, g, b]: Colour): number => 0.2126 * r + 0.7152 * g + 0.0722 * b;
function contrast(one: Colour, other: Colour): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** What words stand on: the three planes, what is written in, rows, buttons at rest and under the pointer. */
const PLANES = ["ground", "plane", "raised", "well", "field"];
const HANDLED = ["control", "control-hover", "control-down", "select"];
const TINTS = ["accent-tint", "live-tint", "ok-tint", "warn-tint", "problem-tint"];
const WORDS: Record<string, string[]> = {
  text: [...PLANES, ...HANDLED, ...TINTS],
  "text-2": [...PLANES, "control", "control-hover", "select", ...TINTS],
  "text-3": [...PLANES, "control", "select"],
  accent: [...PLANES, "control", "select", "accent-tint"],
  live: [...PLANES, "select", "live-tint"],
  ok: [...PLANES, "control", "select", "ok-tint"],
  warn: [...PLANES, "control", "select", "warn-tint"],
  problem: [...PLANES, "control", "select", "problem-tint"],
  "on-accent": ["accent-fill", "accent-fill-h"],
  "on-live": ["live-fill", "live-fill-h"],
  "on-problem": ["problem-fill"],
  // A toast is the window turned round.
  ground: ["text"],
};
/** What must be told apart without being read: 3 to 1. */
const MARKS: Record<string, string[]> = {
  edge: [...PLANES, "control"],
  weibo: PLANES,
  taobao: PLANES,
  qiniu: PLANES,
  bilibili: PLANES,
  "accent-fill": PLANES,
  // The ring around what has the focus.
  accent: [...PLANES, ...HANDLED],
};

const weak = (pairs: Record<string, string[]>, theme: Theme, least: number): string[] =>
  Object.entries(pairs).flatMap(([front, backs]) =>
    backs
      .map((back) => [back, contrast(colour(front, theme), colour(back, theme))] as const)
      .filter(([, ratio]) => ratio < least)
      .map(([back, ratio]) => `${front} on ${back}: ${ratio.toFixed(2)}`),
  );

describe.each<Theme>(["light", "dark"])("in the %s theme", (theme) => {
  it("every word can be read on what it stands on", () => {
    expect(weak(WORDS, theme, 4.5)).toEqual([]);
  });

  it("every mark, edge and ring can be seen", () => {
    expect(weak(MARKS, theme, 3)).toEqual([]);
  });

  it("so can what one rule puts on a ground of its own", () => {
    const rules = styles().flatMap(({ sheet }) =>
      [...sheet.matchAll(/\{([^{}]*)\}/g)].map((rule) => rule[1] ?? ""),
    );
    const own = rules.flatMap((rule) => {
      const front = /(?:^|[;\s])color:\s*var\(--([\w-]+)\)/.exec(rule)?.[1];
      const back = /background(?:-color)?:\s*var\(--([\w-]+)\)/.exec(rule)?.[1];
      return front && back && front !== "text-off" && declared.has(front) && declared.has(back)
        ? [[front, back] as const]
        : [];
    });
    expect(own.length).toBeGreaterThan(10);
    const pairs: Record<string, string[]> = {};
    for (const [front, back] of own) (pairs[front] ??= []).push(back);
    expect(weak(pairs, theme, 4.5)).toEqual([]);
  });
});
