/** The designed states of the overlay's card in the settings. */
import type { OverlayState, Snapshot } from "../ipc/backend";
import type { App } from "../state/app.svelte";
import { OVERLAY_DEFAULTS } from "../state/model.svelte";
import { chat, snapshot, type Lang } from "./data";
import { frame, type Scene } from "./scenes";

const card = async (app: App): Promise<void> => {
  app.show("settings");
  await frame();
  document.querySelector('[data-testid="overlay"]')?.scrollIntoView();
  await frame();
};

const told =
  (state: OverlayState, pages: number) =>
  (lang: Lang): Partial<Snapshot> => ({
    chat: chat(lang),
    overlay: { state, pages },
    preferences: { ...snapshot(lang).preferences, overlay: { ...OVERLAY_DEFAULTS, on: true, likes: true } },
  });

export const overlayScreens: Scene[] = [
  { name: "overlay-card", sizes: true, snapshot: told({ kind: "on" }, 1), show: card },
  { name: "overlay-card-taken", snapshot: told({ kind: "port_taken", port: 7345 }, 0), show: card },
];
