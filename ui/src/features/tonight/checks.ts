import type {
  AccountView,
  Details,
  PlatformInfo,
  RoomView,
  UploadBudget,
  VaultState,
} from "../../ipc/backend";
import { platformName } from "../../components";
import { m } from "../../paraglide/messages.js";
import { locale } from "../../state/locale.svelte";
import { problemWords } from "../../state/problems";
import { measures, takes, type TextDetail } from "../../state/tonight.svelte";
import { spaced } from "../../state/words";
import { budgetWords, mbps, tooMuch } from "../relay/words";
import { detailName } from "./names";

/** One thing looked at before going live. */
export interface Check {
  key: string;
  level: "ok" | "warn" | "problem";
  title: string;
  note: string;
  /** It stops *Go live*. */
  blocks: boolean;
  room?: RoomView;
}

interface Scene {
  rooms: readonly RoomView[];
  accounts: readonly AccountView[];
  vault: VaultState;
  details: Details;
  info: (room: RoomView) => PlatformInfo | undefined;
  /** What the relay takes of the line, kbit/s, and what that gives; none where the rooms go live without it. */
  upload?: { needed: number; budget: UploadBudget } | null;
}

/** What is wrong with one text of tonight, in words; empty when nothing is. */
export function textProblem(scene: Scene, detail: TextDetail, tried: boolean): string {
  const found = scene.rooms
    .flatMap((room) => measures(scene.info(room), scene.details).filter((x) => x.detail === detail))
    .sort((a, b) => b.used - b.max - (a.used - a.max));
  const worst = found.find((x) => x.over);
  if (worst) {
    const platform = platformName(worst.platform);
    return say(m.text_over({ platform, max: worst.max, n: worst.used - worst.max }));
  }
  const missing = tried && found.find((x) => x.missing);
  return missing ? say(m.text_missing({ platform: platformName(missing.platform) })) : "";
}

const say = (text: string): string => spaced(text, locale());

/** The look over the chosen rooms, worst first. */
export function checks(scene: Scene): Check[] {
  const found = [...roomChecks(scene), ...textChecks(scene), ...uploadCheck(scene), vaultCheck(scene.vault)];
  const order = { problem: 0, warn: 1, ok: 2 };
  return found.sort((a, b) => order[a.level] - order[b.level]);
}

function roomChecks(scene: Scene): Check[] {
  const bad: Check[] = [];
  for (const room of scene.rooms) {
    const account = scene.accounts.find((a) => a.id === room.account);
    const problem = account?.problem ?? room.problem;
    if (!problem) continue;
    const words = problemWords(problem, { platform: room.platform });
    const level = words.severity === "problem" ? "problem" : "warn";
    bad.push({ key: `room-${room.id}`, level, title: words.title, note: words.next, blocks: false, room });
  }
  if (bad.length > 0 || scene.rooms.length === 0) return bad;
  const n = new Set(scene.rooms.map((r) => r.account)).size;
  return [
    { key: "sign-in", level: "ok", title: m.check_sign_in(), note: m.check_sign_in_ok({ n }), blocks: false },
  ];
}

function textChecks(scene: Scene): Check[] {
  const bad = scene.rooms.flatMap((room): Check[] => {
    const platform = platformName(room.platform);
    const texts = measures(scene.info(room), scene.details).flatMap((x): Check[] => {
      const title = say(m.check_text({ platform, detail: detailName(x.detail) }));
      const base = { key: `${room.id}-${x.detail}`, level: "problem" as const, title, blocks: true, room };
      if (x.over) return [{ ...base, note: m.check_over({ used: x.used, max: x.max, n: x.used - x.max }) }];
      return x.missing ? [{ ...base, note: m.check_missing() }] : [];
    });
    return [...texts, ...areaCheck(scene, room, platform)];
  });
  if (bad.length > 0 || scene.rooms.length === 0) return bad;
  const n = scene.rooms.length;
  return [
    { key: "texts", level: "ok", title: m.check_texts(), note: m.check_texts_ok({ n }), blocks: false },
  ];
}

/** A platform with areas takes the room's last one when none is chosen; without either it refuses. */
function areaCheck(scene: Scene, room: RoomView, platform: string): Check[] {
  const info = scene.info(room);
  const lacks = info?.abilities.areas && takes(info, "area") && !scene.details.area_id && !room.area;
  if (!lacks) return [];
  const title = say(m.check_text({ platform, detail: detailName("area") }));
  return [
    { key: `${room.id}-area`, level: "warn", title, note: m.check_area_missing(), blocks: false, room },
  ];
}

/** The line, where both what it takes and what is needed of it are known. */
function uploadCheck({ upload }: Scene): Check[] {
  if (!upload || upload.needed === 0 || upload.budget.kind === "unknown") return [];
  const tight = tooMuch(upload.needed, upload.budget);
  if (!tight && upload.budget.kind === "at_least" && upload.needed > upload.budget.kbps) return [];
  const needed = mbps(upload.needed);
  const line = budgetWords(upload.budget);
  return [
    {
      key: "upload",
      level: tight ? "warn" : "ok",
      title: tight ? m.relay_short() : m.relay_upload(),
      note: m.check_upload({ needed, line }),
      blocks: false,
    },
  ];
}

function vaultCheck(vault: VaultState): Check {
  const ok = vault.kind === "unlocked";
  const notes = {
    unknown: m.check_vault_unknown,
    unlocked: m.check_vault_ok,
    locked: m.check_vault_locked,
    absent: m.check_vault_absent,
    session_only: m.check_vault_session,
  };
  return {
    key: "vault",
    level: ok ? "ok" : "warn",
    title: m.foot_keyring(),
    note: notes[vault.kind](),
    blocks: false,
  };
}
