/** The window as a whole, over a scripted program. */
import { fireEvent, render, screen, within } from "@testing-library/svelte";
import { tick } from "svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import Window from "./App.svelte";
import type { Backend, RunRoom, Snapshot } from "./ipc/backend";
import { FakeBackend } from "./ipc/fake";
import { m } from "./paraglide/messages.js";
import { evening, NOW, problem, room, sandboxRooms, snapshot } from "./screens/data";
import { App } from "./state/app.svelte";

beforeEach(
  () => void vi.useFakeTimers({ toFake: ["setTimeout", "setInterval", "clearTimeout", "clearInterval"] }),
);
afterEach(() => void vi.useRealTimers());

async function open(
  more: Partial<Snapshot> = {},
  answers: Partial<Backend> = {},
): Promise<{ app: App; backend: FakeBackend }> {
  const backend = new FakeBackend(snapshot("en", more), answers);
  const app = new App(backend, { now: () => NOW, schedule: (draw) => draw() });
  render(Window, { app });
  await settled();
  return { app, backend };
}

/** Lets promises and effects come to rest. */
async function settled(): Promise<void> {
  for (let i = 0; i < 8; i++) {
    await Promise.resolve();
    await tick();
  }
}

const press = async (id: string): Promise<void> => {
  await fireEvent.click(screen.getByTestId(id));
  await settled();
};
const write = async (id: string, value: string): Promise<void> => {
  await fireEvent.input(screen.getByTestId(id), { target: { value } });
  await settled();
};
const idle = (): Partial<Snapshot> => ({
  rooms: [room("bilibili", "en"), room("weibo", "en"), room("qiniu", "en"), room("taobao", "en")],
});

describe("going live", () => {
  it("sends the chosen rooms and what was written, and shows each room's result", async () => {
    const { backend } = await open(idle());
    await press("go-live");
    await write("tonight-title", "A new title");
    await fireEvent.click(screen.getByTestId("tonight-choose-qiniu"));
    await settled();
    await press("tonight-go");
    const [request] = backend.of("goLive")[0] ?? [];
    expect(request?.rooms).toEqual(["room-bilibili", "room-weibo"]);
    expect(request?.details.title).toBe("A new title");
    const entry = (id: string, more: Partial<RunRoom>): RunRoom => ({
      room: id,
      state: { kind: "done" },
      steps: [],
      took_ms: 900,
      ...more,
    });
    const refused = problem({ kind: "refused" }, { platform: "bilibili", platform_code: "60099" });
    backend.push([
      {
        kind: "run",
        run: {
          id: 1,
          going_live: true,
          started_at: NOW,
          finished_at: NOW,
          rooms: [
            entry("room-weibo", {}),
            entry("room-bilibili", { state: { kind: "failed", problem: refused } }),
          ],
          encoder: null,
          relay: null,
        },
      },
    ]);
    await settled();
    expect(screen.getByTestId("run-weibo").dataset.state).toBe("done");
    expect(screen.getByTestId("run-bilibili").dataset.state).toBe("failed");
    expect(screen.getByTestId("run-problem").textContent).toContain("60099");
  });

  it("doesn't send a title that is too long, and says so at the field", async () => {
    const { backend } = await open(idle());
    await press("go-live");
    await write("tonight-title", "x".repeat(41));
    expect(screen.getByTestId("tonight-title-problem").textContent).toContain("40");
    await press("tonight-go");
    expect(backend.of("goLive")).toEqual([]);
  });

  it("asks for a title when there is none, once it was tried", async () => {
    const { backend } = await open(idle());
    await press("go-live");
    await write("tonight-title", "");
    expect(screen.queryByTestId("tonight-title-problem")).toBeNull();
    await press("tonight-go");
    expect(screen.getByTestId("tonight-title-problem").textContent).not.toBe("");
    expect(backend.of("goLive")).toEqual([]);
  });

  it("comes back with the problem when the call itself is refused, a bare string too", async () => {
    await open(idle(), { goLive: () => Promise.reject("go_live not allowed") });
    await press("go-live");
    await press("tonight-go");
    expect(screen.getByTestId("shell").dataset.view).toBe("tonight");
    expect(screen.getByTestId("problem").dataset.code).toBe("internal");
  });
});

