/** What the tests of people, thanks and moderation share: the window over a scripted program that keeps marks. */
import { fireEvent, render, screen } from "@testing-library/svelte";
import { tick } from "svelte";
import Window from "../../App.svelte";
import type { Backend, ChatLine, PersonRef, Snapshot } from "../../ipc/backend";
import { FakeBackend } from "../../ipc/fake";
import { NOW, snapshot } from "../../screens/data";
import { App } from "../../state/app.svelte";
import { personKey } from "./people.svelte";

export async function settled(): Promise<void> {
  for (let i = 0; i < 10; i++) {
    await Promise.resolve();
    await tick();
  }
}

export async function open(
  more: Partial<Snapshot> = {},
  answers: Partial<Backend> = {},
): Promise<{ app: App; backend: FakeBackend }> {
  const backend: FakeBackend = new FakeBackend(snapshot("en", more), {
    markPerson: (person, marks) => {
      backend.push([{ kind: "marked", marked: { person, key: personKey(person), marks } }]);
      return Promise.resolve();
    },
    ...answers,
  });
  const app = new App(backend, { now: () => NOW, schedule: (draw) => draw() });
  render(Window, { app });
  await settled();
  app.showRoom("room-bilibili");
  await settled();
  return { app, backend };
}

export const press = async (id: string | Element, at = 0): Promise<void> => {
  const on = typeof id === "string" ? screen.getAllByTestId(id)[at] : id;
  if (!on) throw new Error(`no ${String(id)}`);
  await fireEvent.click(on);
  await settled();
};

export const key = async (on: Element, name: string, more: KeyboardEventInit = {}): Promise<void> => {
  await fireEvent.keyDown(on, { key: name, ...more });
  await settled();
};

export const said = (id: number, name: string, more: Partial<ChatLine> = {}): ChatLine => ({
  id,
  room: "room-bilibili",
  platform: "bilibili",
  kind: "message",
  who: { id: `id-${name}`, name, me: false, moderator: false },
  text: `${name} says ${String(id)}`,
  at: NOW + id,
  gift: null,
  until: null,
  recalled: false,
  ...more,
});

export const someone = (name: string): PersonRef => ({
  platform: "bilibili",
  id: `id-${name}`,
  name,
  sandbox: false,
});

export const lineOf = (id: number): HTMLElement => {
  const line = screen.getAllByTestId("chat-line").find((l) => l.dataset.line === String(id));
  if (!line) throw new Error(`no line ${String(id)}`);
  return line;
};
export const shownLines = (): string[] =>
  screen.queryAllByTestId("chat-line").map((l) => l.dataset.line ?? "");
/** Presses the name of a line. */
export const nameOf = async (id: number): Promise<void> => press(lineOf(id).querySelector(".who") as Element);
