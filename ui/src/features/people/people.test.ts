/** A person beside the chat: what is known, what they said, notes and marks. */
import { fireEvent, screen } from "@testing-library/svelte";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Backend, HistoryLine, PersonView } from "../../ipc/backend";
import { NOW, problem } from "../../screens/data";
import { sessions } from "../../screens/history";
import { key, lineOf, nameOf, open, press, said, settled, someone } from "./harness";
import { markOf, NO_MARKS, personKey } from "./people.svelte";

const LINES = [said(1, "ann"), said(2, "bob")];
const DAY = 86_400_000;
const heard = (id: number): HistoryLine => ({
  id,
  session: 98,
  kind: "message",
  who: { id: "id-ann", name: "ann", me: false, moderator: false },
  text: `said ${String(id)}`,
  gift: null,
  until: null,
  recalled: false,
  at: NOW - (500 - id) * 60_000,
  heard_at: NOW - (500 - id) * 60_000,
});
const view = (more: Partial<PersonView> = {}): PersonView => ({
  person: someone("ann"),
  first_seen: NOW - 30 * DAY,
  last_seen: NOW - 120_000,
  sessions: 4,
  lines: 1_204,
  messages: 1_200,
  gifts: 3,
  worth: 31_500,
  tonight: { lines: 5, gifts: 0, worth: 0 },
  names: ["ann", "annie"],
  marks: NO_MARKS,
  ...more,
});
const stored: Partial<Backend> = {
  readPerson: () => Promise.resolve(view()),
  searchHistory: ({ before }) =>
    Promise.resolve({
      lines: Array.from({ length: 200 }, (_, i) => heard((before ?? 401) - 1 - i)).filter((l) => l.id > 0),
      sessions: sessions("en"),
      before: (before ?? 401) > 201 ? (before ?? 401) - 200 : null,
    }),
};
const openAnn = async (answers: Partial<Backend> = stored): ReturnType<typeof open> => {
  const window = await open({ chat: LINES }, answers);
  await nameOf(1);
  await press("menu-person");
  return window;
};

afterEach(() => vi.useRealTimers());

it("tells people apart by id, and by name where there is none", () => {
  expect(personKey({ id: "7", name: "ann" })).toBe("7");
  expect(personKey({ id: "", name: "ann" })).toBe("~ann");
  expect(personKey({ id: "0", name: "ann" })).toBe("~ann");
  expect(markOf({ ...NO_MARKS, favourite: true, watch: true })).toBe("watch");
  expect(markOf({ ...NO_MARKS, note: "x", hidden: true })).toBeUndefined();
});

describe("a person", () => {
  it("is opened from the menu, with what is known and what was said; Escape leads back to the line", async () => {
    const { app, backend } = await openAnn();
    expect(backend.of("readPerson")).toEqual([[someone("ann")]]);
    expect(backend.of("searchHistory")[0]?.[0]).toMatchObject({
      person: { platform: "bilibili", id: "id-ann", name: "ann" },
      session: null,
      before: null,
    });
    expect(screen.getByTestId("person-all").textContent).toBe("1,204 lines · 3 gifts · ¥31.50 · 4 sessions");
    expect(screen.getByTestId("person-tonight").textContent).toBe("5 lines");
    expect(screen.getByTestId("person-first").textContent).toContain("last 2 min ago");
    expect(screen.getByTestId("person").textContent).toContain("annie");
    expect(screen.getByTestId("person-lines").dataset.count).toBe("200");
    await key(screen.getByTestId("person"), "Escape");
    expect(screen.queryByTestId("person")).toBeNull();
    expect(document.activeElement).toBe(lineOf(1));
    expect(app.drawer).toBeNull();
  });

  it("leads from a line to its place in the history", async () => {
    const { app } = await openAnn();
    const list = screen.getByTestId("person-lines");
    await key(list, "ArrowDown");
    await key(list, "ArrowDown");
    await key(list, "Enter");
    expect(app.view).toBe("history");
    expect(screen.getByTestId("history-reading").dataset.target).toBe("399");
    expect(screen.queryByTestId("person")).toBeNull();
  });

  it("reads on while there is more", async () => {
    const { backend } = await openAnn();
    const list = screen.getByTestId("person-lines");
    for (let i = 0; i < 20; i++) await key(list, "PageDown");
    expect(backend.of("searchHistory").map(([q]) => q.before)).toEqual([null, 201]);
    expect(list.dataset.count).toBe("400");
  });

  it("says what failed, and tries again", async () => {
    let works = false;
    const refused = (): Promise<never> => Promise.reject(problem({ kind: "storage" }) as unknown as Error);
    await openAnn({ ...stored, readPerson: () => (works ? Promise.resolve(view()) : refused()) });
    expect(screen.getByTestId("person-problem").dataset.code).toBe("storage");
    works = true;
    await press("history-again");
    expect(screen.queryByTestId("person-problem")).toBeNull();
    expect(screen.getByTestId("person-all").textContent).toContain("1,204");
  });

  it("can be muted from here, and let speak again once it is known", async () => {
    const { backend } = await openAnn();
    await press("person-mute");
    await press("mute-hours-1");
    expect(backend.of("mutePerson")[0]).toEqual(["room-bilibili", "id-ann", { kind: "hours", hours: 1 }, ""]);
    await press("person-unmute");
    expect(backend.of("unmutePerson")).toEqual([["room-bilibili", "id-ann"]]);
    expect(screen.queryByTestId("person-unmute")).toBeNull();
  });

  it("has marks that are switched", async () => {
    const { app } = await openAnn();
    await press("person-favourite");
    expect(screen.getByTestId("person-favourite").getAttribute("aria-checked")).toBe("true");
    expect(lineOf(1).dataset.mark).toBe("favourite");
    await press("person-hide");
    expect(screen.getByTestId("person-hide").getAttribute("aria-checked")).toBe("true");
    expect(app.people.marks(someone("ann"))).toMatchObject({ favourite: true, hidden: true });
  });
});

