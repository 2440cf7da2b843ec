/** Finding an area in a platform's list, and remembering the ones that were chosen. */
import type { Area } from "../../ipc/backend";

/** Areas remembered for a platform. */
export const RECENT_KEPT = 8;

export interface AreaGroup {
  name: string;
  areas: Area[];
}

const fold = (text: string): string => text.normalize("NFKC").toLowerCase();

/** 0 is the best; `null` when a word of the query is in neither the name nor the group. */
function rank(area: Area, words: readonly string[]): number | null {
  const name = fold(area.name);
  const group = fold(area.group);
  if (!words.every((w) => name.includes(w) || group.includes(w))) return null;
  const first = words[0] ?? "";
  if (name === first) return 0;
  if (name.startsWith(first)) return 1;
  return name.includes(first) ? 2 : 3;
}

/** Areas whose name or group holds every word of the query, the nearest first; all of them without one. */
export function findAreas(list: readonly Area[], query: string): Area[] {
  const words = fold(query).split(/\s+/u).filter(Boolean);
  if (words.length === 0) return [...list];
  return list
    .flatMap((area) => {
      const at = rank(area, words);
      return at === null ? [] : [{ area, at }];
    })
    .sort((a, b) => a.at - b.at)
    .map(({ area }) => area);
}

/** Areas by group, groups in the order they first come in. */
export function groupAreas(areas: readonly Area[]): AreaGroup[] {
  const groups = new Map<string, Area[]>();
  for (const area of areas) {
    const group = groups.get(area.group);
    if (group) group.push(area);
    else groups.set(area.group, [area]);
  }
  return [...groups].map(([name, own]) => ({ name, areas: own }));
}

/** The remembered areas once more, with this one in front. */
export const withRecent = (recent: readonly Area[], area: Area): Area[] =>
  [area, ...recent.filter((a) => a.id !== area.id)].slice(0, RECENT_KEPT);

/** Remembered areas that the platform still has; all of them while its list isn't known. */
export const stillThere = (recent: readonly Area[], list: readonly Area[]): Area[] =>
  list.length === 0 ? [...recent] : recent.filter((r) => list.some((a) => a.id === r.id));
