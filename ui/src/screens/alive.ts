/** A program that does what it is asked for, so that an evening can be gone through by hand: `scripts/keyboard.mjs` does. */
import type { Backend, RoomView, RunView } from "../ipc/backend";
import type { FakeBackend } from "../ipc/fake";
import { NOW, room, type Lang } from "./data";
import type { Scene } from "./scenes";

const STEP_MS = 30;
const later = (act: () => void): void => void setTimeout(act, STEP_MS);

const started = (r: RoomView): RoomView => ({
  ...r,
  status: "live",
  started_at: NOW,
  signal: { kind: "none" },
  push: { server: "rtmp://push.example/live", has_key: true },
  chat:
    r.chat.kind === "none" ? r.chat : { kind: "listening", last_line: null, last_alive: NOW, reconnects: 0 },
});

export const aliveScreens: Scene[] = [
  {
    name: "alive",
    snapshot: (lang) => ({ rooms: rooms(lang) }),
    show: (app, backend, lang) => {
      answer(backend, rooms(lang));
      app.showRoom("room-bilibili");
    },
  },
];

const rooms = (lang: Lang): RoomView[] => [room("bilibili", lang), room("weibo", lang), room("qiniu", lang)];

function answer(backend: FakeBackend, all: RoomView[]): void {
  const run = (id: number, going_live: boolean, ids: string[], done: boolean): RunView => ({
    id,
    going_live,
    started_at: NOW,
    finished_at: done ? NOW : null,
    rooms: ids.map((r) => ({
      room: r,
      state: done ? { kind: "done" } : { kind: "working" },
      steps: [],
      took_ms: done ? 900 : null,
    })),
    encoder: null,
    relay: null,
  });
  const note = (name: keyof Backend): void =>
    void (document.body.dataset.calls = `${document.body.dataset.calls ?? ""} ${name}`.trim());
  backend.goLive = (request) => {
    note("goLive");
    document.body.dataset.request = JSON.stringify({ rooms: request.rooms, title: request.details.title });
    later(() =>
      backend.push([
        ...all
          .filter((r) => request.rooms.includes(r.id))
          .map((r) => ({ kind: "room" as const, room: { ...started(r), title: request.details.title } })),
        { kind: "run", run: run(1, true, request.rooms, true) },
      ]),
    );
    return Promise.resolve(run(1, true, request.rooms, false));
  };
  backend.endBroadcast = (ids) => {
    note("endBroadcast");
    later(() =>
      backend.push([
        ...all
          .filter((r) => ids.includes(r.id))
          .map((r) => ({ kind: "room" as const, room: { ...r, status: "ended" as const, ended_at: NOW } })),
        { kind: "run", run: run(2, false, ids, true) },
      ]),
    );
    return Promise.resolve(run(2, false, ids, false));
  };
  backend.copyPush = (_room, part) => {
    note("copyPush");
    document.body.dataset.copied = `${document.body.dataset.copied ?? ""} ${part}`.trim();
    return Promise.resolve();
  };
  backend.say = (to, text) => {
    note("say");
    document.body.dataset.said = text;
    return Promise.resolve(to.map((id) => ({ room: id, problem: null })));
  };
}
