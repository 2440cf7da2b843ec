/** The checks before going live in words: what is the matter, what to do, one button. */
import type {
  AccountView,
  Check,
  CheckKind,
  CheckLevel,
  Details,
  PreflightView,
  RoomId,
  RoomView,
} from "../../ipc/backend";
import { m } from "../../paraglide/messages.js";
import { timeOfDay } from "../../state/format";
import { locale } from "../../state/locale.svelte";
import { problemWords, type Remedy } from "../../state/problems";
import { spaced, waitWords } from "../../state/words";
import { expiryWords } from "../accounts/expiry";

/** How a check is put right on the page itself. */
export interface Places {
  title: () => void;
  area: () => void;
}

/** The one button of a check. */
export type Fix =
  | { kind: "repair"; label: string; remedy: Remedy }
  | { kind: "title" | "area" | "clock" | "account" | "room" | "again"; label: string };

/** A check that isn't green. */
export interface Row {
  kind: CheckKind;
  level: Exclude<CheckLevel, "green" | "working">;
  title: string;
  note: string;
  fix: Fix | null;
}

/** What was found for one room: those to look at, the worst first, and the names of the rest. */
export interface RoomChecks {
  room: RoomView;
  rows: Row[];
  good: CheckKind[];
  working: CheckKind[];
}

/** How old checks may be before they are made anew when *Tonight* opens. */
export const FRESH_MS = 5 * 60_000;
/** The least time between two looks that nobody asked for: some cost calls of a small quota. */
export const APART_MS = 60_000;

const names: Record<CheckKind, () => string> = {
  sign_in: m.checkname_sign_in,
  right: m.checkname_right,
  area: m.checkname_area,
  texts: m.checkname_texts,
  push_address: m.checkname_push_address,
  clock: m.checkname_clock,
  ingest: m.checkname_ingest,
  calls: m.checkname_calls,
};
export const checkName = (kind: CheckKind): string => names[kind]();
/** Its name behind others. */
export const checkNameWithin = (kind: CheckKind): string => {
  const name = checkName(kind);
  return name.charAt(0).toLowerCase() + name.slice(1);
};

interface Words {
  title: string;
  note: string;
  fix: Fix | null;
}

const signIn = (): Fix => ({
  kind: "repair",
  label: m.remedy_sign_in(),
  remedy: { kind: "sign_in", label: m.remedy_sign_in() },
});
const again = (): Fix => ({ kind: "again", label: m.pf_again() });

/** The words of a check without a problem of its own. */
function plainWords(check: Check, account: AccountView | undefined, now: number): Words {
  const expires = check.expires_at === null ? null : expiryWords(check.expires_at, now);
  const when = expires ? expires.text.charAt(0).toLowerCase() + expires.text.slice(1) : "";
  switch (check.kind) {
    case "sign_in":
      return expires?.tone === "warn" || expires?.tone === "plain"
        ? {
            title: m.pf_sign_in_soon({ expires: when }),
            note: m.pf_sign_in_soon_next(),
            fix: signIn(),
          }
        : { title: m.pf_sign_in_red(), note: m.pf_sign_in_red_next(), fix: signIn() };
    case "right":
      return { title: m.pf_right_red(), note: m.pf_right_next(), fix: again() };
    case "area":
      return {
        title: m.pf_area_red(),
        note: m.pf_area_next(),
        fix: { kind: "area", label: m.pf_choose_area() },
      };
    case "texts":
      return { title: m.pf_texts_red(), note: m.pf_texts_next(), fix: { kind: "title", label: m.pf_edit() } };
    case "push_address":
      return {
        title: expires && expires.tone !== "problem" ? m.pf_push_soon({ expires: when }) : m.pf_push_gone(),
        note: m.pf_push_next(),
        fix: { kind: "room", label: m.pf_room() },
      };
    case "clock":
      return {
        title: clockWords(check.skew_ms),
        note: m.pf_clock_next(),
        fix: { kind: "clock", label: m.pf_clock_fix() },
      };
    case "ingest":
      return {
        title: m.pf_ingest_red(),
        note: check.host ? m.pf_ingest_next({ host: check.host }) : m.pf_ingest_next_any(),
        fix: again(),
      };
    case "calls":
      return callsLeft(account);
  }
}

