import type { SummaryMilestone, SummaryView } from "../../ipc/backend";
import { m } from "../../paraglide/messages.js";
import { short, timeOfDay, whole } from "../../state/format";
import { platformName } from "../../state/words";
import { figureName } from "../figures/names";
import { ceiling } from "../figures/series";
import { milestoneWords } from "../milestones/words";
import { dateWords } from "../history/words";
import { facts, titleOfEvening, type Fact } from "./facts";
import { crowdOf, filled, messagesOf } from "./sums";

/** Size of the picture in points, without milestones; it is drawn at twice that. */
const WIDTH = 960;
const HEIGHT = 640;
const SCALE = 2;
const EDGE = 44;
const FONT = "ui-sans-serif, 'Segoe UI', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans', sans-serif";
/** People that are named in the picture. */
const NAMED = 3;
/** Milestones in the picture: the last ones, in rows of three. */
const MILESTONES = 6;
const IN_A_ROW = 3;

type Colour = "ground" | "line" | "text" | "text-2" | "text-3" | "weibo" | "taobao" | "qiniu" | "bilibili";

/** The window's colours as a canvas takes them: what a token comes to in the theme that is on. */
function palette(): (colour: Colour) => string {
  const probe = document.createElement("i");
  probe.hidden = true;
  document.body.append(probe);
  const known = new Map<Colour, string>();
  const colours: Colour[] = [
    "ground",
    "line",
    "text",
    "text-2",
    "text-3",
    "weibo",
    "taobao",
    "qiniu",
    "bilibili",
  ];
  for (const colour of colours) {
    probe.style.color = `var(--${colour})`;
    known.set(colour, getComputedStyle(probe).color);
  }
  probe.remove();
  return (colour) => known.get(colour) ?? "gray";
}

class Sheet {
  constructor(
    readonly to: CanvasRenderingContext2D,
    readonly colour: (colour: Colour) => string,
  ) {}

  /** Writes a line; cut with an ellipsis where it is wider than `room`. Answers its width. */
  write(
    text: string,
    x: number,
    y: number,
    how: { size: number; bold?: boolean; colour?: Colour; room?: number; right?: boolean },
  ): number {
    const { to } = this;
    to.font = `${how.bold ? "600" : "400"} ${String(how.size)}px ${FONT}`;
    to.fillStyle = this.colour(how.colour ?? "text");
    to.textAlign = how.right ? "right" : "left";
    const room = how.room ?? Infinity;
    let shown = text;
    const points = [...text];
    while (points.length > 1 && to.measureText(shown).width > room) {
      points.pop();
      shown = `${points.join("")}…`;
    }
    to.fillText(shown, x, y);
    return to.measureText(shown).width;
  }

  rule(x: number, y: number, width: number): void {
    this.to.fillStyle = this.colour("line");
    this.to.fillRect(x, y, width, 1);
  }
}

function figures(sheet: Sheet, shown: Fact[], top: number): void {
  const columns = Math.min(4, shown.length);
  const each = (WIDTH - 2 * EDGE) / columns;
  shown.slice(0, 8).forEach((fact, at) => {
    const x = EDGE + (at % columns) * each;
    const y = top + Math.floor(at / columns) * 84;
    sheet.write(fact.name, x, y, { size: 14, colour: "text-3", room: each - 16 });
    sheet.write(fact.value, x, y + 32, { size: 28, bold: true, room: each - 16 });
    sheet.write(fact.note, x, y + 53, { size: 13, colour: "text-2", room: each - 16 });
  });
}

