import { beforeEach, expect, it } from "vitest";
import { setLocale } from "../../state/locale.svelte";
import { room } from "../../screens/data";
import { doneWords, failedWords } from "./entries";

beforeEach(() => setLocale("en"));

it("calls refused only what was refused", () => {
  expect(failedWords("refused")).toBe("Refused");
  expect(failedWords("face_check")).toBe("Refused");
  expect(failedWords("timeout")).toBe("Timed out");
  expect(failedWords("network")).toBe("Failed");
  expect(failedWords("keyring_locked")).toBe("Failed");
  expect(failedWords("no_effect"), "the platform said yes").toBe("Failed");
});

it("names OBS only where that is what still pushes", () => {
  const signal = { kind: "arriving", kbps: 6_000, width: 0, height: 0 } as const;
  const ended = room("bilibili", "en", { status: "ended", signal });
  expect(doneWords(ended, false)).toBe("Ended, but video still arrives. Stop the push.");
  expect(doneWords(ended, false, { encoding: true })).toContain("OBS is still streaming");
});
