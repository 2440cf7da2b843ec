/** What fields are called in words, and what a wrong form of each should have been. */
import type { Platform } from "../ipc/types/kaibo";
import { m } from "../paraglide/messages.js";
import { message, type Locale } from "./words";

/** Details as the domain names them (`title`), and as an edit does (`add_tags`). */
const details: Record<string, string> = {
  title: "title",
  summary: "summary",
  notice: "notice",
  cover: "cover",
  cover_url: "cover",
  cover_picture: "cover_picture",
  area: "area",
  area_id: "area",
  tags: "tags",
  add_tags: "tags",
  remove_tags: "tags",
  visibility: "visibility",
  replay_url: "replay_url",
  chat: "chat",
  name: "name",
};

/** Is it something a streamer writes about a broadcast or in a chat, not a field of the connect form? */
export const isDetail = (field: string): boolean => field in details;

/** A field in words: a detail, a field of a connect form, or "this field". Never the name on the wire. */
export function fieldName(field: string, platform: Platform | null, locale?: Locale): string {
  const detail = details[field];
  const known = detail ? message(`problem_field_${detail}`, locale) : undefined;
  const sign = message(`problem_field_${field}`, locale);
  const connect = platform ? message(`connect_${platform}_${field}`, locale) : undefined;
  return known ?? connect ?? sign ?? m.problem_field_other({}, locale ? { locale } : {});
}

type Form =
  | "answer"
  | "file"
  | "picture"
  | "redirect"
  | "address"
  | "base"
  | "number"
  | "cookie"
  | "list"
  | "secret"
  | "choice"
  | "server"
  | "port"
  | "hold";

const forms: Record<string, Form> = {
  answer: "answer",
  file: "file",
  redirect_url: "redirect",
  url: "address",
  cover: "address",
  cover_picture: "picture",
  cover_url: "address",
  replay_url: "address",
  base_url: "base",
  api_url: "base",
  passport_url: "base",
  www_url: "base",
  signal_url: "base",
  width: "number",
  height: "number",
  person: "number",
  hours: "number",
  level: "number",
  minutes: "number",
  daily_calls: "number",
  room_id: "number",
  cookie: "cookie",
  live_ids: "list",
  access_token: "secret",
  refresh_token: "secret",
  app_key: "secret",
  app_secret: "secret",
  access_key: "secret",
  secret_key: "secret",
  client_app_key: "secret",
  client_app_secret: "secret",
  sign_method: "choice",
  format: "choice",
  server: "server",
  relay_port: "port",
  relay_hold: "hold",
};

/** What a field of the wrong form should have been. */
export function malformedHint(field: string, locale?: Locale): string {
  const at = locale ? { locale } : {};
  switch (forms[field]) {
    case "answer":
      return m.problem_malformed_answer({}, at);
    case "file":
      return m.problem_malformed_file({}, at);
    case "picture":
      return m.problem_malformed_picture({}, at);
    case "redirect":
      return m.problem_malformed_redirect({}, at);
    case "address":
      return m.problem_malformed_url({}, at);
    case "base":
      return m.problem_malformed_base({}, at);
    case "number":
      return m.problem_malformed_number({}, at);
    case "cookie":
      return m.problem_malformed_cookie({}, at);
    case "list":
      return m.problem_malformed_list({}, at);
    case "secret":
      return m.problem_malformed_secret({}, at);
    case "choice":
      return m.problem_malformed_choice({}, at);
    case "server":
      return m.problem_malformed_server({}, at);
    case "port":
      return m.problem_malformed_relay_port({}, at);
    case "hold":
      return m.problem_malformed_relay_hold({}, at);
    default:
      return m.problem_invalid_malformed_next({}, at);
  }
}
