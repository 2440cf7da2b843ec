import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { REVEAL_S, Reveal } from "./reveal.svelte";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a revealed key", () => {
  it("is dropped after ten seconds, and counts down to it", () => {
    const reveal = new Reveal();
    reveal.show("made-up");
    vi.advanceTimersByTime(9_999);
    expect(reveal.key).toBe("made-up");
    expect(reveal.secondsLeft).toBe(1);
    vi.advanceTimersByTime(1);
    expect(reveal.key).toBeNull();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("starts anew when shown again, and goes at once when hidden", () => {
    const reveal = new Reveal();
    reveal.show("one");
    vi.advanceTimersByTime(8_000);
    reveal.show("two");
    expect(reveal.secondsLeft).toBe(REVEAL_S);
    vi.advanceTimersByTime(3_000);
    expect(reveal.key).toBe("two");
    reveal.hide();
    expect(reveal.key).toBeNull();
  });
});
