import type { Area, Problem, RoomId } from "../../ipc/backend";
import type { App } from "../../state/app.svelte";

/** The areas of a room's platform, asked for once a room. */
export class Areas {
  list = $state.raw<Area[]>([]);
  problem = $state.raw<Problem | null>(null);
  loading = $state(false);
  #room: RoomId | null = null;

  constructor(private readonly app: App) {}

  async load(room: RoomId, again = false): Promise<void> {
    if (this.#room === room && !again) return;
    this.#room = room;
    this.loading = true;
    const done = await this.app.call(`areas:${room}`, (b) => b.listAreas(room));
    if (this.#room !== room) return;
    this.loading = false;
    if (done.ok) {
      this.list = done.value;
      this.problem = null;
    } else {
      this.problem = done.problem;
      this.#room = null;
    }
  }
}
