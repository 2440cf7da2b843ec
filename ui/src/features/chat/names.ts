import { m } from "../../paraglide/messages.js";
import type { Group } from "./filter";

/** What a group of kinds is called. */
export function groupName(group: Group): string {
  return { messages: m.chat_kind_messages, gifts: m.chat_kind_gifts, visits: m.chat_kind_visits }[group]();
}
