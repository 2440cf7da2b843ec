/** The history over a scripted program: the page, its state, and the marks of a search. */
import { fireEvent, render, screen } from "@testing-library/svelte";
import { tick } from "svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import Window from "../../App.svelte";
import type { Backend, HistoryLine, HistoryQuery } from "../../ipc/backend";
import { FakeBackend } from "../../ipc/fake";
import { NOW, problem, snapshot } from "../../screens/data";
import { lines, sessions } from "../../screens/history";
import { App } from "../../state/app.svelte";
import { lasting } from "../../state/format";
import { evening } from "./evening";
import { partsOf, pieces } from "./hits";
import { ANYTHING, dayOf, queryOf, span } from "./query";
import { dayWords, lengthWords } from "./words";

beforeEach(
  () => void vi.useFakeTimers({ toFake: ["setTimeout", "setInterval", "clearTimeout", "clearInterval"] }),
);
afterEach(() => void vi.useRealTimers());

async function settled(): Promise<void> {
  for (let i = 0; i < 8; i++) {
    await Promise.resolve();
    await tick();
  }
}

const ALL = sessions("en");
/** Ten thousand lines of one session, asked for as the program answers. */
const STORED = lines("en", 98, 10_000, 1_000);

function page(query: HistoryQuery): { lines: HistoryLine[]; sessions: typeof ALL; before: number | null } {
  const older = STORED.filter(
    (l) => (query.before === null || l.id < query.before) && l.text.includes(query.words),
  );
  const some = older.slice(-200).toReversed();
  return { lines: some, sessions: ALL, before: older.length > 200 ? (some.at(-1)?.id ?? null) : null };
}

const stored: Partial<Backend> = {
  listSessions: () => Promise.resolve({ sessions: ALL, before: null }),
  searchHistory: (query) => Promise.resolve(page(query)),
  historyAround: (line) => {
    const at = STORED.findIndex((l) => l.id === line);
    const some = STORED.slice(Math.max(0, at - 100), at + 101);
    return Promise.resolve({ lines: some, sessions: ALL, before: at > 100 ? (some[0]?.id ?? null) : null });
  },
};

async function open(answers: Partial<Backend> = stored): Promise<{ app: App; backend: FakeBackend }> {
  const backend = new FakeBackend(snapshot("en"), answers);
  const app = new App(backend, { now: () => NOW, schedule: (draw) => draw() });
  render(Window, { app });
  await settled();
  await fireEvent.click(screen.getByTestId("nav-history"));
  await settled();
  return { app, backend };
}

