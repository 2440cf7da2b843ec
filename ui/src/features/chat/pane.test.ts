/** The chat pane in the window, over a scripted program. */
import { fireEvent, render, screen, within } from "@testing-library/svelte";
import { tick } from "svelte";
import { afterEach, describe, expect, it, vi } from "vitest";
import Window from "../../App.svelte";
import type { Backend, ChatLine, RoomView, Snapshot } from "../../ipc/backend";
import { FakeBackend } from "../../ipc/fake";
import { chat, evening, NOW, problem, snapshot } from "../../screens/data";
import { App } from "../../state/app.svelte";

async function settled(): Promise<void> {
  for (let i = 0; i < 8; i++) {
    await Promise.resolve();
    await tick();
  }
}

async function open(
  more: Partial<Snapshot> = {},
  answers: Partial<Backend> = {},
): Promise<{ app: App; backend: FakeBackend; tick: (ms: number) => Promise<void> }> {
  const backend = new FakeBackend(snapshot("en", more), answers);
  const app = new App(backend, { now: () => NOW, schedule: (draw) => draw() });
  render(Window, { app });
  await settled();
  const later = async (ms: number): Promise<void> => {
    app.clock.now += ms;
    await settled();
  };
  return { app, backend, tick: later };
}

const press = async (id: string): Promise<void> => {
  await fireEvent.click(screen.getByTestId(id));
  await settled();
};
const write = async (id: string, value: string): Promise<void> => {
  await fireEvent.input(screen.getByTestId(id), { target: { value } });
  await settled();
};
const paid = (id: number, more: Partial<ChatLine> = {}): ChatLine => ({
  id,
  room: "room-bilibili",
  platform: "bilibili",
  kind: "super_chat",
  who: { id: `p${id}`, name: `giver ${id}`, me: false, moderator: false },
  text: `paid ${id}`,
  at: NOW,
  gift: { name: "", count: 1, worth: 30_500 },
  until: NOW + 60_000,
  recalled: false,
  ...more,
});
const pinned = (): (string | undefined)[] => screen.queryAllByTestId("chat-pin").map((p) => p.dataset.line);

describe("super chats at the top", () => {
  it("stand newest first with amount and time left, and go when it is over, taken back or read", async () => {
    const { backend, tick: later } = await open();
    backend.push([
      { kind: "chat", lines: [paid(101), paid(102, { until: NOW + 48_000 }), paid(103)], skipped: 0 },
    ]);
    await settled();
    expect(pinned()).toEqual(["103", "102", "101"]);
    expect(screen.getAllByTestId("chat-pin")[1]?.textContent).toMatch(/giver 102.*¥30\.50.*0:48.*paid 102/s);
    await later(48_000);
    expect(pinned()).toEqual(["103", "101"]);
    backend.push([{ kind: "chat_recalled", ids: [103] }]);
    await settled();
    expect(pinned()).toEqual(["101"]);
    await press("chat-pin-read");
    expect(pinned()).toEqual([]);
  });

  it("stand in their own room's tab alone", async () => {
    await open({ chat: [paid(101)] });
    await press("chat-tab-weibo");
    expect(pinned()).toEqual([]);
    await press("chat-tab-bilibili");
    expect(pinned()).toEqual(["101"]);
  });
});

describe("what is told of sources", () => {
  const listening = (last_line: number | null): RoomView["chat"] => ({
    kind: "listening",
    last_line,
    last_alive: NOW - 1_000,
    reconnects: 0,
  });
  const rooms = (line: number | null): RoomView[] =>
    evening("en").map((r) => (r.status === "live" ? { ...r, chat: listening(line) } : r));

  it("names a line's age where one came, and nothing that reads like one where none did", async () => {
    const { backend } = await open({ chat: [], rooms: rooms(null) });
    expect(screen.getByTestId("chat-ages").textContent).toBe("B no line yet · 微 no line yet");
    expect(screen.getByTestId("chat-empty").textContent).toContain("Nobody has spoken yet");
    backend.push(rooms(NOW - 200_000).map((room) => ({ kind: "room", room })));
    await settled();
    expect(screen.getByTestId("chat-ages").textContent).toBe("B 3 min ago · 微 3 min ago");
    expect(screen.getByTestId("chat-empty").textContent).toContain("Nobody is talking just now");
  });
});

