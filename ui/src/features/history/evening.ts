import type { FigureKind, SessionFile, SessionView } from "../../ipc/backend";
import { m } from "../../paraglide/messages.js";
import { figureName } from "../figures/names";
import { exportNames } from "./names";
import { dateWords, lengthWords, placeWords, spanWords, titleOf } from "./words";

const FIGURES: FigureKind[] = [
  "watching",
  "popularity",
  "views",
  "likes",
  "followers",
  "page_views",
  "visitors",
  "duration",
];

/** What goes into a session's archive beside what is known of it: the words of it, and what says what is what. */
export function evening(session: SessionView, now: number): SessionFile {
  const when = `${dateWords(session.started_at)} ${spanWords(session)} (${lengthWords(session, now)})`;
  return {
    session: session.id,
    about: [
      titleOf(session),
      `${placeWords(session)} · ${when}`,
      "",
      m.history_archive_about(),
      "",
      `chat.jsonl: ${m.history_archive_chat()}`,
      `figures.csv: ${m.history_archive_figures()}`,
      `actions.jsonl: ${m.history_archive_actions()}`,
      `problems.jsonl: ${m.history_archive_problems()}`,
      `session.json: ${m.history_archive_session()}`,
      "",
      m.history_archive_people(),
    ].join("\n"),
    names: {
      ...exportNames(),
      column_figure: m.figures(),
      column_value: m.history_column_value(),
      ...Object.fromEntries(FIGURES.map((kind) => [`figure_${kind}`, figureName(kind)])),
    },
  };
}
