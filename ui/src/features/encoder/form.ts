/** The address and port under which OBS is looked for, as they were typed. */

export const USUAL_HOST = "127.0.0.1";
export const USUAL_PORT = 4455;

/** A host name or address alone: no scheme, port, path or space in it; an IPv6 address has its colons. */
export function hostFrom(typed: string): string | null {
  const host = typed.trim() || USUAL_HOST;
  const bare = host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
  if (/^[0-9a-f:.]+$/i.test(bare) && (bare.match(/:/g) ?? []).length >= 2) return bare;
  return bare === host && /^[^\s/:@?#[\]]{1,253}$/.test(host) ? host : null;
}

export function portFrom(typed: string): number | null {
  const port = typed.trim() === "" ? USUAL_PORT : /^\d{1,5}$/.test(typed.trim()) ? Number(typed) : 0;
  return port >= 1 && port <= 65_535 ? port : null;
}
