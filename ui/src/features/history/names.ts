import { platformName } from "../../components";
import { m } from "../../paraglide/messages.js";
import type { Platform } from "../../ipc/backend";

const PLATFORMS: Platform[] = ["weibo", "taobao", "qiniu", "bilibili"];

/** The streamer's words for what stands in an exported file. */
export const exportNames = (): Record<string, string> => ({
  ...Object.fromEntries(PLATFORMS.map((p) => [p, platformName(p)])),
  message: m.history_name_message(),
  gift: m.history_name_gift(),
  super_chat: m.history_kind_super_chats(),
  member: m.history_name_member(),
  like: m.history_name_like(),
  entry: m.history_name_entry(),
  follow: m.history_name_follow(),
  share: m.history_name_share(),
  notice: m.history_kind_notices(),
  muted: m.history_name_muted(),
  column_time: m.history_column_time(),
  column_platform: m.history_column_platform(),
  column_room: m.history_column_room(),
  column_title: m.history_column_title(),
  column_kind: m.history_column_kind(),
  column_name: m.history_column_name(),
  column_person: m.history_column_person(),
  column_text: m.history_column_text(),
  column_gift: m.history_name_gift(),
  column_count: m.history_column_count(),
  column_yuan: m.history_column_yuan(),
  column_until: m.history_column_until(),
  column_recalled: m.chat_recalled(),
});