/** By how much this machine's clock is off: the platform's being ahead means this one is slow. */
export function clockWords(skew: number | null): string {
  if (skew === null || skew === 0) return m.pf_clock_off();
  const wait = waitWords(Math.abs(skew) / 1_000, locale());
  return skew > 0 ? m.pf_clock_slow({ wait }) : m.pf_clock_fast({ wait });
}

function callsLeft(account: AccountView | undefined): Words {
  const fix: Fix = { kind: "account", label: m.pf_account() };
  const calls = account?.calls_left;
  if (!calls) return { title: m.pf_calls_low(), note: m.pf_calls_low_next(), fix };
  const time = timeOfDay(calls.resets_at);
  return {
    title: m.pf_calls_few({ n: calls.left, left: calls.left }),
    note: m.pf_calls_few_next({ time }),
    fix,
  };
}

function unknownWords(check: Check): Words {
  return {
    title: m.pf_unknown({ check: checkName(check.kind) }),
    note: check.problem ? m.sentence({ text: problemWords(check.problem).title }) : m.pf_unknown_next(),
    fix: again(),
  };
}

function problemRow(check: Check, room: RoomView, account: AccountView | undefined): Words | null {
  if (!check.problem) return null;
  const words = problemWords(check.problem, { platform: room.platform, calls: account?.calls_left });
  const base = { title: words.title, note: words.next };
  if (check.kind === "texts") return { ...base, fix: { kind: "title", label: m.pf_edit() } };
  if (check.kind === "area") return { ...base, fix: { kind: "area", label: m.pf_choose_area() } };
  const onTheSpot: Remedy["kind"][] = ["sign_in", "show_qr", "verify", "unlock_keyring", "open_platform"];
  return onTheSpot.includes(words.action.kind)
    ? { ...base, fix: { kind: "repair", label: words.action.label, remedy: words.action } }
    : { ...base, fix: again() };
}

/** One check as a row; `null` for one that is good or still out. */
export function rowOf(
  check: Check,
  room: RoomView,
  account: AccountView | undefined,
  now: number,
): Row | null {
  const { kind, level } = check;
  if (level === "green" || level === "working") return null;
  if (level === "unknown") return { kind, level, ...unknownWords(check) };
  const words = problemRow(check, room, account) ?? plainWords(check, account, now);
  return { kind, level, ...words, title: spaced(words.title, locale()) };
}

const weight = { red: 0, amber: 1, unknown: 2 };

/** What is written has changed since the look: what was found about it then says nothing now. */
export const outdated =
  (then: Details | null, now: Details) =>
  (kind: CheckKind): boolean => {
    if (then === null) return false;
    if (kind === "area") return then.area_id !== now.area_id;
    if (kind !== "texts") return false;
    const texts = ["title", "summary", "notice", "cover_url"] as const;
    return texts.some((t) => then[t] !== now[t]) || then.tags.join("\n") !== now.tags.join("\n");
  };

/** What a look over rooms found, for those that are chosen now. */
export function roomChecks(
  view: PreflightView | null,
  rooms: readonly RoomView[],
  accounts: readonly AccountView[],
  now: number,
  old: (kind: CheckKind) => boolean = () => false,
): RoomChecks[] {
  return rooms.flatMap((room): RoomChecks[] => {
    const found = view?.rooms.find((r) => r.room === room.id);
    if (!found) return [];
    const account = accounts.find((a) => a.id === room.account);
    const checks = found.checks.filter((c) => !old(c.kind));
    const rows = checks.flatMap((c) => rowOf(c, room, account, now) ?? []);
    rows.sort((a, b) => weight[a.level] - weight[b.level]);
    const at = (level: CheckLevel): CheckKind[] => checks.filter((c) => c.level === level).map((c) => c.kind);
    return [{ room, rows, good: at("green"), working: at("working") }];
  });
}

/** Should *Tonight* look by itself? When something chosen wasn't looked over, or long ago, and not just now. */
export function wantsLook(
  view: PreflightView | null,
  rooms: readonly RoomId[],
  lastLook: number | null,
  now: number,
): boolean {
  if (rooms.length === 0) return false;
  if (view && view.finished_at === null && lastLook !== null && now - lastLook < FRESH_MS) return false;
  if (lastLook !== null && now - lastLook < APART_MS) return false;
  const covered = rooms.every((id) => view?.rooms.some((r) => r.room === id));
  return !covered || view?.finished_at == null || now - view.finished_at > FRESH_MS;
}
