import type { Language } from "../ipc/backend";
import { overwriteGetLocale } from "../paraglide/runtime.js";

export type Locale = "zh-CN" | "en";

let current = $state<Locale>("zh-CN");

// Messages read the locale through this; being a rune, it redraws every text when it changes.
overwriteGetLocale(() => current);

export const locale = (): Locale => current;

export function setLocale(next: Locale): void {
  current = next;
  document.documentElement.lang = next;
}

/** The locale for a preference, with the operating system's language to decide `auto`. */
export function resolveLocale(language: Language, system: string): Locale {
  if (language !== "auto") return language;
  return system.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
}
