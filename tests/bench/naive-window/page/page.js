// What usual clients do: a node a line, the last 500 kept, scrolled to the end once a frame.
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

const ready = Promise.all([
  listen("connected", ({ payload }) => (list.dataset.heard = heard.add(payload).size)),
  listen("line", ({ payload }) => {
    const line = document.createElement("li");
    line.dataset.testid = "chat-line";
    const name = document.createElement("b");
    name.textContent = payload.name;
    line.append(name, payload.text);
    list.append(line);
    while (list.children.length > 500) list.firstChild.remove();
    toEnd();
  }),
]);
ready.then(() => {
  emit("ready");
  document.querySelector("main").dataset.ready = "true";
});
