import { m } from "../paraglide/messages.js";
import { locale, type Locale } from "./locale.svelte";

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** A number in full: 12,347. */
export const whole = (n: number): string => grouped.format(n).replace("-", "−");

/** A change, with its sign: +318, −41, 0. */
export const change = (n: number): string => (n > 0 ? `+${whole(n)}` : whole(n));

/** A number for narrow places: in full below 10,000, then 1.2万 or 12.3k. */
export function short(n: number, lang: Locale = locale()): string {
  if (n < 10_000) return whole(n);
  const [step, unit] =
    lang === "zh-CN"
      ? n < 99_995_000
        ? [10_000, "万"]
        : [100_000_000, "亿"]
      : n < 999_500
        ? [1_000, "k"]
        : [1_000_000, "M"];
  const scaled = n / step;
  const digits = scaled < 100 ? scaled.toFixed(1) : scaled.toFixed(0);
  return `${digits.replace(/\.0$/, "")}${unit}`;
}

const two = (n: number): string => String(n).padStart(2, "0");

function parts(ms: number): [number, number, number] {
  const s = Math.max(0, Math.floor(ms / 1_000));
  return [Math.floor(s / 3_600), Math.floor(s / 60) % 60, s % 60];
}

/** The evening's clock: 01:23:45. */
export function clock(ms: number): string {
  return parts(ms).map(two).join(":");
}

/** A length in a pill: 1:23:45. */
export function elapsed(ms: number): string {
  const [h, min, s] = parts(ms);
  return `${h}:${two(min)}:${two(s)}`;
}

/** Time of day: 21:24, with seconds 21:24:18. */
export function timeOfDay(at: number, seconds = false): string {
  const d = new Date(at);
  const hm = `${two(d.getHours())}:${two(d.getMinutes())}`;
  return seconds ? `${hm}:${two(d.getSeconds())}` : hm;
}

/** Time left: 0:48, 12:05, from an hour on 1:02:05. */
export function countdown(ms: number): string {
  const [h, min, s] = parts(Math.ceil(ms / 1_000) * 1_000);
  return h > 0 ? `${h}:${two(min)}:${two(s)}` : `${min}:${two(s)}`;
}

/** An amount of money, given in thousandths of a yuan: ¥6, ¥1,998, ¥0.10. */
export function money(thousandths: number): string {
  const cents = Math.round(thousandths / 10);
  const yuan = `¥${whole(Math.floor(cents / 100))}`;
  return cents % 100 === 0 ? yuan : `${yuan}.${two(cents % 100)}`;
}

/** Seconds below a minute are told in steps: nobody counts along, and each change of a text costs a frame. */
const AGO_STEP = 10;

/** How long ago, in the largest whole unit; seconds by tens. */
export function ago(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1_000));
  if (s < AGO_STEP) return m.ago_now();
  if (s < 60) return m.ago_seconds({ n: s - (s % AGO_STEP) });
  if (s < 3_600) return m.ago_minutes({ n: Math.floor(s / 60) });
  return m.ago_hours({ n: Math.floor(s / 3_600) });
}

/** How long something has lasted, to the minute: 23 min, 1 h 5 min. */
export function lasting(ms: number): string {
  const [h, n] = parts(ms);
  if (h > 0) return m.history_length({ h, n });
  return n > 0 ? m.span_minutes({ n }) : m.ago_now();
}

/** How long, in the largest whole unit. */
export function span(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1_000));
  if (s < 60) return m.span_seconds({ n: s });
  return m.span_minutes({ n: Math.floor(s / 60) });
}

/** A picture's size and rate: 1080p · 6,012 kb/s. Unknown parts are left out. */
export function videoWords(kbps: number, height: number): string {
  return [height > 0 ? `${height}p` : "", kbps > 0 ? `${whole(kbps)} kb/s` : ""].filter(Boolean).join(" · ");
}