describe("ending", () => {
  it("asks in words that name the room, and ends nothing when it is called off", async () => {
    const { backend } = await open();
    await press("end");
    const dialog = screen.getByTestId("dialog");
    expect(dialog.textContent).toContain("Ache Records");
    await press("cancel");
    expect(screen.queryByTestId("dialog")).toBeNull();
    expect(backend.of("endBroadcast")).toEqual([]);
    await press("end");
    await press("confirm");
    expect(backend.of("endBroadcast")).toEqual([[["room-bilibili"], false]]);
  });

  it("ends all that Kaibo can end", async () => {
    const rooms = evening("en").map((r) => (r.platform === "taobao" ? { ...r, status: "live" as const } : r));
    const { backend } = await open({ rooms });
    expect(screen.getByTestId("end-all").textContent).toContain("End all");
    await press("end-all");
    await press("confirm");
    expect(backend.of("endBroadcast")).toEqual([[["room-bilibili", "room-weibo"], false]]);
  });

  it("speaks of all only where there are several, and deletes nothing on air", async () => {
    const rooms = evening("en").map((r) => (r.platform === "weibo" ? { ...r, status: "ended" as const } : r));
    const { app } = await open({ rooms });
    expect(screen.getByTestId("end-all").textContent.trim()).toBe("End");
    app.showRoom("room-weibo");
    await settled();
    expect(screen.getByTestId("delete-room")).toBeTruthy();
    app.model.apply({ seq: 9, updates: [{ kind: "room", room: { ...rooms[1]!, status: "live" } }] });
    await settled();
    expect(screen.queryByTestId("delete-room")).toBeNull();
  });

  it("adds up people only where each room tells them, and says of each number what it is", async () => {
    const { backend } = await open();
    await press("end-all");
    const text = (): string => screen.getByTestId("dialog").textContent;
    expect(text()).not.toContain("watching.");
    expect(text()).toContain("Popularity 12,347");
    expect(text()).toContain("Watching 4,218");
    const all = evening("en").map((r) => ({ ...r, figures: { watching: 2_000 } }));
    backend.push(all.map((room) => ({ kind: "room", room })));
    await settled();
    expect(text()).toContain("4,000 people are watching");
  });

  it("asks before the window closes while live, and ends nothing", async () => {
    const { backend } = await open();
    backend.push([{ kind: "close_asked" }]);
    await settled();
    await press("confirm");
    expect(backend.of("closeWindow")).toHaveLength(1);
    expect(backend.of("endBroadcast")).toEqual([]);
  });
});

describe("the push address", () => {
  it("is copied by the program, in parts", async () => {
    const { backend } = await open();
    await press("copy-server");
    await press("copy-key");
    await press("copy-whole");
    expect(backend.of("copyPush").map(([, part]) => part)).toEqual(["server", "key", "whole"]);
  });

  it("shows the key for ten seconds, then it is nowhere on the page", async () => {
    await open({}, { revealKey: () => Promise.resolve("made-up-key-7") });
    expect(document.body.innerHTML).not.toContain("made-up-key-7");
    await press("reveal-key");
    expect(screen.getByTestId("push-key").textContent).toBe("made-up-key-7");
    vi.advanceTimersByTime(10_000);
    await settled();
    expect(document.body.innerHTML).not.toContain("made-up-key-7");
    expect(screen.getByTestId("push-key").dataset.shown).toBe("false");
  });

  it("hides the key when another room is opened", async () => {
    const { app } = await open({}, { revealKey: () => Promise.resolve("made-up-key-8") });
    await press("reveal-key");
    app.showRoom("room-weibo");
    await settled();
    expect(document.body.innerHTML).not.toContain("made-up-key-8");
  });

  it("answers to its keys", async () => {
    const { backend } = await open();
    await fireEvent.keyDown(window, { code: "KeyS", key: "S", ctrlKey: true, shiftKey: true });
    await fireEvent.keyDown(window, { code: "KeyK", key: "K", ctrlKey: true, shiftKey: true });
    await settled();
    expect(backend.of("copyPush").map(([, part]) => part)).toEqual(["server", "key"]);
  });

  it("isn't there for a platform that has none", async () => {
    const { app } = await open();
    app.showRoom("room-taobao");
    await settled();
    expect(screen.queryByTestId("copy-server")).toBeNull();
    expect(screen.queryByTestId("edit-details")).toBeNull();
    expect(screen.queryByTestId("delete-room")).toBeNull();
  });
});

describe("editing", () => {
  it("sends what changed and nothing else", async () => {
    const { backend } = await open();
    await press("edit-details");
    await write("edit-title", "Another title");
    await write("edit-tags", "Tape");
    await press("edit-tags-add");
    await fireEvent.submit(document.getElementById("edit-form") as HTMLFormElement);
    await settled();
    const [id, edit] = backend.of("editRoom")[0] ?? [];
    expect(id).toBe("room-bilibili");
    expect(edit).toEqual({
      title: "Another title",
      summary: null,
      notice: null,
      cover_url: null,
      area_id: null,
      add_tags: ["Tape"],
      remove_tags: [],
      visibility: null,
      replay_url: null,
    });
    expect(screen.queryByTestId("edit-dialog")).toBeNull();
  });

  it("puts a refusal at its field and keeps what was written", async () => {
    const code = {
      kind: "invalid",
      field: "notice",
      reason: { why: "too_long", used: 61, limit: 60 },
    } as const;
    await open({}, { editRoom: () => Promise.reject(problem(code, { platform: "bilibili" })) });
    await press("edit-details");
    await write("edit-notice", "A notice");
    await fireEvent.submit(document.getElementById("edit-form") as HTMLFormElement);
    await settled();
    expect(screen.getByTestId("edit-notice-problem").textContent).toContain("60");
    expect(screen.getByTestId<HTMLInputElement>("edit-notice").value).toBe("A notice");
  });
});

