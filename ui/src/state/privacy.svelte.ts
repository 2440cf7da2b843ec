/** What isn't shown while others see the screen. */
import type { AccountView, Platform, RoomView } from "../ipc/backend";
import { platformName } from "./words";

let on = $state(false);

/** Streamer mode: keys, addresses, codes and names of accounts aren't shown. */
export const streamerMode = (): boolean => on;

/** Sets it; the preferences decide. */
export const setStreamerMode = (wanted: boolean): void => void (on = wanted);

/** What stands for what isn't shown: as long for every text. */
export const DOTS = "••••••••";

/** A text, or dots in its place. */
export const veiled = (text: string): string => (on && text !== "" ? DOTS : text);

/** A room's or an account's name where nothing else of it is known: the platform's. */
export const veiledName = (platform: Platform, name: string): string => (on ? platformName(platform) : name);

/** Stands for a name: the platform's, and a number where there are several. */
function stands<T extends { platform: Platform; id: string }>(one: T, all: readonly T[]): string {
  const same = all.filter((other) => other.platform === one.platform);
  const name = platformName(one.platform);
  return same.length > 1 ? `${name} ${String(same.findIndex((o) => o.id === one.id) + 1)}` : name;
}

/** Rooms as they may be seen. The copied address is the program's: it is right all the same. */
export const veiledRooms = (rooms: readonly RoomView[]): RoomView[] =>
  rooms.map((room) => ({
    ...room,
    name: stands(room, rooms),
    push: room.push && { ...room.push, server: DOTS },
  }));

/** Accounts as they may be seen. */
export const veiledAccounts = (accounts: readonly AccountView[]): AccountView[] =>
  accounts.map((account) => ({
    ...account,
    name: stands(account, accounts),
    person: null,
    has_picture: false,
  }));
