import type { PlayAddress } from "../../ipc/backend";
import { m } from "../../paraglide/messages.js";

/** What a play address is called: its form and quality. */
export function playName(address: PlayAddress): string {
  const form = { flv: "FLV", hls: "HLS", rtmp: "RTMP", replay: m.play_replay() }[address.form];
  const quality = { hd: m.play_hd(), ld: m.play_ld() }[address.quality] ?? address.quality;
  return quality ? `${form} · ${quality}` : form;
}

/** An address without its scheme, for reading. */
export const bare = (url: string): string => url.replace(/^https?:\/\//, "");

/** Can a browser open it? */
export const opens = (url: string): boolean => /^https?:\/\//i.test(url);
