import { Channel, invoke } from "@tauri-apps/api/core";
import type { Backend, Batch } from "./backend";

/** The program behind the window. */
export const tauriBackend: Backend = {
  subscribe(receive) {
    const channel = new Channel<Batch>();
    channel.onmessage = receive;
    return invoke("subscribe", { channel });
  },
  acknowledge: (seq) => invoke("acknowledge", { seq }),
  connectAccount: (draft) => invoke("connect_account", { draft }),
  replaceCredentials: (account, fields) => invoke("replace_credentials", { account, fields }),
  checkAccount: (account) => invoke("check_account", { account }),
  forgetAccount: (account, withHistory) => invoke("forget_account", { account, withHistory }),
  beginSignIn: (request) => invoke("begin_sign_in", { request }),
  answerSignIn: (text) => invoke("answer_sign_in", { text }),
  renewSignIn: () => invoke("renew_sign_in"),
  cancelSignIn: () => invoke("cancel_sign_in"),
  openSignInPage: () => invoke("open_sign_in_page"),
  importAccountFile: (account) => invoke("import_account_file", { account }),
  accountPicture: (account) => invoke("account_picture", { account }),
  preflight: (request) => invoke("preflight", { request }),
  goLive: (request) => invoke("go_live", { request }),
  endBroadcast: (rooms, withEncoder) => invoke("end_broadcast", { rooms, withEncoder }),
  deleteRoom: (room) => invoke("delete_room", { room }),
  editRoom: (room, edit) => invoke("edit_room", { room, edit }),
  refreshRoom: (room) => invoke("refresh_room", { room }),
  copyPush: (room, part) => invoke("copy_push", { room, part }),
  revealKey: (room) => invoke("reveal_key", { room }),
  exportPush: (rooms, format) => invoke("export_push", { rooms, format }),
  findEncoder: () => invoke("find_encoder"),
  connectEncoder: (form) => invoke("connect_encoder", { form }),
  forgetEncoder: () => invoke("forget_encoder"),
  sendToEncoder: (room) => invoke("send_to_encoder", { room }),
  restoreEncoder: () => invoke("restore_encoder"),
  startEncoder: () => invoke("start_encoder"),
  stopEncoder: () => invoke("stop_encoder"),
  alarmSeen: (id) => invoke("alarm_seen", { id }),
  say: (rooms, text) => invoke("say", { rooms, text }),
  listSessions: (before) => invoke("list_sessions", { before }),
  searchHistory: (query) => invoke("search_history", { query }),
  historyAround: (line) => invoke("history_around", { line }),
  deleteSession: (session) => invoke("delete_session", { session }),
  listAreas: (room) => invoke("list_areas", { room }),
  setPreferences: (preferences) => invoke("set_preferences", { preferences }),
  probeVault: () => invoke("probe_vault"),
  useSessionOnly: () => invoke("use_session_only"),
  qrCode: (text) => invoke("qr_code", { text }),
  openLink: (url) => invoke("open_link", { url }),
  closeWindow: () => invoke("close_window"),
};
