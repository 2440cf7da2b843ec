// What usual clients do: a row a line, the last 500 kept, scrolled to the end once a frame. A row has the parts of
// Kaibo's, so that what differs is how lines come here.
const { listen, emit } = window.__TAURI__.event;
const list = document.querySelector("ul");
const heard = new Set();
let going = false;

const toEnd = () => {
  if (going) return;
  going = true;
  requestAnimationFrame(() => {
    going = false;
    list.scrollTop = list.scrollHeight;
  });
};

const element = (name, kind, ...inside) => {
  const made = document.createElement(name);
  made.className = kind;
  made.append(...inside);
  return made;
};

const ready = Promise.all([
  listen("connected", ({ payload }) => (list.dataset.heard = heard.add(payload).size)),
  listen("line", ({ payload }) => {
    const line = element("li", "");
    line.tabIndex = -1;
    Object.assign(line.dataset, { testid: "chat-line", kind: "message", room: payload.room });
    const mark = element("span", "mark");
    mark.role = "img";
    mark.ariaLabel = mark.title = "Bilibili";
    mark.dataset.glyph = "B";
    const who = element("span", "who", element("bdi", "", payload.name));
    line.append(mark, who, element("bdi", "words", payload.text));
    list.append(line);
    while (list.children.length > 500) list.firstChild.remove();
    toEnd();
  }),
]);
ready.then(() => {
  emit("ready");
  document.querySelector("main").dataset.ready = "true";
});
