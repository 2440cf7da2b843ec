/** A line's menu: by pointer and by keyboard, what it does, and how that is undone. */
import { fireEvent, screen } from "@testing-library/svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { problem } from "../../screens/data";
import { key, lineOf, nameOf, open, press, said, settled, shownLines, someone } from "../people/harness";

const LINES = [said(1, "ann"), said(2, "bob"), said(3, "ann"), said(4, "cat")];
const items = (): string[] =>
  [...screen.getByTestId("line-menu").querySelectorAll<HTMLElement>("button")].map(
    (b) => b.dataset.testid ?? "",
  );
const focused = (): string | undefined => (document.activeElement as HTMLElement).dataset.testid;

beforeEach(() => localStorage.clear());
afterEach(() => vi.useRealTimers());

describe("the menu", () => {
  it("opens at a name, and offers what the room's platform can", async () => {
    const own = said(6, "me", { who: { id: "me", name: "me", me: true, moderator: false } });
    const weibo = said(5, "ann", { room: "room-weibo", platform: "weibo" });
    await open({ chat: [...LINES, weibo, own] });
    await nameOf(1);
    expect(items()).toEqual([
      "menu-person",
      "menu-favourite",
      "menu-watch",
      "menu-hide",
      "menu-mute",
      "menu-block",
      "menu-copy",
    ]);
    expect(screen.getByTestId("line-menu").getAttribute("role")).toBe("menu");
    await nameOf(5);
    expect(items()).not.toContain("menu-mute");
    expect(items()).not.toContain("menu-block");
    await nameOf(6);
    expect(items()).toEqual(["menu-copy"]);
  });

  it("doesn't open at the text, and closes when something else is pressed", async () => {
    await open({ chat: LINES });
    await press(lineOf(1).querySelector(".words") as Element);
    expect(screen.queryByTestId("line-menu")).toBeNull();
    await fireEvent.contextMenu(lineOf(1));
    await settled();
    expect(screen.getByTestId("line-menu").dataset.line).toBe("1");
    await fireEvent.pointerDown(screen.getByTestId("chat-input"));
    await settled();
    expect(screen.queryByTestId("line-menu")).toBeNull();
  });

  it("is there by keyboard alone: lines, menu, times, and back", async () => {
    const { app, backend } = await open({ chat: LINES });
    const pane = screen.getByTestId("chat-lines");
    pane.focus();
    await key(pane, "ArrowUp");
    expect(document.activeElement).toBe(lineOf(4));
    await key(lineOf(4), "ArrowUp");
    await key(lineOf(3), "ArrowUp");
    expect(document.activeElement).toBe(lineOf(2));
    await key(lineOf(2), "ArrowDown");
    await key(lineOf(3), "F10", { shiftKey: true });
    expect(focused()).toBe("menu-person");
    const menu = screen.getByTestId("line-menu");
    await key(menu, "Escape");
    expect(screen.queryByTestId("line-menu")).toBeNull();
    expect(document.activeElement).toBe(lineOf(3));
    await key(lineOf(3), "Enter");
    for (let i = 0; i < 4; i++) await key(screen.getByTestId("line-menu"), "ArrowDown");
    expect(focused()).toBe("menu-mute");
    await key(screen.getByTestId("line-menu"), "ArrowRight");
    expect(focused()).toBe("mute-hours-24");
    await key(screen.getByTestId("line-menu"), "ArrowLeft");
    expect(focused()).toBe("menu-mute");
    await key(screen.getByTestId("line-menu"), "ArrowRight");
    await key(screen.getByTestId("line-menu"), "ArrowDown");
    await press(document.activeElement as Element);
    expect(backend.of("mutePerson")).toEqual([
      ["room-bilibili", "id-ann", { kind: "hours", hours: 168 }, "ann says 3"],
    ]);
    expect(app.toasts.list.at(-1)?.text).toBe("Muted ann · 7 days");
  });

  it("holds the pane still while it is open", async () => {
    const { backend } = await open({ chat: LINES });
    await nameOf(4);
    backend.push([{ kind: "chat", lines: [said(10, "dan"), said(11, "eve")], skipped: 0 }]);
    await settled();
    expect(shownLines()).toEqual(["1", "2", "3", "4"]);
    expect(screen.getByTestId("chat-new").dataset.unseen).toBe("2");
    await fireEvent.pointerDown(document.body);
    await settled();
    expect(shownLines().at(-1)).toBe("11");
    expect(screen.queryByTestId("chat-new")).toBeNull();
  });

  it("takes no focus from what is being written", async () => {
    await open({ chat: LINES });
    screen.getByTestId("chat-input").focus();
    // False: what the browser would do is prevented.
    expect(await fireEvent.mouseDown(lineOf(1).querySelector(".who") as Element)).toBe(false);
    expect(await fireEvent.mouseDown(lineOf(1), { button: 2 })).toBe(false);
    expect(await fireEvent.mouseDown(lineOf(1).querySelector(".words") as Element)).toBe(true);
    await nameOf(1);
    await key(screen.getByTestId("line-menu"), "Escape");
    expect(focused()).toBe("chat-input");
  });

  it("copies what was said", async () => {
    const { app } = await open({ chat: LINES });
    const copied = vi.spyOn(app, "copyText").mockResolvedValue();
    await nameOf(2);
    await press("menu-copy");
    expect(copied).toHaveBeenCalledWith("bob says 2");
  });
});