describe("the page", () => {
  it("lists sessions, and looks for lines once something is typed", async () => {
    const { app, backend } = await open();
    expect(screen.getByTestId("history-sessions").dataset.count).toBe(String(ALL.length));
    await fireEvent.input(screen.getByTestId("history-search"), { target: { value: "first" } });
    expect(backend.of("searchHistory")).toHaveLength(0);
    vi.advanceTimersByTime(200);
    await settled();
    expect(backend.of("searchHistory")[0]?.[0]).toMatchObject({ words: "first", session: null });
    expect(screen.getByTestId("history-found").dataset.found).toBe("200");
    await fireEvent.keyDown(screen.getByTestId("history-search"), { key: "ArrowDown" });
    await fireEvent.keyDown(screen.getByTestId("history-search"), { key: "Enter" });
    await settled();
    const reading = screen.getByTestId("history-reading");
    expect(reading.dataset.target).toBe(String(app.history.found[0]?.id));
    // Back: what was looked for stands as it was, and isn't asked for again.
    const asked = backend.of("searchHistory").length;
    await fireEvent.keyDown(window, { key: "Escape" });
    await settled();
    expect(screen.getByTestId<HTMLInputElement>("history-search").value).toBe("first");
    expect(screen.getByTestId("history-found").dataset.found).toBe("200");
    expect(backend.of("searchHistory")).toHaveLength(asked);
  });

  it("says so when there is nothing, when nothing is found, and when reading fails", async () => {
    const { app } = await open({});
    expect(screen.getByTestId("history-empty")).toBeTruthy();
    app.history.want({ words: "nobody said this" });
    await app.history.search();
    await settled();
    expect(screen.getByTestId("history-none")).toBeTruthy();
  });

  it("shows a failure and tries again", async () => {
    let works = false;
    await open({
      listSessions: () =>
        works
          ? Promise.resolve({ sessions: ALL, before: null })
          : Promise.reject(problem({ kind: "storage" }) as unknown as Error),
    });
    expect(screen.getByTestId("history-problem").dataset.code).toBe("storage");
    works = true;
    await fireEvent.click(screen.getByTestId("history-again"));
    await settled();
    expect(screen.queryByTestId("history-problem")).toBeNull();
    expect(screen.getByTestId("history-sessions").dataset.count).toBe(String(ALL.length));
  });

  it("tells that it takes time only when it does", async () => {
    const { app } = await open({ ...stored, searchHistory: () => new Promise(() => undefined) });
    app.history.want({ kind: "gifts" });
    await settled();
    expect(screen.queryByTestId("history-working")).toBeNull();
    vi.advanceTimersByTime(400);
    await settled();
    expect(screen.getByTestId("history-working")).toBeTruthy();
  });

  it("deletes a session after asking by name", async () => {
    const { app, backend } = await open();
    const session = ALL[2];
    if (!session) throw new Error("no session");
    app.history.read(session);
    await settled();
    await fireEvent.click(screen.getByTestId("history-delete"));
    await settled();
    expect(screen.getByTestId("dialog").textContent).toContain(session.title);
    expect(backend.of("deleteSession")).toHaveLength(0);
    await fireEvent.click(screen.getByTestId("confirm"));
    await settled();
    expect(backend.of("deleteSession")).toEqual([[session.id]]);
    expect(screen.getByTestId("history-sessions").dataset.count).toBe(String(ALL.length - 1));
  });

  it("keeps the history as long as is chosen", async () => {
    const { app, backend } = await open();
    app.show("settings");
    await settled();
    await fireEvent.change(screen.getByTestId("setting-keep-history"), { target: { value: "90" } });
    await settled();
    expect(backend.of("setPreferences").at(-1)?.[0].keep_history_days).toBe(90);
  });
});

describe("reading a session", () => {
  it("goes both ways from where it was opened, and keeps a bounded part", async () => {
    // Without the window: jsdom has no scrolling that the list could correct.
    const app = new App(new FakeBackend(snapshot("en"), stored), { now: () => NOW });
    const session = ALL[2];
    const middle = STORED[5_000];
    if (!session || !middle) throw new Error("no session");
    app.history.read(session, middle.id);
    await settled();
    const reading = app.history.reading;
    if (!reading) throw new Error("nothing is read");
    expect(reading.lines).toHaveLength(201);
    await reading.after();
    expect(reading.lines.at(-1)?.id).toBe(STORED[5_200]?.id);
    await reading.before();
    expect(reading.lines[0]?.id).toBe(STORED[4_700]?.id);
    for (let i = 0; i < 40; i++) await reading.before();
    expect(reading.lines).toHaveLength(3_000);
    expect(reading.lines[0]?.id).toBe(STORED[0]?.id);
    expect(reading.older).toBe(false);
    expect(reading.newer).toBe(true);
    for (let i = 0; i < 120; i++) await reading.after();
    expect(reading.lines.at(-1)?.id).toBe(STORED.at(-1)?.id);
    const ids = reading.lines.map((l) => l.id);
    expect(ids).toEqual(STORED.slice(-ids.length).map((l) => l.id));
  });
});

