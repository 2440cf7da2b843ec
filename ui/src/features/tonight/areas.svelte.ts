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

  /** Options of a select; the area chosen now stands in while the list isn't there. */
  options(
    current: Area | null,
    id: string,
    keep: string,
  ): { value: string; label: string; group?: string }[] {
    const options = this.list.map((a) => ({ value: a.id, label: a.name, group: a.group }));
    if (id !== "" && !options.some((o) => o.value === id)) {
      options.unshift({
        value: id,
        label: current?.id === id ? current.name : id,
        group: current?.group ?? "",
      });
    }
    return [{ value: "", label: keep }, ...options];
  }
}
