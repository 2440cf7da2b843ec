import { describe, expect, it, vi } from "vitest";
import { FakeBackend } from "../ipc/fake";
import type { ChatLine, Reading, Update } from "../ipc/backend";
import { room, snapshot } from "../screens/data";
import { App } from "./app.svelte";
import { CHAT_KEPT } from "./chatlog.svelte";
import { Model } from "./model.svelte";
import { Stream } from "./stream";

const line = (id: number): ChatLine => ({
  id,
  room: "room-bilibili",
  platform: "bilibili",
  kind: "message",
  who: null,
  text: `line ${id}`,
  gift: null,
  until: null,
  recalled: false,
  at: id,
});

function setUp(): {
  backend: FakeBackend;
  model: Model;
  draw: () => void;
  paint: () => void;
  stream: Stream;
} {
  const backend = new FakeBackend(snapshot("en"));
  const model = new Model();
  const frames: (() => void)[] = [];
  const paints: (() => void)[] = [];
  const stream: Stream = new Stream(
    backend,
    model,
    () => void stream.start(),
    (draw) => frames.push(draw),
    (then) => paints.push(then),
  );
  return {
    backend,
    model,
    stream,
    draw: () => {
      for (const frame of frames.splice(0)) frame();
    },
    paint: () => {
      for (const then of paints.splice(0)) then();
    },
  };
}

const titled = (title: string): Update => ({ kind: "room", room: room("bilibili", "en", { title }) });
const title = (model: Model): string | undefined => model.room("room-bilibili")?.title;

describe("the stream of batches", () => {
  it("applies all that came within a frame at once, and tells the last as drawn once it is painted", async () => {
    const { backend, model, draw, paint, stream } = setUp();
    await stream.start();
    expect(model.ready).toBe(false);
    backend.push([titled("one")]);
    backend.push([titled("two")]);
    expect(model.ready).toBe(false);
    draw();
    expect(model.ready).toBe(true);
    expect(title(model)).toBe("two");
    expect(backend.of("drawn")).toEqual([]);
    paint();
    expect(backend.of("drawn")).toEqual([[2]]);
    backend.push([titled("three")]);
    draw();
    paint();
    expect(backend.of("drawn")).toEqual([[2], [3]]);
  });

  it("asks anew after a gap, drops what hung on it, and goes on from the new snapshot", async () => {
    const { backend, model, draw, stream } = setUp();
    await stream.start();
    draw();
    backend.snapshot = { ...backend.snapshot, version: "after the gap" };
    backend.push([titled("never")], 7);
    expect(backend.of("subscribe")).toHaveLength(2);
    draw();
    expect(model.version).toBe("after the gap");
    expect(title(model)).not.toBe("never");
    backend.push([titled("goes on")]);
    draw();
    expect(title(model)).toBe("goes on");
    expect(backend.of("subscribe")).toHaveLength(2);
  });

  it("is asked for anew when it is lost, as often as it takes, and a refusal is told", async () => {
    vi.useFakeTimers();
    const backend = new FakeBackend(snapshot("en"));
    const app = new App(backend, { schedule: (draw) => draw() });
    await app.start();
    const subscribe = backend.subscribe;
    backend.subscribe = () => Promise.reject(new Error("not now"));
    backend.lose();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(app.model.problem).not.toBeNull();
    backend.subscribe = subscribe;
    backend.snapshot = { ...backend.snapshot, version: "found again" };
    await vi.advanceTimersByTimeAsync(3_000);
    expect(app.model.version).toBe("found again");
    expect(backend.of("subscribe")).toHaveLength(2);
    vi.useRealTimers();
  });

  it("doesn't listen to a stream that was left", async () => {
    const { backend, model, draw, stream } = setUp();
    await stream.start();
    draw();
    stream.stop();
    backend.push([titled("too late")]);
    draw();
    expect(title(model)).not.toBe("too late");
  });
});

it("tells nothing as drawn of a stream that another took the place of", async () => {
  const { backend, draw, paint, stream } = setUp();
  await stream.start();
  backend.push([titled("one")]);
  draw();
  await stream.start();
  paint();
  expect(backend.of("drawn")).toEqual([]);
});

