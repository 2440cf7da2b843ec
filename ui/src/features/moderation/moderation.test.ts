/** A room's moderation page: muted people, words, silence, moderators. */
import { fireEvent, screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import type { Backend, MutedPerson } from "../../ipc/backend";
import { NOW, problem } from "../../screens/data";
import { open as openWindow, press, settled } from "../people/harness";
import { left } from "./moderation.svelte";

const HOUR = 3_600_000;
const muted = (id: string, more: Partial<MutedPerson> = {}): MutedPerson => ({
  id,
  name: `viewer ${id}`,
  by: "",
  at: NOW - HOUR,
  until: NOW + 3 * HOUR,
  ...more,
});
const refused = (message: string): Promise<never> =>
  Promise.reject(problem({ kind: "not_allowed" }, { platform: "bilibili", message }) as unknown as Error);

async function open(answers: Partial<Backend>): ReturnType<typeof openWindow> {
  const window = await openWindow({}, answers);
  await press("room-moderation");
  return window;
}
const type = async (id: string, value: string): Promise<void> => {
  await fireEvent.input(screen.getByTestId(id), { target: { value } });
  await settled();
};
const people = (): (string | undefined)[] =>
  screen.queryAllByTestId("muted-person").map((p) => p.dataset.person);

it("is offered only where the platform can", async () => {
  const { app } = await openWindow();
  expect(screen.getByTestId("room-moderation")).toBeTruthy();
  app.showRoom("room-weibo");
  await settled();
  expect(screen.queryByTestId("room-moderation")).toBeNull();
});

it("tells part by part what is empty, and what can't be read", async () => {
  let works = false;
  await open({
    listMuted: () => (works ? Promise.resolve({ people: [], total: 0, pages: 1 }) : refused("nope")),
  });
  expect(screen.getByTestId("muted-problem").textContent).toContain("nope");
  expect(screen.getByTestId("muted-problem").textContent).toContain("Ask the owner");
  for (const id of ["words-empty", "moderators-empty", "silence-set"])
    expect(screen.getByTestId(id)).toBeTruthy();
  works = true;
  await press("muted-again");
  expect(screen.queryByTestId("muted-problem")).toBeNull();
  expect(screen.getByTestId("muted-empty")).toBeTruthy();
});

describe("muted people", () => {
  it("are read page by page, nobody twice", async () => {
    const { backend } = await open({
      listMuted: (_room, page) =>
        Promise.resolve({
          people:
            page === 1 ? [muted("1"), muted("2")] : [muted("2"), muted("3", { until: null, by: "mod" })],
          total: 3,
          pages: 2,
        }),
    });
    expect(people()).toEqual(["1", "2"]);
    await press("muted-more");
    expect(people()).toEqual(["1", "2", "3"]);
    expect(backend.of("listMuted").map(([, page]) => page)).toEqual([1, 2]);
    expect(screen.queryByTestId("muted-more")).toBeNull();
    expect(screen.getAllByTestId("muted-person")[2]?.textContent).toMatch(/no end given.*by mod/);
  });

  it("speak again, and are muted again for what was left", async () => {
    const { backend } = await open({
      listMuted: () => Promise.resolve({ people: [muted("1")], total: 1, pages: 1 }),
    });
    await press("muted-unmute");
    expect(backend.of("unmutePerson")).toEqual([["room-bilibili", "1"]]);
    expect(screen.getByTestId("muted-person").textContent).toContain("Unmuted");
    await press("toast-undo");
    expect(backend.of("mutePerson")).toEqual([["room-bilibili", "1", { kind: "hours", hours: 3 }, ""]]);
    expect(screen.getByTestId("muted-unmute")).toBeTruthy();
  });

  it("are muted for full hours, as many as the platform takes", () => {
    expect(left(muted("1", { until: NOW + 1 }), NOW)).toEqual({ kind: "hours", hours: 1 });
    expect(left(muted("1", { until: NOW - HOUR }), NOW)).toEqual({ kind: "hours", hours: 1 });
    expect(left(muted("1", { until: NOW + 2.5 * HOUR }), NOW)).toEqual({ kind: "hours", hours: 3 });
    expect(left(muted("1", { until: NOW + 9_000 * HOUR }), NOW)).toEqual({ kind: "hours", hours: 720 });
    expect(left(muted("1", { until: null }), NOW)).toEqual({ kind: "for_ever" });
    expect(left(null, NOW)).toEqual({ kind: "for_ever" });
  });
});

describe("blocked words", () => {
  const words = (): (string | undefined)[] =>
    screen.queryAllByTestId("words-word").map((w) => w.dataset.word);

  it("come and go, up to the limit", async () => {
    const { backend } = await open({
      listBlockedWords: () => Promise.resolve({ words: ["one"], limit: 2 }),
    });
    expect(words()).toEqual(["one"]);
    await type("words-new", "  two ");
    await press("words-add");
    expect(backend.of("blockWord")).toEqual([["room-bilibili", "two"]]);
    expect(words()).toEqual(["one", "two"]);
    expect(screen.getByTestId<HTMLInputElement>("words-new").disabled).toBe(true);
    expect(screen.getByTestId("words").textContent).toContain("2 / 2");
    await press("words-remove");
    expect(backend.of("unblockWord")).toEqual([["room-bilibili", "one"]]);
    expect(words()).toEqual(["two"]);
  });

  it("that are refused stay in the field with the platform's words", async () => {
    await open({ blockWord: () => refused("这个词不行") });
    await type("words-new", "two");
    await press("words-add");
    expect(screen.getByTestId("words-new-problem").textContent).toContain("这个词不行");
    expect(screen.getByTestId<HTMLInputElement>("words-new").value).toBe("two");
    expect(words()).toEqual([]);
  });
});

describe("the room's silence", () => {
  it("is set by kind, level and minutes, and ended", async () => {
    const { backend } = await open({});
    expect(screen.queryByTestId("silence-off")).toBeNull();
    await press("silence-medal");
    await type("silence-level", "0");
    expect(screen.getByTestId<HTMLButtonElement>("silence-set").disabled).toBe(true);
    await type("silence-level", "5");
    await press("silence-minutes-60");
    await fireEvent.submit(screen.getByTestId("silence-set").closest("form") as HTMLFormElement);
    await settled();
    expect(backend.of("setSilence")).toEqual([["room-bilibili", { kind: "medal", level: 5, minutes: 60 }]]);
    expect(screen.getByTestId("silence").textContent).toContain("Fan medal below 5 · 60 min");
    await press("silence-off");
    expect(backend.of("setSilence").at(-1)?.[1]).toEqual({ kind: "off", level: 0, minutes: 0 });
    expect(screen.queryByTestId("silence-off")).toBeNull();
  });

  it("begins with what holds", async () => {
    const { backend } = await open({
      readSilence: () => Promise.resolve({ kind: "wealth", level: 9, minutes: 60 }),
    });
    expect(screen.getByTestId("silence-wealth").getAttribute("aria-checked")).toBe("true");
    expect(screen.getByTestId<HTMLInputElement>("silence-level").value).toBe("9");
    await fireEvent.submit(screen.getByTestId("silence-set").closest("form") as HTMLFormElement);
    await settled();
    expect(backend.of("setSilence")[0]?.[1]).toEqual({ kind: "wealth", level: 9, minutes: 60 });
  });
});

describe("moderators", () => {
  it("are appointed by id, and dismissed after asking", async () => {
    const list = [{ id: "7", name: "Xiaoman", at: null }];
    const { backend } = await open({
      listModerators: () => Promise.resolve({ people: list, total: 1, pages: 1, max: 100 }),
    });
    expect(screen.getByTestId("moderators").textContent).toContain("1 / 100");
    await type("moderators-new", " 42 ");
    await press("moderators-add");
    expect(backend.of("appointModerator")).toEqual([["room-bilibili", "42"]]);
    expect(backend.of("listModerators")).toHaveLength(2);
    await press("moderator-dismiss");
    expect(screen.getByTestId("dialog").textContent).toContain("Xiaoman");
    expect(backend.of("dismissModerator")).toHaveLength(0);
    await press("confirm");
    expect(backend.of("dismissModerator")).toEqual([["room-bilibili", "7"]]);
    expect(screen.queryByTestId("dialog")).toBeNull();
  });

  it("that are refused tell so at the field", async () => {
    await open({ appointModerator: () => refused("没有这个人") });
    await type("moderators-new", "42");
    await press("moderators-add");
    expect(screen.getByTestId("moderators-new-problem").textContent).toContain("没有这个人");
  });
});
