import { m } from "../paraglide/messages.js";

/** The ten states, each with a shape of its own. */
export type Glyph =
  | "live"
  | "preparing"
  | "off"
  | "ended"
  | "warning"
  | "problem"
  | "reconnecting"
  | "unknown"
  | "working"
  | "healthy";

export const glyphName = (glyph: Glyph): string =>
  ({
    live: m.glyph_live,
    preparing: m.glyph_preparing,
    off: m.glyph_off,
    ended: m.glyph_ended,
    warning: m.glyph_warning,
    problem: m.glyph_problem,
    reconnecting: m.glyph_reconnecting,
    unknown: m.glyph_unknown,
    working: m.glyph_working,
    healthy: m.glyph_healthy,
  })[glyph]();