describe("muting", () => {
  it("asks how long, remembers that, and can be undone for eight seconds", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { backend } = await open({ chat: LINES });
    await nameOf(1);
    await press("menu-mute");
    expect(screen.getByTestId("mute-hours-24").getAttribute("aria-checked")).toBe("true");
    await press("mute-hours-ever");
    expect(backend.of("mutePerson")[0]?.[2]).toEqual({ kind: "for_ever" });
    vi.advanceTimersByTime(7_500);
    await settled();
    await press("toast-undo");
    expect(backend.of("unmutePerson")).toEqual([["room-bilibili", "id-ann"]]);
    await nameOf(2);
    await press("menu-mute");
    expect(screen.getByTestId("mute-hours-ever").getAttribute("aria-checked")).toBe("true");
    await press("mute-hours-0");
    expect(backend.of("mutePerson")[1]?.[2]).toEqual({ kind: "this_broadcast" });
    vi.advanceTimersByTime(8_100);
    await settled();
    expect(screen.queryByTestId("toast-undo")).toBeNull();
  });

  it("says that it takes time only when it does, and why it was refused in the platform's words", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let refuse: (why: unknown) => void = () => undefined;
    await open({ chat: LINES }, { mutePerson: () => new Promise((_, no) => (refuse = no)) });
    await nameOf(1);
    await press("menu-mute");
    await press("mute-hours-1");
    expect(screen.queryByTestId("toast")).toBeNull();
    vi.advanceTimersByTime(310);
    await settled();
    expect(screen.getByTestId("toast").dataset.kind).toBe("working");
    vi.advanceTimersByTime(60_000);
    await settled();
    expect(screen.getByTestId("toast").dataset.kind).toBe("working");
    refuse(
      problem({ kind: "not_allowed" }, { platform: "bilibili", message: "TA 是房管", platform_code: "7" }),
    );
    await settled();
    const told = screen.getAllByTestId("toast");
    expect(told).toHaveLength(1);
    expect(told[0]?.textContent, "whom, and where").toMatch(/Couldn't mute ann in Ache Records/);
    expect(told[0]?.textContent).toContain("TA 是房管");
    expect(told[0]?.textContent).toContain("(7)");
    expect(screen.queryByTestId("toast-undo")).toBeNull();
  });

  it("is undone by Ctrl+Z, but not while something is written", async () => {
    const { backend } = await open({ chat: LINES });
    await nameOf(1);
    await press("menu-mute");
    await press("mute-hours-1");
    await key(screen.getByTestId("chat-input"), "z", { ctrlKey: true });
    expect(backend.of("unmutePerson")).toHaveLength(0);
    await key(screen.getByTestId("shell"), "z", { ctrlKey: true });
    expect(backend.of("unmutePerson")).toHaveLength(1);
    await key(screen.getByTestId("shell"), "z", { ctrlKey: true });
    expect(backend.of("unmutePerson")).toHaveLength(1);
  });
});