describe("what the pane shows", () => {
  const lines = (): string | undefined => screen.queryByTestId("chat-lines")?.dataset.lines;

  it("is chosen by kind; what is left out is counted, and comes back", async () => {
    const all = chat("en");
    const messages = all.filter((l) => l.kind === "message").length;
    await open({ chat: all });
    expect(lines()).toBe(String(all.length));
    await press("chat-kinds");
    await press("chat-kind-messages");
    expect(screen.getByTestId("chat-kind-messages").getAttribute("aria-checked")).toBe("false");
    expect(screen.getByTestId("chat-hidden").dataset.hidden).toBe(String(messages));
    expect(lines()).toBe(String(all.length - messages));
    await press("chat-show-all");
    expect(screen.queryByTestId("chat-hidden")).toBeNull();
    expect(lines()).toBe(String(all.length));
  });

  it("is searched with Ctrl+F while the chat has the focus", async () => {
    const all = chat("en");
    await open({ chat: all });
    await fireEvent.keyDown(screen.getByTestId("shell"), { key: "f", ctrlKey: true });
    await settled();
    expect(screen.queryByTestId("chat-search")).toBeNull();
    await fireEvent.keyDown(screen.getByTestId("chat-input"), { key: "f", ctrlKey: true });
    await settled();
    await write("chat-search", "CAT");
    const found = all.filter((l) => `${l.text} ${l.who?.name}`.toLowerCase().includes("cat")).length;
    expect(found).toBeGreaterThan(1);
    expect(screen.getByTestId("chat-found").textContent).toBe(`${found} of ${all.length}`);
    expect(lines()).toBe(String(found));
    await write("chat-search", "nowhere");
    expect(screen.getByTestId("chat-empty").textContent).toContain("Nothing found");
    await fireEvent.keyDown(screen.getByTestId("chat-search"), { key: "Escape" });
    await settled();
    expect(lines()).toBe(String(all.length));
  });
});

