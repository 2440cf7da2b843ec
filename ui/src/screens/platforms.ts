/** The four platforms as the program describes them, for tests and designed states. */
import type {
  Abilities,
  Counting,
  DetailKind,
  FieldKind,
  FieldSpec,
  PlatformInfo,
  SignInWay,
  TextLimit,
} from "../ipc/backend";

const none: Abilities = {
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
  moderate: false,
  figures: [],
  areas: false,
};

const field = (name: string, kind: FieldKind, more: Partial<FieldSpec> = {}): FieldSpec => ({
  name,
  kind,
  required: false,
  default: null,
  choices: [],
  advanced: false,
  ways: [],
  ...more,
});
const required = (name: string, kind: FieldKind): FieldSpec => field(name, kind, { required: true });
const advanced = (
  name: string,
  kind: FieldKind,
  preset: string | null = null,
  choices: string[] = [],
): FieldSpec => field(name, kind, { default: preset, advanced: true, choices });
/** A field that belongs to one way of signing in. */
const only = (way: SignInWay, spec: FieldSpec): FieldSpec => ({ ...spec, ways: [way] });

const limit = (max: number, needed = false, counting: Counting = "characters"): TextLimit => ({
  max,
  counting,
  required: needed,
});
const limits = (all: Partial<Record<DetailKind, TextLimit>>): PlatformInfo["limits"] =>
  Object.entries(all).map(([detail, l]) => ({ detail: detail as DetailKind, limit: l }));

export const platforms: PlatformInfo[] = [
  {
    platform: "weibo",
    abilities: {
      ...none,
      create: true,
      end: true,
      delete: true,
      push: true,
      set_at_start: ["title", "summary", "cover", "visibility"],
      edit: ["title", "summary", "cover", "visibility", "replay_url"],
      figures: ["watching", "views", "likes"],
      chat_in: true,
      chat_out: true,
    },
    ways: ["browser", "form"],
    takes_file: false,
    fields: [
      only("browser", required("app_key", "text")),
      only("browser", required("app_secret", "secret")),
      only("browser", advanced("redirect_url", "url", "https://api.weibo.com/oauth2/default.html")),
      only("form", required("access_token", "secret")),
      advanced("base_url", "url", "https://api.weibo.com"),
      advanced("width", "text", "1920"),
      advanced("height", "text", "1080"),
      advanced("daily_calls", "text", "100"),
      advanced("signal_url", "url"),
    ],
    limits: limits({ summary: limit(130, false, "weibo") }),
    chat_limit: limit(100, true),
    documentation: "https://open.weibo.com/wiki/API",
  },
  {
    platform: "taobao",
    abilities: { ...none, figures: ["duration"] },
    ways: ["form"],
    takes_file: false,
    fields: [
      required("app_key", "text"),
      required("app_secret", "secret"),
      required("live_ids", "list"),
      advanced("base_url", "url", "https://eco.taobao.com/router/rest"),
      advanced("sign_method", "text", "hmac-sha256", ["hmac-sha256", "hmac", "md5"]),
      advanced("format", "text", "json", ["json", "xml"]),
    ],
    limits: [],
    chat_limit: null,
    documentation: "https://open.taobao.com/api.htm",
  },
  {
    platform: "qiniu",
    abilities: {
      ...none,
      create: true,
      start: true,
      end: true,
      delete: true,
      push: true,
      set_at_start: ["title", "notice", "cover"],
      figures: ["watching", "page_views", "visitors"],
    },
    ways: ["form"],
    takes_file: false,
    fields: [
      required("access_key", "text"),
      required("secret_key", "secret"),
      required("anchor_id", "text"),
      advanced("base_url", "url", "https://live-api.qiniu.com"),
      advanced("app_id", "text", "kaibo"),
      advanced("anchor_name", "text"),
      advanced("signal_url", "url"),
    ],
    limits: limits({ title: limit(128, true), notice: limit(255), cover: limit(255) }),
    chat_limit: null,
    documentation: "https://developer.qiniu.com",
  },
  {
    platform: "bilibili",
    abilities: {
      ...none,
      create: true,
      lasting_room: true,
      start: true,
      end: true,
      push: true,
      areas: true,
      set_at_start: ["title", "area"],
      edit: ["title", "area", "tags", "notice"],
      figures: ["popularity", "followers"],
      chat_in: true,
      chat_out: true,
      moderate: true,
    },
    ways: ["qr", "form"],
    takes_file: true,
    fields: [
      only("form", required("cookie", "secret")),
      only("form", advanced("refresh_token", "secret")),
      advanced("room_id", "text"),
      advanced("base_url", "url", "https://api.live.bilibili.com"),
      advanced("api_url", "url", "https://api.bilibili.com"),
      advanced("passport_url", "url", "https://passport.bilibili.com"),
      advanced("www_url", "url", "https://www.bilibili.com"),
      advanced("client_app_key", "text"),
      advanced("client_app_secret", "secret"),
      advanced("signal_url", "url"),
    ],
    limits: limits({ title: limit(40, true), tags: limit(10), notice: limit(60) }),
    chat_limit: limit(40, true),
    documentation: "https://live.bilibili.com",
  },
];
