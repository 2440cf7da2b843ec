import type { Backend, Platform } from "../ipc/backend";
import { m } from "../paraglide/messages.js";
import type { App, Called } from "./app.svelte";
import { SLOW_MS } from "./asking.svelte";
import { problemWords } from "./problems";

/** Something that is done at a platform, and told of in a toast. */
export interface Act<T> {
  /** A name of the call; a second one under the same name isn't made while it is out. */
  name: string;
  platform?: Platform;
  /** What is said when it takes time. */
  doing: string;
  make: (backend: Backend) => Promise<T>;
  /** What is said once it was done; nothing when it is empty. */
  done: (value: T) => string;
  /** What wasn't done, to whom and where: over the reason, when it was refused. */
  failed?: string;
  /** Takes it back. None where there is nothing to take back. */
  undo?: (value: T) => (() => void) | undefined;
}

/**
 * Does something: a toast says that it takes time, then that it was done, with a way back, or why it wasn't, in
 * the platform's own words.
 */
export async function act<T>(app: App, what: Act<T>): Promise<Called<T>> {
  let working = 0;
  const slow = setTimeout(() => (working = app.toasts.say(what.doing, "working")), SLOW_MS);
  const done = await app.call(what.name, what.make);
  clearTimeout(slow);
  if (working > 0) app.toasts.drop(working);
  if (done.ok) {
    const text = what.done(done.value);
    const undo = what.undo?.(done.value);
    if (text !== "") app.toasts.say(text, "check", undo ? { undo } : {});
  } else if (done.problem) {
    const words = problemWords(done.problem, what.platform ? { platform: what.platform } : {});
    const why = what.failed ? m.sentence({ text: words.title }) + words.next : words.next;
    app.toasts.say(what.failed ?? words.title, "warning", { detail: why });
  }
  return done;
}
