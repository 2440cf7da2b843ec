import type { ThanksEntry, ThanksItem } from "../../ipc/backend";
import { m } from "../../paraglide/messages.js";
import { whole } from "../../state/format";

/** What was given, without how many: a paid message has no name of its own. */
const nameOf = (item: ThanksItem): string => item.name || m.thanks_super_chat();

/** What was given: flowers ×60. */
export function itemWords(item: ThanksItem): string {
  if (item.count === 1 && item.kind !== "gift") return nameOf(item);
  return `${nameOf(item)} ×${whole(item.count)}`;
}

/** All of it in a line. */
export const givenWords = (entry: ThanksEntry): string =>
  [...entry.items.map(itemWords), ...(entry.more > 0 ? [m.thanks_more({ n: entry.more })] : [])].join(
    m.list_comma(),
  );

/** What is put into the chat field: short, because a line may have twenty characters. */
export function draftFor(entry: ThanksEntry): string {
  const { name } = entry.person;
  const [first] = entry.items;
  if (!first || entry.items.length + entry.more > 1) return m.thanks_draft_all({ name });
  if (first.kind === "super_chat") return m.thanks_draft_words({ name });
  if (first.kind === "member") return m.thanks_draft_member({ name, gift: first.name });
  return m.thanks_draft({ name, gift: first.name });
}
