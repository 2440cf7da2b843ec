import type { FigureKind, MilestoneKind, SummaryTrouble } from "../../ipc/backend";
import { m } from "../../paraglide/messages.js";
import { problemWords } from "../../state/problems";
import { table } from "../../state/problemtable";
import { alarmShort } from "../alarms/words";
import { figureName } from "../figures/names";

const ALARMS = [
  "live_without_video",
  "video_without_live",
  "cut_off",
  "warned",
  "other_key",
  "address_runs_out",
  "encoder_reconnecting",
  "encoder_lost",
] as const;

const COLUMNS = {
  start: m.summary_column_start,
  end: m.summary_column_end,
  minutes: m.summary_column_minutes,
  crowd: m.summary_column_crowd,
  peak: m.summary_column_peak,
  peak_at: m.summary_column_peak_at,
  mean: m.summary_column_mean,
  views: m.summary_column_views,
  likes: m.summary_column_likes,
  messages: m.summary_column_messages,
  gifts: m.summary_gifts,
  milestone: m.summary_column_milestone,
  problem: m.summary_column_problem,
};

const MILESTONES: Record<MilestoneKind, () => string> = {
  watching: () => figureName("watching"),
  likes: m.summary_column_likes,
  messages: m.summary_column_messages,
  hours: m.summary_column_hours,
};

/** What a problem's code is called, without what only a whole problem tells. */
function codeWords(kind: string): string | null {
  if (!(kind in table)) return null;
  const problem = {
    code: { kind },
    platform: null,
    platform_code: null,
    message: null,
    retry_after: null,
    detail_id: "",
  };
  try {
    return problemWords(problem as unknown as Parameters<typeof problemWords>[0]).brief;
  } catch {
    // A code whose words need more than its name.
    return null;
  }
}

/** What went wrong, in a few words. What another version of the program wrote down may have none. */
export function troubleWords({ source, what }: Pick<SummaryTrouble, "source" | "what">): string {
  if (source === "alarm") {
    const known = ALARMS.find((kind) => kind === what);
    return known ? alarmShort(known) : m.summary_trouble_other();
  }
  return m.summary_trouble_chat({ what: codeWords(what) ?? what });
}

/** The streamer's words for what stands in a table. */
export const summaryNames = (): Record<string, string> => ({
  ...Object.fromEntries(Object.entries(COLUMNS).map(([key, words]) => [`column_${key}`, words()])),
  ...Object.fromEntries(
    (["watching", "popularity"] as FigureKind[]).map((kind) => [`figure_${kind}`, figureName(kind)]),
  ),
  ...Object.fromEntries(Object.entries(MILESTONES).map(([kind, words]) => [`milestone_${kind}`, words()])),
  ...Object.fromEntries(ALARMS.map((what) => [`alarm_${what}`, troubleWords({ source: "alarm", what })])),
  ...Object.fromEntries(
    Object.keys(table).map((what) => [`chat_${what}`, troubleWords({ source: "chat", what })]),
  ),
});
