import type { RoomId, RunEncoder, RunRoom, RunState, RunView } from "../ipc/backend";

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

/** OBS's part in the latest try that had one. */
export interface RunEncoderEntry extends RunEncoder {
  run: number;
}

/** OBS's part in the runs from `first` on that go the same way, as the latest that had one left it. */
export function runEncoder(
  runs: readonly RunView[],
  first: number,
  goingLive: boolean,
): RunEncoderEntry | null {
  const last = [...runs]
    .sort((a, b) => b.id - a.id)
    .find((r) => r.id >= first && r.going_live === goingLive && r.encoder !== null);
  return last?.encoder ? { ...last.encoder, run: last.id } : null;
}

/** The relay's part in the runs from `first` on that go the same way, as the latest that had one left it. */
export const runRelay = (runs: readonly RunView[], first: number, goingLive: boolean): RunState | null =>
  [...runs]
    .sort((a, b) => b.id - a.id)
    .find((r) => r.id >= first && r.going_live === goingLive && r.relay !== null)?.relay ?? null;
