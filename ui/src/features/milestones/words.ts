/** Milestones of a broadcast, in words. */
import type { MilestoneKind } from "../../ipc/backend";
import { m } from "../../paraglide/messages.js";
import { whole } from "../../state/format";

const words: Record<MilestoneKind, (of: { n: string }) => string> = {
  watching: m.milestone_watching,
  likes: m.milestone_likes,
  messages: m.milestone_messages,
  hours: m.milestone_hours,
};

export const milestoneWords = ({ kind, value }: { kind: MilestoneKind; value: number }): string =>
  kind === "hours" && value === 1 ? m.milestone_hour() : words[kind]({ n: whole(value) });