describe("a flood", () => {
  afterEach(() => vi.useRealTimers());
  const said = (id: number): ChatLine =>
    paid(id, { kind: "message", gift: null, until: null, text: `said ${id}`, at: NOW + id });
  let next = 1_000;
  const flood = async (backend: FakeBackend, n = 300): Promise<void> => {
    const lines = Array.from({ length: n }, () => said(next++));
    backend.push([{ kind: "chat", lines, skipped: 0 }]);
    await settled();
  };
  const pane = (): HTMLElement => screen.getByTestId("chat-lines");
  const through = (): number => Number(pane().dataset.through);
  const texts = (): string => pane().textContent;
  /** jsdom lays nothing out: the pane says where it is scrolled to. */
  const scroll = async (top: number, height = 500): Promise<void> => {
    const box = pane();
    Object.defineProperties(box, {
      scrollHeight: { value: 3_000, configurable: true },
      clientHeight: { value: height, configurable: true },
    });
    box.scrollTop = top;
    await fireEvent.scroll(box);
    await settled();
  };

  it("folds, and stands for every line", async () => {
    const { backend } = await open();
    await flood(backend, 40);
    expect(screen.queryByTestId("chat-fold")).toBeNull();
    await flood(backend);
    await flood(backend);
    await vi.waitFor(() => expect(through()).toBe(640));
    const shown = screen.getAllByTestId("chat-line").length;
    const folded = screen.getAllByTestId("chat-fold").reduce((n, f) => n + Number(f.dataset.count), 0);
    expect(shown).toBeLessThanOrEqual(80);
    expect(shown + folded).toBe(640);
    // Lines that the program skipped count to the fold, which says so.
    backend.push([{ kind: "chat", lines: [said(next++)], skipped: 5_000 }]);
    await settled();
    expect(through()).toBe(5_641);
    expect(screen.getByTestId("chat-skipped").dataset.skipped).toBe("5000");
  });

  it("draws a few new rows a frame, and the others in those after it", async () => {
    vi.useFakeTimers({ toFake: ["requestAnimationFrame", "cancelAnimationFrame"] });
    const { backend } = await open();
    const frames = async (before: number): Promise<number[]> => {
      const drawn: number[] = [];
      for (let frame = 0; frame < 4; frame++) {
        drawn.push(screen.getAllByTestId("chat-line").length - before);
        expect(through() - before).toBe(drawn.at(-1));
        const there = screen.getAllByTestId("chat-line").length;
        pane().scrollTop = 0;
        vi.advanceTimersToNextFrame();
        await settled();
        // What is drawn later is scrolled to as well.
        if (screen.getAllByTestId("chat-line").length > there) expect(pane().scrollTop).toBeGreaterThan(0);
      }
      return drawn;
    };
    await flood(backend, 12);
    expect(texts()).toContain(`said ${next - 1}`);
    expect(texts()).not.toContain(`said ${next - 12}`);
    expect(await frames(0)).toEqual([8, 12, 12, 12]);
    await flood(backend, 20);
    expect(texts()).toContain(`said ${next - 20}`);
    expect(texts()).not.toContain(`said ${next - 1}`);
    expect(await frames(12)).toEqual([8, 16, 20, 20]);
    expect(texts()).toContain(`said ${next - 1}`);
  });

  it("waits while the pointer moves over it, and goes on by itself", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { backend } = await open();
    await flood(backend, 40);
    await fireEvent.pointerMove(pane());
    await flood(backend, 1);
    // Nothing folds yet: the pointer holds nothing up.
    expect(screen.queryByTestId("chat-new")).toBeNull();
    await flood(backend);
    await fireEvent.pointerMove(pane());
    await settled();
    const before = screen.getAllByTestId("chat-line").map((l) => l.textContent);
    await flood(backend);
    expect(screen.getByTestId("chat-new").dataset.unseen).toBe("300");
    expect(screen.getAllByTestId("chat-line").map((l) => l.textContent)).toEqual(before);
    vi.advanceTimersByTime(1_900);
    await fireEvent.pointerMove(pane());
    vi.advanceTimersByTime(1_900);
    await settled();
    expect(screen.getByTestId("chat-new").dataset.unseen).toBe("300");
    vi.advanceTimersByTime(200);
    await settled();
    expect(screen.queryByTestId("chat-new")).toBeNull();
    await flood(backend, 1);
    expect(texts()).not.toEqual(before.join(""));
  });

  it("goes on when the pointer leaves", async () => {
    const { backend } = await open();
    await flood(backend);
    await fireEvent.pointerMove(pane());
    await flood(backend);
    expect(screen.getByTestId("chat-new")).toBeTruthy();
    await fireEvent.pointerLeave(pane());
    await settled();
    expect(screen.queryByTestId("chat-new")).toBeNull();
  });

  it("holds still for whoever opens a fold or scrolls up, until the end is asked for", async () => {
    const { backend } = await open();
    await flood(backend);
    const folded = (): number => Number(screen.getByTestId("chat-fold").dataset.count);
    const before = folded();
    await press("chat-fold-open");
    const seen = through();
    await flood(backend);
    await fireEvent.pointerLeave(pane());
    await settled();
    expect(screen.getByTestId("chat-new").dataset.unseen).toBe(String(through() - seen));
    await press("chat-new");
    expect(screen.queryByTestId("chat-new")).toBeNull();
    expect(folded()).toBeGreaterThan(before);
    await scroll(800);
    await flood(backend);
    expect(screen.getByTestId("chat-new").dataset.unseen).toBe("300");
    expect(texts()).not.toContain(`said ${next - 1}`);
  });

  it("goes on to the newest line when it is lower by the time that it hears of a scroll", async () => {
    const { backend } = await open();
    await flood(backend, 40);
    await scroll(2_500);
    await scroll(2_400, 410);
    expect(screen.queryByTestId("chat-new"), "nobody read back").toBeNull();
    expect(pane().scrollTop).toBeGreaterThanOrEqual(3_000);
    await scroll(2_400, 410);
    expect(screen.getByTestId("chat-new"), "somebody does").toBeTruthy();
  });
});

