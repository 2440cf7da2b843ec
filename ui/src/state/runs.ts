import type { RoomId, RunRoom, RunView } from "../ipc/backend";

/** One room of a go at going live or ending, over the tries of it. */
export interface RunEntry extends RunRoom {
  startedAt: number;
}

/**
 * The rooms of all runs from `first` on that go the same way, each as its latest try left it, in the order
 * they were first tried: trying one room again keeps the others in sight.
 */
export function mergeRuns(runs: readonly RunView[], first: number, goingLive: boolean): RunEntry[] {
  const merged = new Map<RoomId, RunEntry>();
  for (const run of [...runs].sort((a, b) => a.id - b.id)) {
    if (run.id < first || run.going_live !== goingLive) continue;
    for (const room of run.rooms) merged.set(room.room, { ...room, startedAt: run.started_at });
  }
  return [...merged.values()];
}
