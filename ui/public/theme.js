// Runs before the stylesheet, so that the first frame already has the right colours.
(() => {
  let theme = null;
  try {
    theme = localStorage.getItem("theme");
  } catch {
    // No storage: dark.
  }
  document.documentElement.dataset.theme = theme === "light" || theme === "system" ? theme : "dark";
})();
