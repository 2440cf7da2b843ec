import type { IconName } from "../../components";
import { m } from "../../paraglide/messages.js";

/** A question that streamers ask, and what to do. */
export interface Topic {
  key: string;
  icon: IconName;
  title: () => string;
  /** Each is a paragraph. */
  text: (() => string)[];
}

/** What the help page answers, the first evening first. */
export const topics: Topic[] = [
  { key: "first", icon: "air", title: m.help_first, text: [m.help_first_1, m.help_first_2, m.help_first_3] },
  { key: "obs", icon: "monitor", title: m.help_obs, text: [m.help_obs_1, m.help_obs_2] },
  { key: "face", icon: "face", title: m.help_face, text: [m.help_face_1] },
  { key: "unknown", icon: "search", title: m.help_unknown, text: [m.help_unknown_1] },
  { key: "quiet", icon: "signal", title: m.help_quiet, text: [m.help_quiet_1] },
  { key: "keyring", icon: "lock", title: m.help_keyring, text: [m.help_keyring_1] },
  { key: "chat", icon: "chat", title: m.help_chat, text: [m.help_chat_1, m.help_chat_2] },
  { key: "privacy", icon: "eye-off", title: m.help_privacy, text: [m.help_privacy_1, m.help_privacy_2] },
  { key: "after", icon: "chart", title: m.help_after, text: [m.help_after_1] },
];
