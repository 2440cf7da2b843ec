/** Each kind of problem: how bad, whose side, the one action, and its words. */
import type { ProblemCode } from "../ipc/types/kaibo";
import { m } from "../paraglide/messages.js";
import { invalidNext, invalidTitle, unreadable } from "./invalidwords";
import { saidOr, type Entry } from "./problemfacts";
import { waitWords } from "./words";

type CodeOf<Kind> = Extract<ProblemCode, { kind: Kind }>;
type Table = { [Kind in ProblemCode["kind"]]: Entry<CodeOf<Kind>> };

export const table: Table = {
  sign_in_expired: {
    severity: "problem",
    side: "yours",
    action: "sign_in",
    title: (f) => m.problem_sign_in_expired({ platform: f.name }, f.at),
    next: (f) => {
      if (f.platform === "bilibili") return m.problem_sign_in_expired_next_bilibili({}, f.at);
      if (f.platform === "weibo") return m.problem_sign_in_expired_next_weibo({}, f.at);
      return m.problem_sign_in_expired_next({}, f.at);
    },
  },
  credentials_refused: {
    severity: "problem",
    side: "yours",
    action: "sign_in",
    title: (f) => m.problem_credentials_refused({ platform: f.name }, f.at),
    next: (f) =>
      f.platform === "bilibili"
        ? m.problem_credentials_refused_next_bilibili({}, f.at)
        : m.problem_credentials_refused_next({}, f.at),
  },
  not_allowed: {
    severity: "problem",
    side: "yours",
    action: "open_platform",
    title: (f) =>
      f.platform === "taobao"
        ? m.problem_taobao_not_allowed({}, f.at)
        : m.problem_not_allowed({ platform: f.name }, f.at),
    next: (f) =>
      f.platform === "taobao"
        ? m.problem_taobao_not_allowed_next({}, f.at)
        : saidOr(f, m.problem_not_allowed_next({}, f.at)),
  },
  verify_in_app: {
    severity: "problem",
    side: "yours",
    action: "verify",
    title: (f) => m.problem_verify_in_app({ platform: f.name }, f.at),
    next: (f, code) =>
      code.url
        ? m.problem_verify_in_app_next({ platform: f.name }, f.at)
        : m.problem_verify_in_app_next_where({ platform: f.name }, f.at),
  },
  sign_in_denied: {
    severity: "warn",
    side: "yours",
    action: "retry",
    title: (f) => m.problem_sign_in_denied({ platform: f.name }, f.at),
    next: (f) => m.problem_sign_in_denied_next({}, f.at),
  },
  wrong_account: {
    severity: "warn",
    side: "yours",
    action: "retry",
    title: (f) => m.problem_wrong_account({ platform: f.name }, f.at),
    next: (f) => m.problem_wrong_account_next({ platform: f.name }, f.at),
  },
  not_found: {
    severity: "problem",
    side: "platform",
    action: "look_again",
    title: (f) => m.problem_not_found({ platform: f.name }, f.at),
    next: (f) =>
      f.platform === "taobao"
        ? m.problem_not_found_next_taobao({}, f.at)
        : m.problem_not_found_next({}, f.at),
  },
  invalid: {
    severity: "problem",
    side: "yours",
    action: "edit_field",
    title: (f, code) => invalidTitle(f, code.field, code.reason),
    next: (f, code) => invalidNext(f, code.field, code.reason),
  },
  rate_limited: {
    severity: "warn",
    side: "platform",
    action: "wait",
    title: (f) => m.problem_rate_limited({ platform: f.name }, f.at),
    next: (f) =>
      f.problem.retry_after
        ? m.problem_rate_limited_next({ wait: waitWords(f.problem.retry_after, f.locale) }, f.at)
        : m.problem_rate_limited_next_any({}, f.at),
  },
  face_check: {
    severity: "problem",
    side: "yours",
    action: "show_qr",
    title: (f) => m.problem_face_check({ platform: f.name }, f.at),
    next: (f) => m.problem_face_check_next({}, f.at),
  },
  client_refused: {
    severity: "problem",
    side: "platform",
    action: "look_again",
    title: (f) => m.problem_client_refused({ platform: f.name }, f.at),
    next: (f) =>
      f.platform === "bilibili"
        ? m.problem_client_refused_next({}, f.at)
        : m.problem_client_refused_next_any({}, f.at),
  },
  identity_check: {
    severity: "problem",
    side: "yours",
    action: "open_platform",
    title: (f) => m.problem_identity_check({ platform: f.name }, f.at),
    next: (f) =>
      f.platform === "bilibili"
        ? m.problem_identity_check_next({}, f.at)
        : m.problem_identity_check_next_any({}, f.at),
  },
  area_gone: {
    severity: "problem",
    side: "yours",
    action: "edit_field",
    title: (f) => m.problem_area_gone({}, f.at),
    next: (f) => m.problem_area_gone_next({}, f.at),
  },
  chat_dropped: {
    severity: "warn",
    side: "platform",
    action: "edit_field",
    title: (f) => m.problem_chat_dropped({ platform: f.name }, f.at),
    next: (f) => m.problem_chat_dropped_next({}, f.at),
  },
  no_effect: {
    severity: "warn",
    side: "platform",
    action: "look_again",
    title: (f) => m.problem_no_effect({ platform: f.name }, f.at),
    next: (f) => m.problem_no_effect_next({}, f.at),
  },
  wrong_state: {
    severity: "warn",
    side: "yours",
    action: "look_again",
    title: (f) => m.problem_wrong_state({}, f.at),
    next: (f) => m.problem_wrong_state_next({}, f.at),
  },
  platform_down: {
    severity: "problem",
    side: "platform",
    action: "retry",
    title: (f) => m.problem_platform_down({ platform: f.name }, f.at),
    next: (f) => m.problem_platform_down_next({}, f.at),
  },
  refused: {
    severity: "problem",
    side: "platform",
    action: "retry",
    title: (f) => m.problem_refused({ platform: f.name }, f.at),
    next: (f) => saidOr(f, m.problem_refused_next({}, f.at)),
  },
  network: {
    severity: "problem",
    side: "network",
    action: "retry",
    title: (f) =>
      f.platform ? m.problem_network({ platform: f.name }, f.at) : m.problem_network_any({}, f.at),
    next: (f) => m.problem_network_next({}, f.at),
  },
  timeout: {
    severity: "problem",
    side: "network",
    action: "retry",
    title: (f) => m.problem_timeout({ platform: f.name }, f.at),
    next: (f) => m.problem_timeout_next({}, f.at),
  },
  outcome_unknown: {
    severity: "warn",
    side: "network",
    action: "look_again",
    title: (f) => m.problem_outcome_unknown({ platform: f.name }, f.at),
    next: (f) => m.problem_outcome_unknown_next({}, f.at),
  },
  unreadable: {
    severity: "problem",
    side: "platform",
    action: "retry",
    title: (f, code) => unreadable[code.how].title({ platform: f.name }, f.at),
    next: (f, code) => unreadable[code.how].next({}, f.at),
  },
  keyring_locked: {
    severity: "warn",
    side: "yours",
    action: "unlock_keyring",
    title: (f) => m.problem_keyring_locked({}, f.at),
    next: (f) => m.problem_keyring_locked_next({}, f.at),
  },
  keyring_full: {
    severity: "problem",
    side: "yours",
    action: "unlock_keyring",
    title: (f) => m.problem_keyring_full({}, f.at),
    next: (f) => m.problem_keyring_full_next({}, f.at),
  },
  keyring_failed: {
    severity: "problem",
    side: "yours",
    action: "unlock_keyring",
    title: (f) => m.problem_keyring_failed({}, f.at),
    next: (f) => m.problem_keyring_failed_next({}, f.at),
  },
  no_stream_key: {
    severity: "info",
    side: "yours",
    action: "look_again",
    title: (f) => m.problem_no_stream_key({}, f.at),
    next: (f) => m.problem_no_stream_key_next({}, f.at),
  },
  encoder_unreachable: {
    severity: "problem",
    side: "encoder",
    action: "connect_encoder",
    title: (f) => m.problem_encoder_unreachable({}, f.at),
    next: (f) => m.problem_encoder_unreachable_next({}, f.at),
  },
  encoder_password: {
    severity: "problem",
    side: "yours",
    action: "open_encoder",
    title: (f) => m.problem_encoder_password({}, f.at),
    next: (f) => m.problem_encoder_password_next({}, f.at),
  },
  encoder_busy: {
    severity: "warn",
    side: "yours",
    action: "stop_encoder",
    title: (f) => m.problem_encoder_busy({}, f.at),
    next: (f) => m.problem_encoder_busy_next({}, f.at),
  },
  encoder_refused: {
    severity: "problem",
    side: "encoder",
    action: "send_encoder",
    title: (f) => m.problem_encoder_refused({}, f.at),
    next: (f) =>
      f.problem.message
        ? m.problem_encoder_said({ message: f.problem.message }, f.at)
        : m.problem_encoder_refused_next({}, f.at),
  },
  encoder_differs: {
    severity: "problem",
    side: "encoder",
    action: "send_encoder",
    title: (f) => m.problem_encoder_differs({}, f.at),
    next: (f) => m.problem_encoder_differs_next({}, f.at),
  },
  relay_port: {
    severity: "problem",
    side: "yours",
    action: "open_relay",
    title: (f) => m.problem_relay_port({}, f.at),
    next: (f) => m.problem_relay_port_next({}, f.at),
  },
  target_unreachable: {
    severity: "problem",
    side: "network",
    action: "retry",
    title: (f) => m.problem_target_unreachable({}, f.at),
    next: (f) => m.problem_target_unreachable_next({}, f.at),
  },
  target_refused: {
    severity: "problem",
    side: "yours",
    action: "retry",
    title: (f) => m.problem_target_refused({}, f.at),
    next: (f) => m.problem_target_refused_next({}, f.at),
  },
  target_stalled: {
    severity: "warn",
    side: "network",
    action: "retry",
    title: (f) => m.problem_target_stalled({}, f.at),
    next: (f) => m.problem_target_stalled_next({}, f.at),
  },
  storage: {
    severity: "problem",
    side: "kaibo",
    action: "retry",
    title: (f) => m.problem_storage({}, f.at),
    next: (f) => m.problem_storage_next({}, f.at),
  },
  history_gap: {
    severity: "warn",
    side: "kaibo",
    action: "open_history",
    title: (f) => m.problem_history_gap({}, f.at),
    next: (f, code) => m.problem_history_gap_next({ lines: code.lines }, f.at),
  },
  update_unreachable: {
    severity: "problem",
    side: "network",
    action: "retry",
    title: (f) => m.problem_update_unreachable({}, f.at),
    next: (f) => m.problem_update_unreachable_next({}, f.at),
  },
  update_unreadable: {
    severity: "problem",
    side: "kaibo",
    action: "retry",
    title: (f) => m.problem_update_unreadable({}, f.at),
    next: (f) => m.problem_update_unreadable_next({}, f.at),
  },
  update_untrusted: {
    severity: "problem",
    side: "kaibo",
    action: "retry",
    title: (f) => m.problem_update_untrusted({}, f.at),
    next: (f) => m.problem_update_untrusted_next({}, f.at),
  },
  update_held: {
    severity: "warn",
    side: "yours",
    action: "retry",
    title: (f) => m.problem_update_held({}, f.at),
    next: (f) => m.problem_update_held_next({}, f.at),
  },
  update_by_hand: {
    severity: "warn",
    side: "yours",
    action: "retry",
    title: (f) => m.problem_update_by_hand({}, f.at),
    next: (f) => m.problem_update_by_hand_next({}, f.at),
  },
  internal: {
    severity: "problem",
    side: "kaibo",
    action: "retry",
    title: (f) => m.problem_internal({}, f.at),
    next: (f) =>
      f.problem.detail_id
        ? m.problem_internal_next({ id: f.problem.detail_id }, f.at)
        : m.problem_internal_next_bare({}, f.at),
  },
};
