/** An evening's summary over a scripted program: what is added up, and what the page saves. */
import { fireEvent, render, screen } from "@testing-library/svelte";
import { tick } from "svelte";
import { beforeEach, describe, expect, it, vi } from "vitest";
import Window from "../../App.svelte";
import type { Backend, SummaryMilestone, SummaryView } from "../../ipc/backend";
import { FakeBackend } from "../../ipc/fake";
import { NOW, problem, snapshot } from "../../screens/data";
import { courseOf, summaryOf } from "../../screens/summary";
import { sessions } from "../../screens/history";
import { App } from "../../state/app.svelte";
import { timeOfDay } from "../../state/format";
import { setLocale } from "../../state/locale.svelte";
import { facts } from "./facts";
import * as picture from "./picture";
import { filled, messagesOf, peakOf, together, trace } from "./sums";
import { troubleWords } from "./words";

vi.setConfig({ testTimeout: 60_000 });
beforeEach(() => setLocale("en"));

async function settled(): Promise<void> {
  for (let i = 0; i < 10; i++) {
    await Promise.resolve();
    await tick();
  }
}

async function open(more: Partial<Backend> = {}): Promise<{ app: App; backend: FakeBackend }> {
  const told = snapshot("en");
  told.preferences = { ...told.preferences, language: "en" };
  const backend = new FakeBackend(told, {
    listSessions: () => ({ sessions: sessions("en"), before: null }),
    readCourse: () => courseOf("en"),
    readSummary: () => summaryOf("en"),
    ...more,
  });
  const app = new App(backend, { now: () => NOW, schedule: (draw) => draw() });
  render(Window, { app });
  await settled();
  return { app, backend };
}

describe("sums", () => {
  const view = summaryOf("en");

  it("adds up rooms that count the same thing, and bridges a minute without a reading", () => {
    const [one, two] = view.sessions;
    if (!one || !two) throw new Error("two rooms");
    expect(one.crowds[9]).toBeNull();
    expect(filled(one)[9]).toBe(one.crowds[8]);
    expect(together(view)[0]).toBe((one.crowds[0] ?? 0) + (two.crowds[0] ?? 0));
    const peak = peakOf(view);
    expect(peak?.value).toBe(Math.max(...together(view).map((n) => n ?? 0)));
    expect(messagesOf(view)[5]).toBe((one.messages[5] ?? 0) + (two.messages[5] ?? 0));
  });

  it("never adds a head count to a popularity", () => {
    const mixed = structuredClone(view);
    const [one, two] = mixed.sessions;
    if (!one || !two) throw new Error("two rooms");
    two.crowd = "popularity";
    expect(together(mixed)[0]).toBe(one.crowds[0]);
    expect(peakOf(mixed)?.value).toBe(one.figures.watching?.peak);
  });

  it("says nothing of what no platform told", () => {
    const bare = summaryOf("en", { people: 0 });
    bare.sessions = bare.sessions.slice(2);
    expect(facts(bare).map((f) => f.key)).toEqual(["length", "messages"]);
  });

  it("draws a gap as a gap", () => {
    expect(trace([0, 2, null, 1], { width: 4, height: 2 }, 2)).toBe("M0.5 2.0L1.5 0.0M3.5 1.0h.01");
  });

  it("has words for what it knows, and shows what it doesn't", () => {
    expect(troubleWords({ source: "chat", what: "of_tomorrow" })).toContain("of_tomorrow");
    expect(troubleWords({ source: "alarm", what: "of_tomorrow" })).not.toBe("");
  });
});

