/** Keys as the program names them: `Ctrl+Alt+KeyK`. */

/** What stands on the keys of this machine. */
const MAC = /Mac/.test(navigator.userAgent);
const LOGO = MAC ? "⌘" : navigator.userAgent.includes("Windows") ? "Win" : "Super";

const NAMES: Record<string, string> = {
  Super: LOGO,
  Alt: MAC ? "⌥" : "Alt",
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  Backslash: "\\",
  BracketLeft: "[",
  BracketRight: "]",
  Comma: ",",
  Equal: "=",
  Minus: "−",
  Period: ".",
  Semicolon: ";",
  Slash: "/",
  NumpadAdd: "Num +",
  NumpadSubtract: "Num −",
  NumpadMultiply: "Num ×",
  NumpadDivide: "Num ÷",
  NumpadDecimal: "Num .",
};

/** What stands on each of the keys. */
export function keyLabels(keys: string): string[] {
  return keys
    .split("+")
    .filter((key) => key !== "")
    .map((key) => NAMES[key] ?? key.replace(/^(?:Key|Digit)/, "").replace(/^Numpad/, "Num "));
}

const HELD = new Set([
  "Control",
  "Alt",
  "AltGraph",
  "Shift",
  "Meta",
  "OS",
  "Super",
  "Hyper",
  "Fn",
  "CapsLock",
]);

/** The keys of a press; without `last` only those that go with another are down. */
export function pressed(event: KeyboardEvent): { held: string; last: string | null } {
  const down = [
    [event.ctrlKey, "Ctrl"],
    [event.altKey, "Alt"],
    [event.shiftKey, "Shift"],
    [event.metaKey, "Super"],
  ] as const;
  const held = down.flatMap(([is, name]) => (is ? [name] : [])).join("+");
  if (HELD.has(event.key)) return { held, last: null };
  // Systems find letters by what they write, not by where they are.
  const last = /^[a-z]$/i.test(event.key) ? `Key${event.key.toUpperCase()}` : event.code;
  return { held, last };
}
