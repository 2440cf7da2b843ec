/** The one button beside a problem. */
import type { Platform, ProblemCode } from "../ipc/types/kaibo";
import { m } from "../paraglide/messages.js";
import { isDetail } from "./fieldnames";
import type { Facts, Remedy, RemedyKind } from "./problemfacts";
import { spaced, waitWords } from "./words";

/** Where each platform's own pages for broadcasters or developers begin. */
const consoles: Record<Platform, string> = {
  weibo: "https://open.weibo.com/apps",
  taobao: "https://open.taobao.com/",
  qiniu: "https://portal.qiniu.com/",
  bilibili: "https://link.bilibili.com/p/center/index",
};

/** A platform's own page for those who broadcast or develop there. */
export const consolePage = (platform: Platform): string => consoles[platform];

const waitRemedy = (facts: Facts): Remedy => {
  const seconds = facts.problem.retry_after ?? 0;
  const label =
    seconds > 0
      ? m.remedy_wait({ wait: waitWords(seconds, facts.locale) }, facts.at)
      : m.remedy_wait_any({}, facts.at);
  return { kind: "wait", label, seconds };
};

const fieldOf = (code: ProblemCode): string => {
  if (code.kind === "invalid") return code.field;
  return code.kind === "area_gone" ? "area" : "chat";
};

export const remedyOf = (kind: RemedyKind, facts: Facts): Remedy => {
  const { code } = facts.problem;
  switch (kind) {
    case "retry":
      return { kind, label: m.action_retry({}, facts.at) };
    case "sign_in":
      return { kind, label: m.remedy_sign_in({}, facts.at) };
    case "show_qr":
      return { kind, label: m.remedy_show_qr({}, facts.at), qr: code.kind === "face_check" ? code.url : "" };
    case "verify":
      if (code.kind !== "verify_in_app" || code.url === "") {
        return { kind: "retry", label: m.action_retry({}, facts.at) };
      }
      return { kind, label: m.remedy_show_qr({}, facts.at), qr: code.url };
    case "wait":
      return waitRemedy(facts);
    case "edit_field": {
      const field = fieldOf(code);
      // What stands in the connect form is put right there.
      const where = isDetail(field) ? kind : "sign_in";
      return { kind: where, label: m.remedy_edit_field({}, facts.at), field };
    }
    case "unlock_keyring":
      return {
        kind,
        label: (code.kind === "keyring_locked" ? m.unlock : m.action_retry)({}, facts.at),
      };
    case "look_again":
      return { kind, label: m.remedy_look_again({}, facts.at) };
    case "connect_encoder":
      return { kind, label: m.remedy_connect_encoder({}, facts.at) };
    case "open_encoder":
      return { kind, label: m.remedy_open_encoder({}, facts.at) };
    case "stop_encoder":
      return { kind, label: m.remedy_stop_encoder({}, facts.at) };
    case "send_encoder":
      return { kind, label: m.remedy_send_encoder({}, facts.at) };
    case "open_relay":
      return { kind, label: m.remedy_open_relay({}, facts.at) };
    case "open_history":
      return { kind, label: m.remedy_open_history({}, facts.at) };
    case "open_platform":
      // With no platform there is no page to open.
      if (!facts.platform) return { kind: "retry", label: m.action_retry({}, facts.at) };
      return {
        kind,
        label: spaced(m.remedy_open_platform({ platform: facts.name }, facts.at), facts.locale),
        url: consoles[facts.platform],
      };
  }
};