describe("the model", () => {
  const filled = (): Model => {
    const model = new Model();
    model.apply({ seq: 0, updates: [{ kind: "snapshot", snapshot: snapshot("en") }] });
    return model;
  };

  it("keeps the last lines of chat and counts what dropped", () => {
    const model = filled();
    const lines = Array.from({ length: CHAT_KEPT }, (_, i) => line(i + 1));
    model.apply({ seq: 1, updates: [{ kind: "chat", lines, skipped: 0 }] });
    expect(model.log.dropped).toBe(0);
    model.apply({ seq: 2, updates: [{ kind: "chat", lines: [line(9_999)], skipped: 0 }] });
    expect(model.chat).toHaveLength(CHAT_KEPT);
    expect(model.chat.at(-1)?.id).toBe(9_999);
    expect(model.log.dropped).toBe(1);
    expect(model.chat[0]?.id).toBe(2);
  });

  it("takes an account's rooms away with it", () => {
    const model = filled();
    model.apply({ seq: 1, updates: [{ kind: "account_gone", id: "account-weibo" }] });
    expect(model.account("account-weibo")).toBeUndefined();
    expect(model.room("room-weibo")).toBeUndefined();
    expect(model.rooms).toHaveLength(3);
  });

  it("adds readings to those it has, and takes all anew when some are gone", () => {
    const model = filled();
    const reading = (at: number): Reading => ({ at, figures: { watching: at } });
    const tell = (whole: boolean, ...readings: Reading[]): void =>
      model.apply({ seq: 1, updates: [{ kind: "readings", room: "room-weibo", whole, readings }] });
    const others = model.readings("room-bilibili");
    expect(others).toHaveLength(60);
    expect(model.readings("room-qiniu")).toEqual([]);
    tell(true, reading(1), reading(3));
    tell(false, reading(5));
    expect(model.readings("room-weibo").map((r) => r.at)).toEqual([1, 3, 5]);
    model.apply({ seq: 2, updates: [{ kind: "room", room: room("weibo", "en", { status: "live" }) }] });
    expect(model.readings("room-weibo")).toHaveLength(3);
    tell(true);
    expect(model.readings("room-weibo")).toEqual([]);
    expect(model.readings("room-bilibili")).toBe(others);
    model.apply({ seq: 3, updates: [{ kind: "room_gone", id: "room-bilibili" }] });
    expect(model.readings("room-bilibili")).toEqual([]);
  });

  it("keeps rooms in their order when one changes", () => {
    const model = filled();
    const before = model.rooms.map((r) => r.id);
    model.apply({ seq: 1, updates: [titled("changed")] });
    expect(model.rooms.map((r) => r.id)).toEqual(before);
    expect(title(model)).toBe("changed");
  });

  it("takes the earliest start for the evening's clock", () => {
    const model = filled();
    const starts = model.onAir.map((r) => r.started_at ?? Infinity);
    expect(model.liveSince).toBe(Math.min(...starts));
    const ended = room("bilibili", "en", { status: "ended" });
    model.apply({ seq: 1, updates: [{ kind: "room", room: ended }] });
    expect(model.liveSince).toBe(Math.max(...starts));
  });

  it("counts a room whose anchor is away as on air", () => {
    const model = filled();
    const before = model.onAir.map((r) => r.id);
    expect(before).toContain("room-weibo");
    model.apply({
      seq: 1,
      updates: [{ kind: "room", room: room("weibo", "en", { status: "anchor_away" }) }],
    });
    expect(model.onAir.map((r) => r.id)).toEqual(before);
    model.apply({ seq: 2, updates: [{ kind: "room", room: room("weibo", "en", { status: "postponed" }) }] });
    expect(model.onAir.map((r) => r.id)).not.toContain("room-weibo");
  });

  it("doesn't let a run's first answer undo its end", () => {
    const model = filled();
    const run = {
      id: 4,
      going_live: true,
      started_at: 1,
      finished_at: null,
      rooms: [],
      encoder: null,
      relay: null,
    };
    model.apply({ seq: 1, updates: [{ kind: "run", run: { ...run, finished_at: 9 } }] });
    model.takeRun(run);
    expect(model.run?.finished_at).toBe(9);
  });
});
