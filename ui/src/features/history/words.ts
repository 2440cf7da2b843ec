import { platformName } from "../../components";
import type { ChatKind, HistoryLine, SessionView } from "../../ipc/backend";
import { m } from "../../paraglide/messages.js";
import { timeOfDay, whole } from "../../state/format";
import { locale } from "../../state/locale.svelte";
import { streamerMode, veiledName } from "../../state/privacy.svelte";
import { spaced } from "../../state/words";
import type { Kind, Time } from "./query";

/** What somebody did, where it isn't what they said. */
export function passing(line: HistoryLine): string {
  const name = line.who?.me ? m.chat_me() : (line.who?.name ?? "");
  const words: Partial<Record<ChatKind, () => string>> = {
    like: () => m.chat_likes({ n: line.text }),
    entry: () => m.chat_entry({ name }),
    follow: () => m.chat_follow({ name }),
    share: () => m.chat_share({ name }),
    muted: () => m.chat_muted({ name }),
  };
  return words[line.kind]?.() ?? line.text;
}

export const kindName = (kind: Kind): string =>
  ({
    all: m.history_kind_all,
    messages: m.history_kind_messages,
    gifts: m.history_kind_gifts,
    super_chats: m.history_kind_super_chats,
    visits: m.history_kind_visits,
    notices: m.history_kind_notices,
  })[kind]();

export const timeName = (time: Time): string =>
  ({
    any: m.history_time_any,
    today: m.history_time_today,
    week: m.history_time_week,
    month: m.history_time_month,
    own: m.history_time_own,
  })[time]();

/** What a session is called: its title, or the room's name. */
export const titleOf = (session: SessionView): string =>
  session.title || veiledName(session.platform, session.name);

const midnight = (at: number): number => new Date(at).setHours(0, 0, 0, 0);

/** A day as a heading: today, yesterday, else with its weekday; the year where it is another one. */
export function dayWords(at: number, now: number): string {
  const days = Math.round((midnight(now) - midnight(at)) / 86_400_000);
  if (days === 0) return m.history_today();
  if (days === 1) return m.history_yesterday();
  const other = new Date(at).getFullYear() !== new Date(now).getFullYear();
  const day = new Intl.DateTimeFormat(locale(), {
    month: "long",
    day: "numeric",
    weekday: "short",
    ...(other ? { year: "numeric" } : {}),
  }).format(at);
  return spaced(day, locale());
}

/** The day for a file that is read later: with its year, whatever today is. */
export const dateWords = (at: number): string =>
  spaced(new Intl.DateTimeFormat(locale(), { dateStyle: "full" }).format(at), locale());

export const sameDay = (one: number, other: number): boolean => midnight(one) === midnight(other);

const two = (n: number): string => String(n).padStart(2, "0");

/** A date in figures: 03-13, and with the year where it is another one. */
export function shortDay(at: number, now: number): string {
  const date = new Date(at);
  const day = `${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return date.getFullYear() === new Date(now).getFullYear() ? day : `${String(date.getFullYear())}-${day}`;
}

/** How long a session was: 3 h 25 min. */
export function lengthWords(session: SessionView, now: number): string {
  // Whole minutes that have passed, as the header of a live room counts them.
  const minutes = Math.max(0, Math.floor(((session.ended_at ?? now) - session.started_at) / 60_000));
  if (minutes < 60) return m.span_minutes({ n: minutes });
  return m.history_length({ h: Math.floor(minutes / 60), n: minutes % 60 });
}

/** When a session was: 20:02 to 23:27. */
export const spanWords = (session: SessionView): string =>
  session.ended_at === null
    ? m.history_since({ from: timeOfDay(session.started_at) })
    : `${timeOfDay(session.started_at)}–${timeOfDay(session.ended_at)}`;

/** Where a session was, for whoever hears the row: platform and room. */
export const placeWords = (session: SessionView): string =>
  streamerMode() ? platformName(session.platform) : `${platformName(session.platform)} · ${session.name}`;

export const linesWords = (session: SessionView): string => m.history_lines({ n: whole(session.lines) });