describe("problems", () => {
  it("stand in the room with one button that does what it says", async () => {
    const { app } = await open();
    app.showRoom("room-taobao");
    await settled();
    expect(screen.getByTestId("problem").dataset.code).toBe("sign_in_expired");
    await press("problem-action");
    expect(app.view).toBe("accounts");
    expect(app.accountsIntent).toEqual({ kind: "replace", account: "account-taobao" });
  });

  it("show a face check as a code to scan", async () => {
    const rooms = [
      room("bilibili", "en", {
        problem: problem({ kind: "face_check", url: "https://face.example/1" }, { platform: "bilibili" }),
      }),
    ];
    const { app, backend } = await open({ rooms });
    app.showRoom("room-bilibili");
    await settled();
    await press("problem-action");
    expect(backend.of("qrCode")).toEqual([["https://face.example/1"]]);
    expect(screen.getByTestId("qr")).toBeTruthy();
    await press("face-check-again");
    expect(backend.of("goLive")[0]?.[0].rooms).toEqual(["room-bilibili"]);
  });
});

describe("chat", () => {
  it("says a line in all rooms, or in one", async () => {
    const { backend } = await open();
    await write("chat-input", " hello ");
    await press("chat-send");
    await press("chat-target");
    await press("chat-target-weibo");
    await write("chat-input", "Weibo only");
    await press("chat-send");
    expect(backend.of("say")).toEqual([
      [["room-bilibili", "room-weibo"], "hello"],
      [["room-weibo"], "Weibo only"],
    ]);
    expect(screen.getByTestId<HTMLInputElement>("chat-input").value).toBe("");
  });

  it("keeps the line for the room that refused it", async () => {
    const limited = problem({ kind: "rate_limited" }, { platform: "weibo" });
    const { backend } = await open(
      {},
      {
        say: (rooms) =>
          Promise.resolve(rooms.map((r) => ({ room: r, problem: r === "room-weibo" ? limited : null }))),
      },
    );
    await write("chat-input", "hello");
    await press("chat-send");
    expect(within(screen.getByTestId("chat-problem")).getByText(/hello/)).toBeTruthy();
    await press("chat-resend");
    expect(backend.of("say")[1]).toEqual([["room-weibo"], "hello"]);
  });

  it("doesn't send a line over the tightest limit", async () => {
    const { backend } = await open();
    await write("chat-input", "x".repeat(41));
    await press("chat-send");
    expect(backend.of("say")).toEqual([]);
    expect(screen.getByTestId("chat-count").textContent).toBe("41/40");
  });
});

it("welcomes whoever has no account, and leaves the sandbox's rooms in reach", async () => {
  const { app } = await open({ rooms: sandboxRooms("en") });
  expect(app.view).toBe("firstrun");
  expect(screen.getByTestId("sandbox-strip")).toBeTruthy();
  await fireEvent.click(within(screen.getByTestId("room-bilibili")).getByRole("button"));
  await settled();
  expect(screen.getByTestId("room-page").dataset.room).toBe("room-bilibili");
});

it("changes its language without a restart", async () => {
  const { backend } = await open();
  expect(screen.getByTestId("end").textContent).toContain("End");
  const preferences = { ...snapshot("zh-CN").preferences };
  backend.push([{ kind: "preferences", preferences }]);
  await settled();
  expect(screen.getByTestId("end").textContent).toContain("下播");
  expect(document.documentElement.lang).toBe("zh-CN");
});

it("tells a broken keyring once: over the window, or by the card of the page it is on", async () => {
  const { app } = await open({ vault: { kind: "locked" } });
  expect(screen.getByTestId("vault-banner").dataset.state).toBe("locked");
  app.showAccounts();
  await settled();
  expect(screen.queryByTestId("vault-banner")).toBeNull();
  expect(within(screen.getByTestId("keyring")).getByRole("alert").textContent).toContain("Keyring locked");
  // Where another column has the whole window, the card isn't in sight.
  app.pane = "chat";
  await settled();
  expect(screen.getByTestId("vault-banner")).toBeTruthy();
});

it("claims nothing before the program told what there is", async () => {
  const backend = new FakeBackend(snapshot("en"));
  const told = backend.subscribe;
  backend.subscribe = () => Promise.resolve();
  const app = new App(backend, { now: () => NOW, schedule: (draw) => draw() });
  render(Window, { app });
  await settled();
  const head = (): string => screen.getByTestId("rooms-live").textContent.trim();
  expect([head(), screen.queryByTestId("clock")]).toEqual([m.loading(), null]);
  backend.subscribe = told;
  await app.start();
  await settled();
  expect(head()).toBe(m.rooms_live({ n: 2 }));
  expect(screen.getByTestId("clock")).toBeTruthy();
});

it("says of a key whether its keyring is locked or isn't there", async () => {
  const { app, backend } = await open({ vault: { kind: "locked" } });
  app.showRoom("room-bilibili");
  await settled();
  const button = (): string => screen.getByTestId("unlock").textContent.trim();
  expect(button()).toBe("Unlock");
  backend.push([{ kind: "vault", vault: { kind: "absent" } }]);
  await settled();
  expect(button(), "nothing to unlock").toBe("Try again");
  expect(screen.getByTestId("room-page").textContent).toContain("No keyring to keep it in");
});
