import { SvelteSet } from "svelte/reactivity";
import { m } from "../../paraglide/messages.js";
import type { PushPart } from "../../ipc/backend";
import type { App } from "../../state/app.svelte";

/** What the tour has one do, in order. */
export type TourStep = "live" | "copy" | "chat";
const STEPS: TourStep[] = ["live", "copy", "chat"];

/**
 * The tour of the sandbox, done by doing. It watches what is done and says what comes next; nothing of it is kept.
 */
export class Tour {
  /** Being taken. */
  on = $state(false);
  readonly #copied = new SvelteSet<PushPart>();
  /** The title that it filled in, to be taken back. */
  #title = "";

  constructor(private readonly app: App) {}

  readonly #done = $derived.by<Record<TourStep, boolean>>(() => {
    const { model } = this.app;
    const live = model.onAir.some((r) => r.sandbox);
    return {
      live,
      copy: this.#copied.has("whole") || (this.#copied.has("server") && this.#copied.has("key")),
      chat: live && this.app.view === "room" && model.chat.length > 0,
    };
  });
  /** What was done once: a room that ends or a page that is left doesn't undo it. */
  readonly #seen = new SvelteSet<TourStep>();

  /** The steps, and whether each is done. */
  readonly steps = $derived(STEPS.map((step) => ({ step, done: this.#seen.has(step) || this.#done[step] })));
  /** What to do next; none at the end. */
  readonly next = $derived(this.steps.find((s) => !s.done)?.step ?? null);

  begin(): void {
    this.on = true;
    this.#copied.clear();
    this.#seen.clear();
    const { details } = this.app.tonight;
    if (details.title === "") {
      this.#title = m.tour_title();
      details.title = this.#title;
    }
  }

  /** A part of a push address was copied. */
  copied(part: PushPart): void {
    if (this.on) this.#copied.add(part);
  }

  /** Notes what was done. */
  look(): void {
    if (!this.on) return;
    for (const step of STEPS) if (this.#done[step]) this.#seen.add(step);
  }

  /** Ends it, and takes back what it filled in. */
  end(): void {
    this.on = false;
    const { details } = this.app.tonight;
    if (this.#title !== "" && details.title === this.#title) details.title = "";
    this.#title = "";
  }
}
