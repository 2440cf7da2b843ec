import { expect, it } from "vitest";
import type { RunRoom, RunView } from "../ipc/backend";
import { mergeRuns } from "./runs";

const entry = (room: string, kind: "working" | "done"): RunRoom => ({
  room,
  state: { kind },
  steps: [],
  took_ms: null,
});
const run = (id: number, rooms: RunRoom[], going_live = true): RunView => ({
  id,
  going_live,
  started_at: id,
  finished_at: null,
  rooms,
  encoder: null,
  relay: null,
});

it("keeps the other rooms in sight when one is tried again", () => {
  const runs = [
    run(5, [entry("a", "done"), entry("b", "working")]),
    run(4, [entry("z", "done")]),
    run(6, [entry("b", "done")]),
    run(7, [entry("a", "done")], false),
  ];
  const merged = mergeRuns(runs, 5, true);
  expect(merged.map((e) => [e.room, e.state.kind, e.startedAt])).toEqual([
    ["a", "done", 5],
    ["b", "done", 6],
  ]);
});
