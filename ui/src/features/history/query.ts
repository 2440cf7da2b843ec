import type { ChatKind, HistoryPerson, HistoryQuery, Platform, RoomId, SessionView } from "../../ipc/backend";

/** Kinds that are asked for together. */
export const KINDS = ["all", "messages", "gifts", "super_chats", "visits", "notices"] as const;
export type Kind = (typeof KINDS)[number];

const MEMBERS: Record<Exclude<Kind, "all">, ChatKind[]> = {
  messages: ["message"],
  gifts: ["gift", "member"],
  super_chats: ["super_chat"],
  visits: ["entry", "follow", "share", "like"],
  notices: ["notice", "muted"],
};

/** The kinds of a group; none stands for all. */
export const kindsOf = (kind: Kind): ChatKind[] => (kind === "all" ? [] : MEMBERS[kind]);

/** How far back is looked; `own` stands for two dates. */
export const TIMES = ["any", "today", "week", "month", "own"] as const;
export type Time = (typeof TIMES)[number];

/** Everywhere, a platform, or a room: `""`, `platform:weibo`, `room:r-1`. */
export type Where = string;

/** What is looked for, as the fields hold it. */
export interface Wanted {
  words: string;
  person: HistoryPerson | null;
  kind: Kind;
  where: Where;
  time: Time;
  /** Dates as they were written, for `own`. */
  from: string;
  to: string;
}

export const ANYTHING: Wanted = {
  words: "",
  person: null,
  kind: "all",
  where: "",
  time: "any",
  from: "",
  to: "",
};

const DAY_MS = 24 * 3_600_000;

/** Midnight of a date that was written, local time; none when it isn't one. */
export function dayOf(text: string): Date | null {
  const parts = /^\s*(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?\s*$/.exec(text);
  if (!parts) return null;
  const [year, month, day] = parts.slice(1).map(Number) as [number, number, number];
  const date = new Date(year, month - 1, day);
  return date.getMonth() === month - 1 && date.getDate() === day ? date : null;
}

/** Is what was written in a date field no date? */
export const notADay = (text: string): boolean => text.trim() !== "" && dayOf(text) === null;

/** The span that is asked for, ms since 1970: from the first on, before the second. */
export function span(
  wanted: Pick<Wanted, "time" | "from" | "to">,
  now: number,
): [number | null, number | null] {
  const midnight = new Date(now);
  midnight.setHours(0, 0, 0, 0);
  switch (wanted.time) {
    case "any":
      return [null, null];
    case "today":
      return [midnight.getTime(), null];
    case "week":
      return [midnight.getTime() - 6 * DAY_MS, null];
    case "month":
      return [midnight.getTime() - 29 * DAY_MS, null];
    case "own": {
      const to = dayOf(wanted.to);
      to?.setDate(to.getDate() + 1);
      return [dayOf(wanted.from)?.getTime() ?? null, to?.getTime() ?? null];
    }
  }
}

export const platformIn = (where: Where): Platform | null =>
  where.startsWith("platform:") ? (where.slice("platform:".length) as Platform) : null;
export const roomIn = (where: Where): RoomId | null =>
  where.startsWith("room:") ? where.slice("room:".length) : null;

/** Are lines looked for? Room and time alone choose among sessions. */
export const forLines = (wanted: Wanted): boolean =>
  wanted.words.trim() !== "" || wanted.person !== null || wanted.kind !== "all";

/** Is anything asked for at all? */
export const asks = (wanted: Wanted): boolean =>
  forLines(wanted) || wanted.where !== "" || wanted.time !== "any";

/** A session in the place and the time that are asked for. */
export function admits(wanted: Wanted, session: SessionView, now: number): boolean {
  const [from, to] = span(wanted, now);
  const [platform, room] = [platformIn(wanted.where), roomIn(wanted.where)];
  return (
    (platform === null || session.platform === platform) &&
    (room === null || session.room === room) &&
    (from === null || (session.ended_at ?? now) >= from) &&
    (to === null || session.started_at < to)
  );
}

/** The question to the program. */
export function queryOf(wanted: Wanted, now: number, before: number | null): HistoryQuery {
  const [from, to] = span(wanted, now);
  return {
    words: wanted.words,
    person: wanted.person,
    kinds: kindsOf(wanted.kind),
    platform: platformIn(wanted.where),
    room: roomIn(wanted.where),
    session: null,
    from,
    to,
    before,
    limit: 0,
  };
}
