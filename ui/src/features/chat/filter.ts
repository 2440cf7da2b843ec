import type { ChatKind, ChatLine, Platform } from "../../ipc/backend";

/** What the menu of kinds has boxes for. */
export const GROUPS = ["messages", "gifts", "visits"] as const;
export type Group = (typeof GROUPS)[number];

/** What the pane shows. */
export interface Filter {
  platform: Platform | "all";
  hidden: ReadonlySet<Group>;
  /** What is searched for; empty finds everything. */
  word: string;
  /** Lines of people that aren't shown: they count nowhere. None when nobody is hidden. */
  hides?: ((line: ChatLine) => boolean) | null;
}

/** The group a kind belongs to; what the platform announces is always shown. */
export function groupOf(kind: ChatKind): Group | null {
  switch (kind) {
    case "message":
      return "messages";
    case "gift":
    case "super_chat":
    case "member":
      return "gifts";
    case "like":
    case "entry":
    case "follow":
    case "share":
      return "visits";
    case "notice":
    case "muted":
      return null;
  }
}

const folded = (text: string): string => text.normalize("NFKC").toLocaleLowerCase();

/** Whether a line is in the room, of a kind and with the word that are asked for, one by one. */
export interface Sieve {
  room: (line: ChatLine) => boolean;
  kind: (line: ChatLine) => boolean;
  word: (line: ChatLine) => boolean;
}

const yes = (): boolean => true;

export function sieve({ platform, hidden, word, hides = null }: Filter): Sieve {
  const wanted = folded(word.trim());
  return {
    room:
      hides !== null
        ? (line) => (platform === "all" || line.platform === platform) && !hides(line)
        : platform === "all"
          ? yes
          : (line) => line.platform === platform,
    kind:
      hidden.size === 0
        ? yes
        : (line) => {
            const group = groupOf(line.kind);
            return group === null || !hidden.has(group);
          },
    word:
      wanted === ""
        ? yes
        : (line) =>
            folded(line.text).includes(wanted) ||
            folded(line.who?.name ?? "").includes(wanted) ||
            folded(line.gift?.name ?? "").includes(wanted),
  };
}