describe("searching", () => {
  it("takes no answer that a later search has overtaken", async () => {
    const answers: ((page: { lines: HistoryLine[]; sessions: typeof ALL; before: null }) => void)[] = [];
    const { app } = await open({
      ...stored,
      searchHistory: () => new Promise((resolve) => answers.push(resolve)),
    });
    app.history.want({ kind: "gifts" });
    app.history.want({ kind: "messages" });
    const [one, other] = [STORED.slice(0, 1), STORED.slice(1, 3)];
    answers[1]?.({ lines: other, sessions: ALL, before: null });
    await settled();
    answers[0]?.({ lines: one, sessions: ALL, before: null });
    await settled();
    expect(app.history.found).toEqual(other);
  });

  it("asks for places, kinds and days as the program takes them", () => {
    const query = queryOf({ ...ANYTHING, where: "room:r:1", kind: "gifts" }, NOW, null);
    expect(query).toMatchObject({ room: "r:1", platform: null, kinds: ["gift", "member"], from: null });
    expect(queryOf({ ...ANYTHING, where: "platform:weibo" }, NOW, 7)).toMatchObject({
      platform: "weibo",
      room: null,
      before: 7,
    });
    const [from, to] = span({ time: "own", from: "2026-03-01", to: "2026/3/2" }, NOW);
    expect((to ?? 0) - (from ?? 0)).toBe(2 * 24 * 3_600_000);
    expect(dayOf("2026年3月1日")?.getDate()).toBe(1);
    expect(dayOf("2026-02-30")).toBeNull();
    expect(dayOf("yesterday")).toBeNull();
  });

  it("marks what the index found, and nothing else", () => {
    const marked = (text: string, words: string): string[] =>
      pieces(text, partsOf(words))
        .filter((p) => p.hit)
        .map((p) => p.text);
    expect(marked("主播晚上好呀", "晚上好")).toEqual(["晚上好"]);
    expect(marked("GG, bigger ＧＧ", "gg")).toEqual(["GG", "ＧＧ"]);
    expect(marked("谢谢老板🎉🎉", "🎉")).toEqual(["🎉🎉"]);
    expect(marked("晚上好, hello", "好 hel")).toEqual(["好", "hel"]);
    expect(marked("<b>x</b>", "!?")).toEqual([]);
    expect(
      pieces("İstanbul gg", partsOf("gg"))
        .map((p) => p.text)
        .join(""),
    ).toBe("İstanbul gg");
  });
});

describe("words", () => {
  it("names days and lengths as people do", () => {
    expect(dayWords(NOW, NOW)).toBe("Today");
    expect(dayWords(NOW - 24 * 3_600_000, NOW)).toBe("Yesterday");
    expect(dayWords(NOW - 400 * 24 * 3_600_000, NOW)).toMatch(/2025/);
    const one = ALL[2];
    if (!one) throw new Error("no session");
    expect(lengthWords({ ...one, started_at: 0, ended_at: 12_300_000 }, NOW)).toBe("3 h 25 min");
    const length = 83 * 60_000 + 59_000;
    expect(lengthWords({ ...one, started_at: 0, ended_at: length }, NOW), "as the room's header has it").toBe(
      lasting(length),
    );
  });
});

describe("a session file", () => {
  it("is asked for from the session, and says what is in it and when it was", async () => {
    const saved: string[] = [];
    const { app } = await open({
      ...stored,
      saveSession: (request) => {
        saved.push(request.about);
        expect(request.names["figure_watching"]).toBe("Watching");
        return Promise.resolve({ lines: 12, sessions: 1, bytes: 900, file: "evening.zip" });
      },
    });
    const session = ALL[0];
    if (!session) throw new Error("no session");
    app.history.read(session);
    await settled();
    await fireEvent.click(screen.getByTestId("history-save"));
    await settled();
    await fireEvent.click(screen.getByTestId("history-export-start"));
    await settled();
    expect(screen.getByTestId("history-export-done").dataset.lines).toBe("12");
    expect(saved).toEqual([evening(session, NOW).about]);
    const year = String(new Date(session.started_at).getFullYear());
    for (const part of ["chat.jsonl: ", "figures.csv: ", session.title, year])
      expect(saved[0]).toContain(part);
  });
});