describe("the picture", () => {
  /** What is written into it, and how high it is. */
  function written(view: SummaryView): { texts: string[]; height: number } {
    const texts: string[] = [];
    let height = 0;
    const nothing = (): void => undefined;
    const got = vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockImplementation(function (
      this: HTMLCanvasElement,
    ) {
      height = this.height;
      const noted: Record<string, unknown> = {
        fillText: (text: string) => void texts.push(text),
        measureText: (text: string) => ({ width: text.length }),
      };
      return new Proxy(noted, {
        get: (on, name) => on[String(name)] ?? nothing,
        set: () => true,
      }) as unknown as CanvasRenderingContext2D;
    } as never);
    const png = vi.spyOn(HTMLCanvasElement.prototype, "toDataURL").mockReturnValue("");
    picture.drawSummary(view);
    got.mockRestore();
    png.mockRestore();
    return { texts, height };
  }

  it("lists the last milestones, in the language that is on", () => {
    const view = summaryOf("en");
    const hours = Array.from({ length: 5 }, (_, at) => ({
      ...(view.milestones[2] as SummaryMilestone),
      value: at + 2,
    }));
    view.milestones.push(...hours);
    const { texts, height } = written(view);
    const from = texts.indexOf("Milestones");
    expect(texts.slice(from + 2, from + 6)).toEqual([
      "5,000 likes",
      timeOfDay(hours[0]?.at ?? 0),
      "2 hours on air",
      timeOfDay(hours[1]?.at ?? 0),
    ]);
    expect(texts).toContain("6 hours on air");
    expect(texts).not.toContain("10,000 watching");
    const none = written({ ...view, milestones: [] });
    expect(none.texts).not.toContain("Milestones");
    expect(none.height).toBeLessThan(height);
    setLocale("zh-CN");
    expect(written(summaryOf("zh-CN")).texts).toContain("10,000 人同时在看");
  });
});

describe("the page", () => {
  it("opens from a session, shows one room alone, and goes back", async () => {
    const { app, backend } = await open();
    await fireEvent.click(screen.getByTestId("nav-history"));
    await settled();
    await fireEvent.click(screen.getAllByTestId("course-bar")[2] as HTMLElement);
    await settled();
    const shown = courseOf("en")[2]?.session.id;
    expect(backend.of("readSummary")).toEqual([[shown, false]]);
    expect(screen.getByTestId("summary-messages").textContent).toBe("28,907");
    expect(screen.getByTestId("summary-table").querySelectorAll("tbody tr")).toHaveLength(3);
    await fireEvent.click(screen.getByTestId("summary-rooms-alone"));
    await settled();
    expect(backend.of("readSummary").at(-1)).toEqual([shown, true]);
    await fireEvent.keyDown(window, { key: "Escape" });
    expect(app.view).toBe("history");
  });

  it("saves what is on the page", async () => {
    const drawn = vi.spyOn(picture, "drawSummary").mockReturnValue("data:image/png;base64,iVBORw0KGgo=");
    const { app, backend } = await open();
    app.summary.open(98);
    await settled();
    await fireEvent.click(screen.getByTestId("summary-csv"));
    await settled();
    const asked = backend.of("saveSummary")[0]?.[0];
    expect(asked).toMatchObject({ session: 98, alone: false });
    expect(asked?.names.column_peak).toBe("Peak");
    expect(asked?.names.column_milestone).toBe("Milestone");
    expect(asked?.names.milestone_hours).toBe("Hours on air");
    expect(asked?.names.alarm_live_without_video).toBeTruthy();
    expect(asked?.names.chat_network).toBeTruthy();
    await fireEvent.click(screen.getByTestId("summary-picture"));
    await settled();
    expect(backend.of("savePicture")).toEqual([["iVBORw0KGgo="]]);
    expect(document.body.textContent).toContain("kaibo.png");
    drawn.mockRestore();
  });

  it("says that nothing was saved", async () => {
    const { app } = await open({
      saveSummary: () => Promise.reject(problem({ kind: "storage" }) as unknown as Error),
    });
    app.summary.open(98);
    await settled();
    await fireEvent.click(screen.getByTestId("summary-csv"));
    await settled();
    expect(screen.getByTestId("summary-problem").dataset.code).toBe("storage");
  });

  it("finds the evening of rooms that were just ended", async () => {
    const { app, backend } = await open();
    await app.summary.openOf(["room-weibo"]);
    expect(backend.of("readSummary")[0]?.[0]).toBe(sessions("en").find((s) => s.room === "room-weibo")?.id);
  });
});
