/** Connect forms as the program describes them, for tests and the page of designed states. */
import type { Abilities, FieldKind, FieldSpec, PlatformInfo } from "../../ipc/backend";

const required = (name: string, kind: FieldKind = "text"): FieldSpec => ({
  name,
  kind,
  required: true,
  default: null,
  choices: [],
  advanced: false,
});

const more = (name: string, kind: FieldKind = "text", value: string | null = null): FieldSpec => ({
  ...required(name, kind),
  required: false,
  default: value,
  advanced: true,
});

const nothing: Abilities = {
  create: false,
  lasting_room: false,
  start: false,
  end: false,
  delete: false,
  push: false,
  set_at_start: [],
  edit: [],
  chat_in: false,
  chat_out: false,
  figures: [],
  areas: false,
};

const info = (
  platform: PlatformInfo["platform"],
  fields: FieldSpec[],
  abilities: Partial<Abilities>,
): PlatformInfo => ({
  platform,
  fields,
  abilities: { ...nothing, ...abilities },
  limits: [],
  chat_limit: null,
  documentation: "https://example.com/",
});

export const samplePlatforms: PlatformInfo[] = [
  info(
    "weibo",
    [
      required("access_token", "secret"),
      more("base_url", "url", "https://api.weibo.com"),
      more("width", "text", "1920"),
      more("height", "text", "1080"),
      more("daily_calls", "text", "100"),
      more("signal_url", "url"),
    ],
    { create: true, push: true, edit: ["title"], chat_in: true, chat_out: true, figures: ["watching"] },
  ),
  info(
    "taobao",
    [
      required("app_key"),
      required("app_secret", "secret"),
      required("live_ids", "list"),
      more("base_url", "url", "https://eco.taobao.com/router/rest"),
      { ...more("sign_method", "text", "hmac-sha256"), choices: ["hmac-sha256", "hmac", "md5"] },
      { ...more("format", "text", "json"), choices: ["json", "xml"] },
    ],
    { figures: ["duration"] },
  ),
  info(
    "qiniu",
    [
      required("access_key"),
      required("secret_key", "secret"),
      required("anchor_id"),
      more("base_url", "url", "https://live-api.qiniu.com"),
      more("app_id", "text", "kaibo"),
      more("signal_url", "url"),
    ],
    { create: true, start: true, push: true, figures: ["watching"] },
  ),
  info(
    "bilibili",
    [
      required("cookie", "secret"),
      more("room_id"),
      more("base_url", "url", "https://api.live.bilibili.com"),
      more("api_url", "url", "https://api.bilibili.com"),
      more("client_app_key"),
      more("client_app_secret", "secret"),
      more("signal_url", "url"),
    ],
    { start: true, push: true, edit: ["title"], chat_in: true, chat_out: true, figures: ["popularity"] },
  ),
];
