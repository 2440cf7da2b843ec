import { invoke } from "@tauri-apps/api/core";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Batch } from "./backend";
import { Feed } from "./feed";

vi.mock("@tauri-apps/api/core", () => ({ invoke: vi.fn() }));

/** Calls that wait for an answer, oldest first. */
interface Call {
  command: string;
  after: number | undefined;
  answer: (batch: Batch | null) => void;
  fail: () => void;
}
let calls: Call[] = [];
const batch = (seq: number): Batch => ({ seq, updates: [] });
const passed = async (): Promise<void> => {
  await vi.advanceTimersByTimeAsync(0);
};

beforeEach(() => {
  vi.useFakeTimers();
  calls = [];
  vi.mocked(invoke).mockImplementation(
    (command, args) =>
      new Promise((answer, refuse) => {
        const after = (args as { after?: number } | undefined)?.after;
        const fail = (): void => refuse(new Error("gone"));
        calls.push({ command, after, answer: answer as Call["answer"], fail });
      }),
  );
});
afterEach(() => vi.useRealTimers());

async function begun(): Promise<{ feed: Feed; received: number[]; lost: () => number }> {
  const feed = new Feed();
  const received: number[] = [];
  let lost = 0;
  void feed.begin(
    ({ seq }) => received.push(seq),
    () => (lost += 1),
  );
  calls[0]?.answer(batch(0));
  await passed();
  return { feed, received, lost: () => lost };
}
const asked = (): (number | undefined)[] => calls.slice(1).map((call) => call.after);

it("asks for one batch after the other, and for no third before one is drawn", async () => {
  const { feed, received } = await begun();
  expect(asked()).toEqual([0]);
  calls[1]?.answer(batch(1));
  await passed();
  expect(received).toEqual([0, 1]);
  expect(asked()).toEqual([0]);
  feed.drawn(0);
  await passed();
  expect(asked()).toEqual([0, 1]);
});

it("tells when the stream ended, and asks no more", async () => {
  const { lost } = await begun();
  calls[1]?.answer(null);
  await passed();
  expect(lost()).toBe(1);
  expect(calls).toHaveLength(2);
});

it("takes a call that failed for the end, but not at once", async () => {
  const { lost } = await begun();
  calls[1]?.fail();
  await passed();
  expect(lost()).toBe(0);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(lost()).toBe(1);
});

it("hears nothing of a stream that another took the place of", async () => {
  const { feed, received, lost } = await begun();
  const later: number[] = [];
  void feed.begin(
    ({ seq }) => later.push(seq),
    () => undefined,
  );
  calls[1]?.answer(batch(1));
  calls[2]?.answer(batch(0));
  await passed();
  expect([received, later, lost()]).toEqual([[0], [0], 0]);
  expect(asked()).toEqual([0, undefined, 0]);
});