describe("a refused line", () => {
  it("stays for its room while others are said, beside where it was said", async () => {
    const limited = problem({ kind: "rate_limited" }, { platform: "weibo" });
    let refuse = true;
    const { backend } = await open(
      {},
      {
        say: (rooms) =>
          Promise.resolve(
            rooms.map((r) => ({ room: r, problem: refuse && r === "room-weibo" ? limited : null })),
          ),
      },
    );
    await write("chat-input", "first");
    await press("chat-send");
    expect(screen.getByTestId("chat-said").dataset.room).toBe("room-bilibili");
    await write("chat-input", "second");
    await press("chat-send");
    const told = within(screen.getByTestId("chat-problem"));
    expect(told.getByText("first")).toBeTruthy();
    expect(told.getByText("second")).toBeTruthy();
    refuse = false;
    await fireEvent.click(told.getAllByTestId("chat-resend")[0] as HTMLElement);
    await settled();
    expect(backend.of("say").at(-1)).toEqual([["room-weibo"], "first"]);
    expect(told.queryByText("first")).toBeNull();
    expect(told.getByText("second")).toBeTruthy();
  });

  it("that no room took stands in the field, too, and once in the list", async () => {
    const limited = problem({ kind: "rate_limited" }, {});
    await open({}, { say: (rooms) => Promise.resolve(rooms.map((room) => ({ room, problem: limited }))) });
    await write("chat-input", "again");
    await press("chat-send");
    await press("chat-send");
    expect(screen.getByTestId<HTMLInputElement>("chat-input").value).toBe("again");
    expect(screen.getAllByTestId("chat-resend")).toHaveLength(1);
  });
});

it("tells each source: heartbeat, last line, reconnects; quiet is told from broken", async () => {
  const rooms = evening("en").map((r) =>
    r.platform === "weibo"
      ? {
          ...r,
          chat: {
            kind: "listening" as const,
            last_line: NOW - 305_000,
            last_alive: NOW - 2_000,
            reconnects: 2,
          },
        }
      : r,
  );
  const { tick: later } = await open({ rooms, chat: chat("en") });
  expect(screen.queryAllByTestId("chat-source")).toHaveLength(0);
  await press("chat-sources");
  const told = screen.getAllByTestId("chat-source");
  expect(told.map((s) => [s.dataset.room, s.dataset.state])).toEqual([
    ["room-bilibili", "healthy"],
    ["room-weibo", "quiet"],
  ]);
  expect(told[1]?.textContent).toMatch(/just now.*5 min ago.*2 reconnects/s);
  await later(120_000);
  expect(screen.getAllByTestId("chat-source").map((s) => s.dataset.state)).toEqual([
    "connecting",
    "connecting",
  ]);
});

it("counts down to the next try, and never says that there is none left to wait", async () => {
  const broken = (retry_at: number): RoomView["chat"] => ({
    kind: "broken",
    retry_at,
    tries: 1,
    problem: problem({ kind: "network" }),
  });
  const rooms = evening("en").map((r) => (r.platform === "weibo" ? { ...r, chat: broken(NOW + 1_200) } : r));
  const { tick: later } = await open({ rooms });
  const told = (): string =>
    screen
      .getAllByTestId("chat-source")
      .map((s) => s.textContent)
      .join();
  expect(told()).toContain("retrying in 2 s");
  await later(1_000);
  expect(told()).toContain("retrying in 1 s");
  await later(1_000);
  expect(told()).toContain("retrying now");
});

it("names the room where its platform has several", async () => {
  const first = evening("en").filter((r) => r.platform === "bilibili");
  const second = first.map((r) => ({ ...r, id: "room-2", name: "Late at night" }));
  const limited = problem({ kind: "rate_limited" }, { platform: "bilibili" });
  await open(
    { rooms: [...evening("en"), ...second] },
    {
      say: (rooms) =>
        Promise.resolve(rooms.map((room) => ({ room, problem: room === "room-2" ? limited : null }))),
    },
  );
  await press("chat-sources");
  const names = screen
    .getAllByTestId("chat-source")
    .map((s) => [
      s.dataset.room,
      s.textContent.includes("Late at night"),
      s.textContent.includes(first[0]?.name ?? ""),
    ]);
  expect(names).toContainEqual(["room-bilibili", false, true]);
  expect(names).toContainEqual(["room-2", true, false]);
  const weibo = evening("en").find((r) => r.platform === "weibo");
  const only = screen.getAllByTestId("chat-source").find((s) => s.dataset.room === "room-weibo");
  expect(only?.textContent).not.toContain(weibo?.name);
  await write("chat-input", "hello");
  await press("chat-send");
  expect(screen.getByTestId("chat-problem").textContent).toContain("Late at night");
});