function chart(sheet: Sheet, view: SummaryView, box: { x: number; y: number; w: number; h: number }): void {
  const { to } = sheet;
  const kind = crowdOf(view);
  const rooms = view.sessions.filter((s) => kind !== null && s.crowd === kind);
  const said = messagesOf(view);
  const most = Math.max(1, ...said);
  const each = box.w / Math.max(1, said.length);
  to.fillStyle = sheet.colour("line");
  said.forEach((n, at) => {
    const high = (n / most) * box.h * 0.2;
    to.fillRect(box.x + at * each, box.y + box.h - high, Math.max(0.5, each * 0.8), high);
  });
  sheet.rule(box.x, box.y + box.h, box.w);
  if (!kind) return;
  const high = ceiling(Math.max(1, ...rooms.flatMap((r) => r.crowds.map((n) => n ?? 0))));
  sheet.rule(box.x, box.y, box.w);
  sheet.write(short(high), box.x, box.y - 6, { size: 12, colour: "text-3" });
  let x = box.x + box.w;
  for (const room of rooms.toReversed()) {
    x -= sheet.write(platformName(room.session.platform), x, box.y - 6, {
      size: 12,
      colour: room.session.platform,
      right: true,
    });
    x -= 14;
  }
  x -= sheet.write(figureName(kind), x, box.y - 6, { size: 12, colour: "text-3", right: true }) + 14;
  sheet.write(`▮ ${m.summary_messages()}`, x, box.y - 6, { size: 12, colour: "text-3", right: true });
  for (const room of rooms) {
    to.strokeStyle = sheet.colour(room.session.platform);
    to.lineWidth = 2;
    to.lineJoin = "round";
    to.beginPath();
    let drawing = false;
    filled(room).forEach((n, at) => {
      if (n === null) {
        drawing = false;
        return;
      }
      const [px, py] = [box.x + (at + 0.5) * each, box.y + box.h - (n / high) * box.h];
      if (drawing) to.lineTo(px, py);
      else to.moveTo(px, py);
      drawing = true;
    });
    to.stroke();
  }
}

/** Room that the list of milestones takes. */
const listed = (shown: SummaryMilestone[]): number =>
  shown.length > 0 ? 34 + 24 * Math.ceil(shown.length / IN_A_ROW) : 0;

function milestones(sheet: Sheet, view: SummaryView, shown: SummaryMilestone[], top: number): void {
  if (shown.length === 0) return;
  const each = (WIDTH - 2 * EDGE) / IN_A_ROW;
  sheet.write(m.summary_milestones(), EDGE, top, { size: 14, colour: "text-3" });
  shown.forEach((reached, at) => {
    let x = EDGE + (at % IN_A_ROW) * each;
    const y = top + 24 * (1 + Math.floor(at / IN_A_ROW));
    const of = view.sessions.find((s) => s.session.id === reached.session)?.session;
    if (of && view.sessions.length > 1) {
      sheet.to.fillStyle = sheet.colour(of.platform);
      sheet.to.fillRect(x, y - 9, 8, 8);
      x += 16;
    }
    x += sheet.write(timeOfDay(reached.at), x, y, { size: 14, colour: "text-3" }) + 10;
    const end = EDGE + ((at % IN_A_ROW) + 1) * each;
    sheet.write(milestoneWords(reached), x, y, { size: 14, colour: "text-2", room: end - x - 12 });
  });
}

/** Draws the evening as a PNG and answers it as a `data:` address. Nothing is drawn that isn't on the page. */
export function drawSummary(view: SummaryView): string {
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH * SCALE;
  const reached = view.milestones.slice(-MILESTONES);
  const height = HEIGHT + listed(reached);
  canvas.height = height * SCALE;
  const to = canvas.getContext("2d");
  if (!to) return "";
  to.scale(SCALE, SCALE);
  const sheet = new Sheet(to, palette());
  to.fillStyle = sheet.colour("ground");
  to.fillRect(0, 0, WIDTH, height);
  sheet.write(titleOfEvening(view), EDGE, 72, { size: 30, bold: true, room: WIDTH - 2 * EDGE });
  const platforms = [...new Set(view.sessions.map((s) => platformName(s.session.platform)))];
  const when = `${dateWords(view.from)} ${timeOfDay(view.from)}–${timeOfDay(view.to)}`;
  sheet.write([when, ...platforms].join(" · "), EDGE, 102, {
    size: 15,
    colour: "text-2",
    room: WIDTH - 2 * EDGE,
  });
  const shown = facts(view);
  figures(sheet, shown, 154);
  const below = shown.length > 4 ? 342 : 258;
  chart(sheet, view, { x: EDGE, y: below, w: WIDTH - 2 * EDGE, h: 560 - below });
  sheet.write(timeOfDay(view.from), EDGE, 580, { size: 12, colour: "text-3" });
  sheet.write(timeOfDay(view.to), WIDTH - EDGE, 580, { size: 12, colour: "text-3", right: true });
  milestones(sheet, view, reached, 612);
  const people = view.chatters
    .slice(0, NAMED)
    .map((p) => `${p.person.name} ${whole(p.messages)}`)
    .join("   ");
  const foot = people ? `${m.summary_chatters()}  ${people}` : "";
  sheet.write(foot, EDGE, height - 28, { size: 14, colour: "text-2", room: WIDTH - 2 * EDGE - 180 });
  sheet.write(m.summary_picture_foot(), WIDTH - EDGE, height - 28, {
    size: 14,
    colour: "text-3",
    right: true,
  });
  return canvas.toDataURL("image/png");
}
