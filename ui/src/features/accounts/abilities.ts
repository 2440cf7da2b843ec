import type { Abilities, PlatformInfo } from "../../ipc/backend";
import { m } from "../../paraglide/messages.js";
import { locale } from "../../state/locale.svelte";

/** What can be done with a platform's rooms, the way the window's tables list it. */
export interface Can {
  live: boolean;
  push: boolean;
  edit: boolean;
  figures: boolean;
  chat: boolean;
}

export const can = (a: Abilities): Can => ({
  live: a.create || a.start,
  push: a.push,
  edit: a.edit.length > 0,
  figures: a.figures.length > 0,
  chat: a.chat_in || a.chat_out,
});

/** One line: what can be done there. */
export function canWords({ abilities }: PlatformInfo): string {
  const c = can(abilities);
  if (!c.live && !c.push) return m.accounts_can_watch();
  const words = [
    c.live && m.accounts_can_live(),
    c.push && m.accounts_can_push(),
    c.edit && m.accounts_can_edit(),
    c.figures && m.accounts_can_figures(),
    c.chat && m.accounts_can_chat(),
  ].filter((w) => w !== false);
  const line = words.join(locale() === "en" ? ", " : "、");
  return line.charAt(0).toUpperCase() + line.slice(1);
}
