import { m } from "../../paraglide/messages.js";

/** The shortcuts of `features/shortcuts.ts` and of single pages, for the list in the settings. */
export const shortcuts: { keys: string[]; what: () => string }[] = [
  { keys: ["Ctrl", "Enter"], what: m.settings_key_go_live },
  { keys: ["Ctrl", "Shift", "E"], what: m.settings_key_end },
  { keys: ["Ctrl", "Shift", "S"], what: m.settings_key_copy_server },
  { keys: ["Ctrl", "Shift", "K"], what: m.settings_key_copy_key },
  { keys: ["Ctrl", "Shift", "H"], what: m.streamer_mode },
  { keys: ["Ctrl", "Shift", "M"], what: m.compact },
  { keys: ["Ctrl", "/"], what: m.settings_key_focus_chat },
  { keys: ["Ctrl", "F"], what: m.settings_key_search_chat },
  { keys: ["↑", "↓"], what: m.settings_key_lines },
  { keys: ["Shift", "F10"], what: m.settings_key_menu },
  { keys: ["Ctrl", "H"], what: m.settings_key_history },
  { keys: ["Ctrl", "Z"], what: m.settings_key_undo },
  { keys: ["Ctrl", "1–9"], what: m.settings_key_room },
  { keys: ["Ctrl", "+", "−", "0"], what: m.settings_key_text_size },
  { keys: ["F1"], what: m.help },
  { keys: ["Ctrl", ","], what: m.settings_key_settings },
  { keys: ["Esc"], what: m.settings_key_close },
];
