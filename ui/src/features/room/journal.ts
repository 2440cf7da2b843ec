import type { JournalEntry } from "../../ipc/backend";
import { m } from "../../paraglide/messages.js";

/** A journal entry in words: what was meant and how it ended. */
export function journalWords(entry: JournalEntry): string {
  const action = {
    create: m.journal_create,
    start: m.journal_start,
    edit: m.journal_edit,
    end: m.journal_end,
    delete: m.journal_delete,
  }[entry.action]();
  switch (entry.outcome) {
    case null:
      return m.journal_sent({ action });
    case "done":
      return m.journal_done({ action });
    case "failed":
      return m.journal_failed({ action });
    case "unknown":
      return m.journal_unknown({ action });
  }
}
