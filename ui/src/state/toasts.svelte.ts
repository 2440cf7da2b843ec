import type { IconName } from "../components/icons";

/** Something said for a moment. */
export interface Toast {
  id: number;
  /** `working`: it is being done, and stays until it was. */
  icon: IconName | "working";
  text: string;
  /** A second line. */
  detail?: string;
  /** Takes back what was done. */
  undo?: () => void;
}

const TOAST_MS = 4_000;
/** What asks for an act stays longer, ms. */
const WARNING_MS = 12_000;
/** Time that something done can be undone from its toast, ms. */
export const UNDO_MS = 8_000;
/** Time between two looks while somebody is about to press, ms. */
const HELD_MS = 1_000;
const TOASTS = 3;

/** What is said at the foot of the window, the latest last; of more than three the oldest go. */
export class Toasts {
  list = $state.raw<Toast[]>([]);
  /** The pointer or the focus is on one: none goes. */
  held = false;
  #serial = 0;

  /** Says something; answers its number. */
  say(text: string, icon: Toast["icon"] = "check", more: Pick<Toast, "detail" | "undo"> = {}): number {
    const id = ++this.#serial;
    this.list = [...this.list, { id, icon, text, ...more }].slice(-TOASTS);
    if (icon !== "working")
      this.#dropAfter(id, more.undo ? UNDO_MS : icon === "warning" ? WARNING_MS : TOAST_MS);
    return id;
  }

  drop(id: number): void {
    this.list = this.list.filter((t) => t.id !== id);
    if (this.list.length === 0) this.held = false;
  }

  /** Undoes what the toast tells of, once. */
  undo(toast: Toast): void {
    if (!this.list.includes(toast)) return;
    this.drop(toast.id);
    // The button that had the focus is gone, and nothing tells of that.
    this.held = false;
    toast.undo?.();
  }

  /** Undoes the latest that can be; false when there is nothing. */
  undoLast(): boolean {
    const last = this.list.findLast((t) => t.undo);
    if (last) this.undo(last);
    return last !== undefined;
  }

  #dropAfter(id: number, ms: number): void {
    setTimeout(() => {
      if (this.held && this.list.some((t) => t.id === id)) this.#dropAfter(id, HELD_MS);
      else this.drop(id);
    }, ms);
  }
}
