import { beforeEach, expect, it } from "vitest";
import { setLocale } from "../../state/locale.svelte";
import { failedWords } from "./entries";

beforeEach(() => setLocale("en"));

it("calls refused only what was refused", () => {
  expect(failedWords("refused")).toBe("Refused");
  expect(failedWords("face_check")).toBe("Refused");
  expect(failedWords("timeout")).toBe("Timed out");
  expect(failedWords("network")).toBe("Failed");
  expect(failedWords("keyring_locked")).toBe("Failed");
});