describe("blocking a word", () => {
  it("asks for the word, shows what is wrong with it, and can be undone", async () => {
    let works = false;
    const { backend } = await open(
      { chat: LINES },
      {
        blockWord: () =>
          works
            ? Promise.resolve(true)
            : Promise.reject(
                problem({
                  kind: "invalid",
                  field: "word",
                  reason: { why: "too_many", limit: 200 },
                }) as unknown as Error,
              ),
      },
    );
    await nameOf(2);
    await press("menu-block");
    const field = screen.getByTestId<HTMLInputElement>("block-word");
    expect(field.value).toBe("bob says 2");
    await fireEvent.input(field, { target: { value: " says " } });
    await press("block-confirm");
    expect(backend.of("blockWord")).toEqual([["room-bilibili", "says"]]);
    expect(screen.getByTestId("block-word-problem").textContent).toContain("200");
    works = true;
    await press("block-confirm");
    expect(screen.queryByTestId("block-dialog")).toBeNull();
    await press("toast-undo");
    expect(backend.of("unblockWord")).toEqual([["room-bilibili", "says"]]);
  });

  it("has nothing to undo when it was blocked already", async () => {
    await open({ chat: LINES }, { blockWord: () => Promise.resolve(false) });
    await nameOf(2);
    await press("menu-block");
    await press("block-confirm");
    expect(screen.getByTestId("toast").textContent).toContain("blocked already");
    expect(screen.queryByTestId("toast-undo")).toBeNull();
  });
});

describe("hiding somebody", () => {
  it("takes their lines away at once, counts none that come, and can be undone", async () => {
    const { app, backend } = await open({ chat: LINES });
    await nameOf(1);
    await press("menu-hide");
    expect(shownLines()).toEqual(["2", "4"]);
    expect(screen.getByTestId("chat-lines").dataset.lines).toBe("2");
    // Read back: what of hers comes is no news.
    await nameOf(2);
    backend.push([{ kind: "chat", lines: [said(10, "ann"), said(11, "dan"), said(12, "ann")], skipped: 0 }]);
    await settled();
    expect(screen.getByTestId("chat-new").dataset.unseen).toBe("1");
    await fireEvent.pointerDown(document.body);
    await settled();
    expect(shownLines()).toEqual(["2", "4", "11"]);
    await press("toast-undo");
    expect(shownLines()).toEqual(["1", "2", "3", "4", "10", "11", "12"]);
    expect(backend.of("markPerson").map(([, marks]) => marks.hidden)).toEqual([true, false]);
    expect(app.people.marks(someone("ann")).hidden).toBe(false);
  });

  it("takes them away while the pane stands still, and keeps count of the others", async () => {
    const { app, backend } = await open({ chat: LINES });
    await nameOf(2);
    backend.push([{ kind: "chat", lines: [said(10, "ann"), said(11, "dan")], skipped: 0 }]);
    await settled();
    expect(screen.getByTestId("chat-new").dataset.unseen).toBe("2");
    await app.people.hide(someone("ann"));
    await settled();
    expect(shownLines()).toEqual(["2", "4"]);
    expect(screen.getByTestId("chat-new").dataset.unseen).toBe("1");
  });

  it("takes their paid messages from the top, too", async () => {
    const paid = said(20, "ann", { kind: "super_chat", gift: { name: "", count: 1, worth: 30_000 } });
    const { app } = await open({ chat: [...LINES, { ...paid, until: paid.at + 60_000 }] });
    expect(screen.getAllByTestId("chat-pin")).toHaveLength(1);
    await app.people.hide(someone("ann"));
    await settled();
    expect(screen.queryByTestId("chat-pin")).toBeNull();
  });

  it("is of one person of one platform alone", async () => {
    const weibo = said(5, "ann", { room: "room-weibo", platform: "weibo" });
    const masked = said(6, "a***", { who: { id: "0", name: "a***", me: false, moderator: false } });
    const other = said(7, "b***", { who: { id: "0", name: "b***", me: false, moderator: false } });
    const { app } = await open({ chat: [weibo, masked, other] });
    await app.people.hide(someone("ann"));
    await app.people.hide({ ...someone("a***"), id: "0" });
    await settled();
    expect(shownLines()).toEqual(["5", "7"]);
  });
});

describe("marks", () => {
  it("highlight lines by a sign, and stand whole; who is watched is so first", async () => {
    const { backend } = await open({ chat: LINES });
    await nameOf(1);
    await press("menu-favourite");
    expect(lineOf(3).dataset.mark).toBe("favourite");
    expect(lineOf(3).textContent).toContain("Favourite");
    expect(lineOf(2).dataset.mark).toBeUndefined();
    await nameOf(3);
    expect(screen.getByTestId("menu-favourite").getAttribute("aria-checked")).toBe("true");
    await press("menu-watch");
    expect(lineOf(1).dataset.mark).toBe("watch");
    expect(backend.of("markPerson").at(-1)?.[1]).toMatchObject({ favourite: true, watch: true });
    await nameOf(3);
    await press("menu-watch");
    await nameOf(3);
    await press("menu-favourite");
    expect(lineOf(1).dataset.mark).toBeUndefined();
  });
});
