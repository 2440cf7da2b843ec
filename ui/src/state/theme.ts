import type { Theme } from "../ipc/backend";

/** Sets the colours, and remembers them for the first frame of the next start (see `public/theme.js`). */
export function setTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem("theme", theme);
  } catch {
    // No storage: the next start begins dark.
  }
}
