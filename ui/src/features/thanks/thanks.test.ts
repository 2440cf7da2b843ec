/** The thanks list: what stands in it, ticks and their undoing, drafts, and that nothing moves under the hand. */
import { fireEvent, screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import type { Backend, ThanksEntry, ThanksView } from "../../ipc/backend";
import { NOW, problem } from "../../screens/data";
import { setLocale } from "../../state/locale.svelte";
import { key, open, press, settled, someone } from "../people/harness";
import { unseen } from "./thanks.svelte";
import { draftFor, givenWords } from "./words";

const entry = (name: string, upTo: number, more: Partial<ThanksEntry> = {}): ThanksEntry => ({
  room: "room-bilibili",
  room_name: "Ache Records",
  person: someone(name),
  items: [{ kind: "gift", name: "flowers", count: 3, worth: 300 }],
  more: 0,
  worth: 300,
  text: "",
  last_at: NOW - 60_000,
  up_to: upTo,
  thanked_at: null,
  ...more,
});

/** A program that ticks. */
function book(...entries: ThanksEntry[]): { view: ThanksView; answers: Partial<Backend> } {
  const view: ThanksView = { entries, done: [], bar: 0 };
  const answers: Partial<Backend> = {
    listThanks: () => Promise.resolve({ ...view }),
    thank: (upTo, thanked) => {
      const [from, to] = thanked ? (["entries", "done"] as const) : (["done", "entries"] as const);
      const found = view[from].filter((e) => e.up_to === upTo);
      view[from] = view[from].filter((e) => e.up_to !== upTo);
      view[to] = [...found, ...view[to]];
      return Promise.resolve();
    },
  };
  return { view, answers };
}
const names = (): (string | undefined)[] =>
  screen.queryAllByTestId("thanks-entry").map((e) => e.dataset.person?.slice(3));
const three = (): ThanksEntry[] => [entry("ann", 30), entry("bob", 20), entry("cat", 10)];

describe("the panel", () => {
  it("is opened from the pane's head, with a count, and asks again when the program tells", async () => {
    const { view, answers } = book(...three());
    const { backend } = await open({ thanks_waiting: 3 }, answers);
    expect(screen.getByTestId("thanks-open").textContent).toBe("3");
    expect(backend.of("listThanks")).toHaveLength(0);
    await press("thanks-open");
    expect(names()).toEqual(["ann", "bob", "cat"]);
    view.entries = [entry("dan", 40), ...view.entries];
    // The number stands as it was and the list doesn't.
    backend.push([{ kind: "thanks", waiting: 3 }]);
    await settled();
    expect(names()).toEqual(["dan", "ann", "bob", "cat"]);
    await press("thanks-open");
    expect(screen.queryByTestId("thanks")).toBeNull();
    const asked = backend.of("listThanks").length;
    backend.push([{ kind: "thanks", waiting: 4 }]);
    await settled();
    expect(backend.of("listThanks")).toHaveLength(asked);
  });

  it("is ticked by click and by Space, and undone", async () => {
    const { answers } = book(...three());
    const { backend } = await open({ thanks_waiting: 3 }, answers);
    await press("thanks-open");
    await press("thanks-tick", 1);
    expect(names()).toEqual(["ann", "cat"]);
    const [first] = screen.getAllByTestId("thanks-entry");
    first?.focus();
    await key(first as Element, " ");
    expect(names()).toEqual(["cat"]);
    expect((document.activeElement as HTMLElement).dataset.person).toBe("id-cat");
    await press("thanks-undo");
    expect(names()).toContain("ann");
    expect(backend.of("thank")).toEqual([
      [20, true],
      [30, true],
      [30, false],
    ]);
    await press("thanks-done-show");
    await press("thanks-untick");
    expect(backend.of("thank").at(-1)).toEqual([20, false]);
    expect(screen.queryByTestId("thanks-undo")).toBeNull();
  });

  it("gives back what the program refuses to tick, and says why", async () => {
    const { answers } = book(...three());
    await open(
      {},
      { ...answers, thank: () => Promise.reject(problem({ kind: "storage" }) as unknown as Error) },
    );
    await press("thanks-open");
    await press("thanks-tick");
    expect(names()).toEqual(["ann", "bob", "cat"]);
    expect(screen.getByTestId("toast").dataset.kind).toBe("warning");
  });

  it("stands still while the hand is in it: what comes is counted, and a tick is of what was seen", async () => {
    const { view, answers } = book(...three());
    const { backend } = await open({ thanks_waiting: 3 }, answers);
    await press("thanks-open");
    const list = screen.getAllByTestId("thanks-entry")[0]?.closest(".list") as HTMLElement;
    await fireEvent.pointerEnter(list);
    view.entries = [entry("dan", 50), entry("ann", 40, { worth: 900 }), ...view.entries.slice(1)];
    backend.push([{ kind: "thanks", waiting: 4 }]);
    await settled();
    expect(names()).toEqual(["ann", "bob", "cat"]);
    expect(screen.getByTestId("thanks-fresh").textContent).toBe("2 new entries");
    await press("thanks-tick");
    expect(backend.of("thank")).toEqual([[30, true]]);
    await fireEvent.pointerLeave(list);
    await settled();
    expect(names()).toEqual(["dan", "ann", "bob", "cat"]);
    expect(screen.queryByTestId("thanks-fresh")).toBeNull();
  });

  it("begins a line of thanks in that room, and never sends it", async () => {
    const { answers } = book(...three());
    const { app, backend } = await open({ thanks_waiting: 3 }, answers);
    app.draft = "hello";
    await press("thanks-open");
    await press("thanks-say");
    expect(screen.getByTestId<HTMLInputElement>("chat-input").value).toBe(
      "hello Thanks for the flowers, @ann",
    );
    expect(app.sayTo).toBe("room-bilibili");
    expect((document.activeElement as HTMLElement).dataset.testid).toBe("chat-input");
    expect(backend.of("say")).toHaveLength(0);
    expect(names()).toEqual(["ann", "bob", "cat"]);
  });

  it("lists from the amount that is set", async () => {
    const { answers } = book();
    const { backend } = await open({}, answers);
    await press("thanks-open");
    expect(screen.getByTestId("thanks-empty")).toBeTruthy();
    await fireEvent.change(screen.getByTestId("thanks-from"), { target: { value: "30" } });
    await settled();
    expect(backend.of("setPreferences").at(-1)?.[0].thanks_from).toBe(30);
    expect(backend.of("listThanks").length).toBeGreaterThan(1);
  });

  it("leads to a person and back", async () => {
    const { answers } = book(...three());
    await open({ thanks_waiting: 3 }, answers);
    await press("thanks-open");
    await press("thanks-person", 1);
    expect(screen.getByTestId("person").textContent).toContain("bob");
    await press("person-back");
    expect(names()).toEqual(["ann", "bob", "cat"]);
  });

  it("says what failed, and tries again", async () => {
    let works = false;
    const { answers } = book(...three());
    await open(
      {},
      {
        ...answers,
        listThanks: (...of) =>
          works
            ? (answers.listThanks?.(...of) as Promise<ThanksView>)
            : Promise.reject(problem({ kind: "storage" }) as unknown as Error),
      },
    );
    await press("thanks-open");
    expect(screen.getByTestId("thanks-problem").dataset.code).toBe("storage");
    works = true;
    await press("history-again");
    expect(names()).toHaveLength(3);
  });
});

describe("words", () => {
  it("name what was given, and fit into a line", () => {
    const items = (...of: ThanksEntry["items"]): ThanksEntry => entry("ann", 1, { items: of });
    const flowers = { kind: "gift", name: "小花花", count: 60, worth: 6_000 } as const;
    const paid = { kind: "super_chat", name: "", count: 1, worth: 30_000 } as const;
    const captain = { kind: "member", name: "舰长", count: 1, worth: 198_000 } as const;
    setLocale("zh-CN");
    expect(draftFor(items(flowers))).toBe("@ann 谢谢你的小花花");
    expect(draftFor(items(paid))).toBe("@ann 谢谢你的留言");
    expect(draftFor(items(captain))).toBe("@ann 谢谢你开通舰长");
    expect(draftFor(items(captain, flowers))).toBe("@ann 谢谢你的礼物");
    expect(givenWords({ ...items(captain, flowers, paid), more: 2 })).toBe(
      "舰长、小花花 ×60、醒目留言、另外 2 样",
    );
    setLocale("en");
    expect(givenWords(items({ ...paid, count: 2 }))).toBe("super chat ×2");
  });

  it("tell what is new by person, room and last line", () => {
    const [ann, bob, cat] = three() as [ThanksEntry, ThanksEntry, ThanksEntry];
    expect(unseen([ann, bob], [ann, bob])).toEqual([]);
    expect(unseen([ann, bob], [cat, { ...ann, up_to: 31 }, bob]).map((e) => e.up_to)).toEqual([10, 31]);
    expect(unseen([ann], [{ ...ann, room: "room-weibo" }])).toHaveLength(1);
  });
});
