import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Clock } from "./clock.svelte";

const AT = 1_800_000_000_000;

let hidden = false;

beforeEach(() => {
  vi.useFakeTimers({ now: AT + 400 });
  vi.spyOn(document, "hidden", "get").mockImplementation(() => hidden);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const see = (shown: boolean): void => {
  hidden = !shown;
  document.dispatchEvent(new Event("visibilitychange"));
};

it("moves once a second, to the second, and not twice when something is drawn with it", () => {
  const clock = new Clock();
  clock.start();
  vi.advanceTimersByTime(599);
  expect(Math.floor(clock.now / 1_000) * 1_000).toBe(AT);
  vi.advanceTimersByTime(2);
  expect(clock.now).toBeLessThan(AT + 1_000);
  // What the program tells with the second comes first.
  clock.look();
  expect(clock.now).toBe(AT + 1_000);
  vi.advanceTimersByTime(900);
  expect(clock.now).toBe(AT + 1_000);
  vi.advanceTimersByTime(200);
  expect(clock.now).toBe(AT + 2_000);
  clock.stop();
  vi.advanceTimersByTime(5_000);
  expect(clock.now).toBe(AT + 2_000);
});

it("stands while nobody sees it, and is right as soon as somebody does", () => {
  const clock = new Clock();
  clock.start();
  vi.advanceTimersByTime(1_000);
  see(false);
  const stood = clock.now;
  vi.advanceTimersByTime(60_000);
  expect(clock.now).toBe(stood);
  expect(vi.getTimerCount()).toBe(0);
  see(true);
  expect(clock.now).toBe(AT + 61_000);
  clock.stop();
});

it("moves by itself every fifth second behind another program, and to the second with what is drawn", () => {
  const clock = new Clock();
  clock.start();
  vi.advanceTimersByTime(700);
  expect(clock.now).toBe(AT + 1_000);
  window.dispatchEvent(new Event("blur"));
  vi.advanceTimersByTime(3_800);
  expect(clock.now).toBe(AT + 1_000);
  clock.look();
  expect(clock.now).toBe(AT + 4_000);
  vi.advanceTimersByTime(200);
  expect(clock.now).toBe(AT + 5_000);
  vi.advanceTimersByTime(3_000);
  window.dispatchEvent(new Event("focus"));
  expect(clock.now).toBe(AT + 8_000);
  vi.advanceTimersByTime(1_000);
  expect(clock.now).toBe(AT + 9_000);
  clock.stop();
  window.dispatchEvent(new Event("blur"));
  expect(vi.getTimerCount()).toBe(0);
});
