import type { Problem, UpdateProgress, UpdateView } from "../../ipc/backend";
import type { App } from "../../state/app.svelte";

/** What is known of a newer version. */
type Known = { kind: "nothing" } | { kind: "newest" } | { kind: "found"; update: UpdateView };

/** Looks for a newer version and installs it, when the streamer asks for that; it goes on while other pages are shown. */
export class Updates {
  /** The program was built so that it can look. */
  on = $state(false);
  known = $state.raw<Known>({ kind: "nothing" });
  /** How far the download is. */
  progress = $state.raw<UpdateProgress | null>(null);
  /** Why the last press came to nothing. */
  problem = $state.raw<Problem | null>(null);
  /** The new version is in its place, and the program about to start anew. */
  leaving = $state(false);

  constructor(private readonly app: App) {}

  get looking(): boolean {
    return this.app.busy.has("update:look");
  }

  get installing(): boolean {
    return this.leaving || this.app.busy.has("update:install");
  }

  /** Share of the download that is here, 0 to 1; none while its size isn't known. */
  get share(): number | null {
    const { received, of } = this.progress ?? { received: 0, of: null };
    return of ? Math.min(1, received / of) : null;
  }

  /** All of it is here. */
  get loaded(): boolean {
    return this.leaving || this.share === 1;
  }

  /** Asks whether there is anything to show at all. Nothing goes out. */
  async ask(): Promise<void> {
    const asked = await this.app.call("update:on", (b) => b.updatesOn());
    if (asked.ok) this.on = asked.value;
  }

  async look(): Promise<void> {
    this.problem = null;
    const looked = await this.app.call("update:look", (b) => b.lookForUpdate());
    if (looked.ok) {
      this.known = looked.value ? { kind: "found", update: looked.value } : { kind: "newest" };
    } else if (looked.problem) {
      this.problem = looked.problem;
      // Nor does the program keep what it found before.
      this.known = { kind: "nothing" };
    }
  }

  /** The program starts anew when it is done; only a refusal comes back. */
  async install(): Promise<void> {
    this.problem = null;
    this.progress = null;
    const tell = (progress: UpdateProgress): void => void (this.progress = progress);
    const done = await this.app.call("update:install", (b) => b.installUpdate(tell));
    if (done.ok) {
      this.leaving = true;
    } else {
      this.progress = null;
      this.problem = done.problem;
    }
  }
}
