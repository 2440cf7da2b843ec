import { tick } from "svelte";

/** A page that goes takes what had the focus with it: the page that came has it then, so that Tab goes on from there. */
export function followFocus(): void {
  void tick().then(() => {
    if (document.activeElement !== document.body) return;
    const page = document.querySelector<HTMLElement>(".win > .room");
    if (!page) return;
    page.tabIndex = -1;
    page.focus({ preventScroll: true });
  });
}
