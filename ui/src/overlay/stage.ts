import type { OverlayLine, OverlaySettings } from "../ipc/types/kaibo";
import { MARKS, parts, wordsOf } from "./words";
import type { Notice, Words } from "./words";

/** Most lines on the page. */
const MOST = 30;
const IN_MS = 180;
const OUT_MS = 400;
/** Of more lines at once none is moved: that would only flicker. */
const MOVED_AT_ONCE = 4;

interface Shown {
  line: OverlayLine;
  row: HTMLElement;
  /** When it goes, by the page's clock, ms; none: when newer ones push it out. */
  until: number | null;
}

/**
 * Draws the lines: on the overlay's page, and in the window's preview. Text is put in as text alone, and only transform
 * and opacity move.
 */
export class Stage {
  readonly #root: HTMLElement;
  readonly #list: HTMLElement;
  readonly #notice: HTMLElement;
  #settings: OverlaySettings | null = null;
  #words: Words;
  #shown: Shown[] = [];
  #told: Notice | null = null;

  constructor(
    place: Node,
    private readonly system: string,
  ) {
    this.#words = wordsOf("auto", system);
    this.#root = element("div", "overlay");
    this.#list = element("ol", "lines");
    this.#notice = element("p", "notice");
    this.#notice.hidden = true;
    this.#root.append(this.#list, this.#notice);
    place.appendChild(this.#root);
  }

  /** Begins anew. */
  start(settings: OverlaySettings, lines: readonly OverlayLine[], now: number): void {
    this.#settings = settings;
    this.#words = wordsOf(settings.language, this.system);
    const { dataset, style } = this.#root;
    this.#root.lang = this.#words === wordsOf("zh", "") ? "zh-CN" : "en";
    dataset["theme"] = settings.theme;
    dataset["newest"] = settings.newest_on_top ? "top" : "bottom";
    style.setProperty("--size", `${settings.font_size}px`);
    this.#shown = [];
    this.#list.replaceChildren();
    const stay = settings.stay_seconds * 1000;
    const fresh = lines.filter((line) => stay === 0 || now - line.at < stay);
    this.#put(fresh, now, false);
    this.tell(this.#told);
  }

  /** Shows new lines; the oldest go. */
  add(lines: readonly OverlayLine[], now: number): void {
    this.#put(lines, now, true);
  }

  /** Takes lines back at once. */
  recall(ids: readonly number[]): void {
    for (const { line, row } of this.#shown) if (ids.includes(line.id)) row.remove();
    this.#shown = this.#shown.filter(({ line }) => !ids.includes(line.id));
  }

  /** Lets lines go whose time is over. */
  tick(now: number): void {
    const over = this.#shown.filter(({ until }) => until !== null && until <= now);
    if (over.length === 0) return;
    this.#shown = this.#shown.filter((one) => !over.includes(one));
    for (const { row } of over) {
      const fading = row.animate?.({ opacity: [1, 0] }, { duration: OUT_MS, fill: "forwards" });
      if (fading) fading.onfinish = () => row.remove();
      else row.remove();
    }
  }

  /** Says something in place of lines, or nothing any more. */
  tell(notice: Notice | null): void {
    this.#told = notice;
    this.#notice.hidden = notice === null;
    if (notice === null) return;
    const { what, next } = this.#words.notice[notice];
    this.#notice.dataset["notice"] = notice;
    const [head, rest] = [element("b", "what"), element("span", "next")];
    head.textContent = what;
    rest.textContent = next;
    this.#notice.replaceChildren(head, rest);
  }

  #put(lines: readonly OverlayLine[], now: number, moving: boolean): void {
    const settings = this.#settings;
    if (!settings) return;
    const stay = settings.stay_seconds * 1000;
    let put = 0;
    for (const line of lines.slice(-MOST)) {
      const until = stay === 0 ? null : now + stay;
      // A count of likes stands once a platform, and counts up where it stands.
      const former = line.kind === "like" ? this.#shown.find((s) => same(s.line, line)) : undefined;
      if (former) {
        const row = this.#row(line);
        former.row.replaceWith(row);
        Object.assign(former, { line, row, until });
        continue;
      }
      const row = this.#row(line);
      if (settings.newest_on_top) this.#list.prepend(row);
      else this.#list.append(row);
      this.#shown.push({ line, row, until });
      put += 1;
    }
    for (const { row } of this.#shown.splice(0, Math.max(0, this.#shown.length - MOST))) row.remove();
    // Those that are fading out count as nodes too.
    while (this.#list.childElementCount > MOST) {
      (settings.newest_on_top ? this.#list.lastElementChild : this.#list.firstElementChild)?.remove();
    }
    if (moving && put > 0 && put <= MOVED_AT_ONCE) this.#move(put, settings.newest_on_top);
  }

  /** Lets the lines glide to their places, and the new ones appear. */
  #move(put: number, up: boolean): void {
    const rows = [...this.#list.children];
    const fresh = up ? rows.slice(0, put) : rows.slice(-put);
    const [first, last] = [fresh[0], fresh[fresh.length - 1]];
    if (!first || !last) return;
    const by = last.getBoundingClientRect().bottom - first.getBoundingClientRect().top;
    const from = `translateY(${up ? -by : by}px)`;
    this.#list.animate?.({ transform: [from, "none"] }, { duration: IN_MS, easing: "ease-out" });
    for (const row of fresh) row.animate?.({ opacity: [0, 1] }, { duration: IN_MS });
  }

  #row(line: OverlayLine): HTMLElement {
    const { name, did, text, worth } = parts(line, this.#words);
    const row = element("li", "line");
    row.dataset["kind"] = line.kind;
    row.dataset["platform"] = line.platform;
    if (line.me) row.dataset["me"] = "";
    if (line.moderator) row.dataset["moderator"] = "";
    const piece = (tag: string, kind: string, words: string): void => {
      if (words === "") return;
      const span = element(tag, kind);
      span.textContent = words;
      row.append(span);
    };
    piece("span", "mark", MARKS[line.platform]);
    piece("bdi", "name", name);
    piece("span", "worth", worth);
    piece("span", "did", did);
    piece("bdi", "text", text);
    return row;
  }
}

const same = (one: OverlayLine, other: OverlayLine): boolean =>
  one.kind === other.kind && one.platform === other.platform;

function element(tag: string, kind: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = kind;
  return made;
}
