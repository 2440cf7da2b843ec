import { afterEach } from "vitest";
import { cleanup } from "@testing-library/svelte";

// jsdom lays nothing out, so there is nothing to observe.
globalThis.ResizeObserver ??= class {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
};
Element.prototype.scrollTo ??= (): void => {};
Element.prototype.scrollIntoView ??= (): void => {};
// Wide enough for three columns.
window.matchMedia ??= (media): MediaQueryList => ({ matches: false, media }) as MediaQueryList;

afterEach(cleanup);
