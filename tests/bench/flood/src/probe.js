// What the page notes at each frame, after it was laid out and painted: when, how long after the one before it began,
// where the list is scrolled to, how many lines the rows stand for, and the newest number of each room among them.
//
// A line is there once a row stands for it: its own, or one into which it was folded. `data-through` of the list
// counts the lines that rows stand for, in the order in which the program numbers them. A list without it
// (the control's) shows every line, so that a line is there once the newest of its room is as new.
const [rooms, cap] = arguments;
// So many rows that were looked at before end the look: a fold may stand below new rows.
const KNOWN = 8;
// Written to at once, so that what the page holds doesn't grow by it later.
const slots = () => new Float64Array(cap).fill(-1);
const probe = {
  frames: 0,
  at: slots(),
  took: slots(),
  top: slots(),
  through: slots(),
  newest: Array.from({ length: rooms }, slots),
  worst: 0,
  slow: [],
  inputs: [],
};
window.probe = probe;
const newest = new Float64Array(rooms).fill(-1);
const painted = new MessageChannel();
let typed = 0;
let took = 0;
painted.port1.onmessage = () => {
  const list = document.querySelector('[data-testid="chat-lines"]');
  const at = probe.frames;
  for (; typed > 0; typed--) probe.inputs.push(Date.now() + 1);
  if (!list || at >= cap) return;
  // From the end, where new rows come: what is read at each frame weighs on the frame.
  const rows = list.querySelector(".tail") ?? list;
  let known = 0;
  for (let row = rows.lastElementChild; row && known < KNOWN; row = row.previousElementSibling) {
    if (row.told) {
      known += 1;
      continue;
    }
    row.told = true;
    const found = /#(\d) (\d{7})/.exec(row.textContent);
    if (found) newest[found[1]] = Math.max(newest[found[1]], Number(found[2]));
  }
  // The clock is cut to whole milliseconds; nothing counts as earlier than it was.
  probe.at[at] = Date.now() + 1;
  probe.took[at] = took;
  probe.top[at] = list.scrollTop;
  probe.through[at] = Number(list.dataset.through ?? -1);
  for (let room = 0; room < rooms; room++) probe.newest[room][at] = newest[room];
  probe.frames = at + 1;
};
let last = performance.now();
const draw = () => {
  const now = performance.now();
  took = now - last;
  probe.worst = Math.max(probe.worst, took);
  if (took > 45 && probe.slow.length < 40) probe.slow.push([Date.now(), Math.round(took)]);
  last = now;
  painted.port2.postMessage(0);
  requestAnimationFrame(draw);
};
requestAnimationFrame(draw);
document.addEventListener("input", () => requestAnimationFrame(() => (typed += 1)), true);
