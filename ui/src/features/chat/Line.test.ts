import { render } from "@testing-library/svelte";
import { expect, it } from "vitest";
import Line from "./Line.svelte";

it("puts hostile text in as text", () => {
  const hostile = "<img src=x onerror=alert(1)><a href='javascript:1'>x</a>";
  const { container } = render(Line, {
    line: {
      id: 1,
      room: "a",
      platform: "weibo",
      kind: "message",
      who: { id: "p", name: "<b>name</b>", me: false, moderator: false },
      text: hostile,
      at: 0,
      gift: null,
      until: null,
      recalled: false,
    },
    more: 0,
    sandbox: false,
  });
  expect(container.querySelectorAll("img, a, b")).toHaveLength(0);
  expect(container.querySelector(".words")?.textContent).toBe(hostile);
});