describe("a note", () => {
  const write = async (text: string): Promise<HTMLElement> => {
    const field = screen.getByTestId("person-note");
    field.focus();
    await fireEvent.input(field, { target: { value: text } });
    await settled();
    return field;
  };
  const notes = (backend: Awaited<ReturnType<typeof open>>["backend"]): string[] =>
    backend.of("markPerson").map(([, marks]) => marks.note);

  it("is kept when the field is left, and with Ctrl+Enter, once", async () => {
    const { app, backend } = await openAnn();
    const field = await write(" likes piano ");
    await fireEvent.blur(field);
    await settled();
    expect(notes(backend)).toEqual(["likes piano"]);
    expect(screen.getByTestId("person-note-state").dataset.state).toBe("saved");
    await fireEvent.blur(field);
    expect(notes(backend)).toHaveLength(1);
    await write("likes piano trios");
    await key(field, "Enter", { ctrlKey: true });
    expect(notes(backend)).toEqual(["likes piano", "likes piano trios"]);
    // Ctrl+Enter goes live elsewhere; here it doesn't.
    expect(app.view).toBe("room");
    expect(app.people.marks(someone("ann")).note).toBe("likes piano trios");
  });

  it("stays when a mark is set before it is told back", async () => {
    const { backend } = await openAnn({ ...stored, markPerson: () => Promise.resolve() });
    await fireEvent.blur(await write("likes piano"));
    await press("person-favourite");
    expect(backend.of("markPerson").at(-1)?.[1]).toMatchObject({ note: "likes piano", favourite: true });
  });

  it("is kept when the panel is closed while writing", async () => {
    const { app, backend } = await openAnn();
    await write("half a sent");
    app.drawer = null;
    await settled();
    expect(notes(backend)).toEqual(["half a sent"]);
  });

  it("stands as written when it is refused, or is too long", async () => {
    const { backend } = await openAnn({
      ...stored,
      markPerson: () =>
        Promise.reject(
          problem({
            kind: "invalid",
            field: "note",
            reason: { why: "too_many", limit: 10_000 },
          }) as unknown as Error,
        ),
    });
    const field = await write("likes piano");
    await fireEvent.blur(field);
    await settled();
    expect(screen.getByTestId("person-note-state").dataset.state).toBe("failed");
    expect(screen.getByTestId<HTMLTextAreaElement>("person-note").value).toBe("likes piano");
    expect(screen.getByTestId("toast").textContent).toContain("10000");
    await write("x".repeat(503));
    await fireEvent.blur(field);
    expect(screen.getByTestId("person-note-state").textContent).toContain("3 characters too many");
    expect(notes(backend)).toEqual(["likes piano"]);
  });
});
