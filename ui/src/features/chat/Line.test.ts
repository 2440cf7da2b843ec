import { render } from "@testing-library/svelte";
import { expect, it } from "vitest";
import type { ChatLine } from "../../ipc/backend";
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

const line = (more: Partial<ChatLine>): ChatLine => ({
  id: 1,
  room: "a",
  platform: "bilibili",
  kind: "message",
  who: { id: "p", name: "tofu", me: false, moderator: false },
  text: "hello",
  at: 0,
  gift: null,
  until: null,
  recalled: false,
  ...more,
});
const told = (more: Partial<ChatLine>, n = 0): string =>
  render(Line, { line: line(more), more: n, sandbox: false })
    .container.textContent.replace(/\s+/g, " ")
    .trim();

it("tells gifts, members and paid messages with what they were worth", () => {
  const flowers = { name: "小花花", count: 37, worth: 3_700 };
  expect(told({ kind: "gift", gift: flowers })).toMatch(/¥3\.70.*tofu.*小花花 ×37$/);
  expect(told({ kind: "gift", gift: { ...flowers, worth: null } })).not.toContain("¥");
  expect(told({ kind: "member", gift: { name: "舰长", count: 1, worth: 198_000 } })).toMatch(
    /¥198.*tofu.*开通了 舰长$/,
  );
  expect(told({ kind: "super_chat", gift: { name: "", count: 1, worth: 1e6 } })).toMatch(
    /¥1,000.*tofu.*hello$/,
  );
});

it("tells people who follow or share, one or several", () => {
  expect(told({ kind: "follow" })).toContain("tofu 关注了");
  expect(told({ kind: "share" }, 4)).toContain("tofu 等 5 人分享了直播间");
});

it("tells who may not speak any more", () => {
  expect(told({ kind: "muted", text: "" })).toContain("tofu 被禁言了");
});

it("keeps the name of a line that was taken back, and nothing of what it said", () => {
  const found = told({ text: "rude", recalled: true });
  expect(found).toMatch(/tofu.*已撤回/);
  expect(found).not.toContain("rude");
});
