/** Shared parts by themselves: what they are called, and what they show of their state. */
import { fireEvent, render, screen } from "@testing-library/svelte";
import { createRawSnippet, tick } from "svelte";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { setLocale } from "../state/locale.svelte";
import Dialog from "./Dialog.svelte";
import Menu from "./Menu.svelte";
import Switch from "./Switch.svelte";

beforeEach(() => setLocale("en"));

const words = (text: string): ReturnType<typeof createRawSnippet> =>
  createRawSnippet(() => ({ render: () => `<span>${text}</span>` }));

describe("a switch", () => {
  it("says what it switches and whether that is on, and does nothing while it can't", async () => {
    const toggle = vi.fn();
    const { rerender } = render(Switch, { on: false, label: "Notices", testid: "it", toggle });
    const it = screen.getByRole("switch", { name: "Notices", checked: false });
    await fireEvent.click(it);
    expect(toggle).toHaveBeenCalledOnce();
    await rerender({ on: true, disabled: true });
    expect(screen.getByRole("switch", { name: "Notices", checked: true })).toBe(it);
    it.click();
    expect(toggle).toHaveBeenCalledOnce();
  });
});

describe("a menu", () => {
  const items = [
    { key: "a", label: "Friday", choose: () => undefined },
    { key: "b", label: "Keep", apart: true, choose: () => undefined },
  ];

  it("is called once by what stands on it, and by what it is for besides where that is other", async () => {
    const { rerender } = render(Menu, {
      label: "Templates",
      labelled: true,
      items,
      children: words("Templates"),
    });
    expect(screen.getByRole("button", { name: "Templates" })).toBeDefined();
    await rerender({ label: "Send to", labelled: false });
    expect(screen.getByRole("button", { name: "Send to Templates" })).toBeDefined();
  });

  it("sets off what does something else", async () => {
    render(Menu, { label: "Templates", items, children: words("Templates") });
    await fireEvent.click(screen.getByRole("button"));
    expect(screen.getAllByRole("separator")).toHaveLength(1);
    expect(screen.getByRole("separator").nextElementSibling?.textContent).toBe("Keep");
  });
});

describe("a dialog", () => {
  it("has a line under its head while what it says is scrolled", async () => {
    render(Dialog, { title: "Edit", onclose: () => undefined, children: words("Much"), testid: "dialog" });
    const [head, body] = screen.getByTestId("dialog").children;
    if (!head || !body) throw new Error("no parts");
    expect(head.classList.contains("scrolled")).toBe(false);
    body.scrollTop = 40;
    await fireEvent.scroll(body);
    await tick();
    expect(head.classList.contains("scrolled")).toBe(true);
    body.scrollTop = 0;
    await fireEvent.scroll(body);
    await tick();
    expect(head.classList.contains("scrolled")).toBe(false);
  });
});
