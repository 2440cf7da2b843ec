import { beforeEach, describe, expect, it } from "vitest";
import type { Platform, RoomView } from "../../ipc/backend";
import { problem, room } from "../../screens/data";
import { platforms } from "../../screens/platforms";
import { setLocale } from "../../state/locale.svelte";
import { problemKinds } from "../../state/problems";
import { roomState, startable } from "./roomstate";

beforeEach(() => setLocale("en"));

const info = (p: Platform): (typeof platforms)[number] | undefined => platforms.find((i) => i.platform === p);
const state = (p: Platform, more: Partial<RoomView>): [string, string] => {
  const found = roomState(room(p, "en", more), info(p));
  return [found.glyph, found.words];
};
const arriving = { kind: "arriving", kbps: 1, width: 0, height: 0 } as const;

describe("a room's state", () => {
  it("tells status and signal apart", () => {
    expect(state("bilibili", { status: "live" })).toEqual(["live", "Live"]);
    expect(state("bilibili", { status: "live", signal: { kind: "none" } })[0]).toBe("problem");
    expect(state("bilibili", { status: "ended" })[0]).toBe("ended");
    expect(state("bilibili", { status: "ended", signal: arriving })[0]).toBe("warning");
    expect(state("bilibili", { status: "not_started", signal: arriving })[0]).toBe("preparing");
  });

  it("waits for video only where pushing is what starts it", () => {
    const made = { remote: "1", push: { server: "rtmp://x/y", has_key: true } };
    expect(state("weibo", made)[0]).toBe("preparing");
    expect(state("qiniu", made)[0]).toBe("off");
  });

  it("draws an unknown outcome neither as failure nor as success", () => {
    expect(state("weibo", { problem: problem({ kind: "outcome_unknown" }) })[0]).toBe("unknown");
  });

  it("says what it is doing before anything else", () => {
    expect(state("weibo", { busy: "end", problem: problem({ kind: "network" }) })).toEqual([
      "working",
      "Ending",
    ]);
  });

  it.each(problemKinds)("has short words for %s", (kind) => {
    const code = { kind, field: "title", reason: { why: "empty" }, how: "html", url: "" } as never;
    const words = state("weibo", { problem: problem(code) })[1];
    expect(words).toMatch(/^[A-Z][\w ,'-]{2,24}$/);
  });
});

it("starts what can be started or made", () => {
  expect(platforms.filter(startable).map((p) => p.platform)).toEqual(["weibo", "qiniu", "bilibili"]);
});
