/** Covers in *Tonight* and in the edit dialog, over a scripted program. Canvases are stood in for. */
import { fireEvent, render, screen } from "@testing-library/svelte";
import { tick } from "svelte";
import { beforeEach, expect, it, vi } from "vitest";
import Window from "../../App.svelte";
import type { Backend, CoverRule } from "../../ipc/backend";
import { FakeBackend } from "../../ipc/fake";
import { account, NOW, problem, snapshot } from "../../screens/data";
import { idle } from "../../screens/run";
import { App } from "../../state/app.svelte";
import { setLocale } from "../../state/locale.svelte";
import { canvasCodec, type Codec } from "./codec";
import { frameOf } from "./crop";

vi.setConfig({ testTimeout: 60_000 });
beforeEach(() => {
  setLocale("en");
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(null);
});

const WIDE: CoverRule = { width: 1280, height: 720, max_bytes: 1_000_000 };
const TALL: CoverRule = { width: 720, height: 1280, max_bytes: 1_000_000 };
const FILE = new File([new Uint8Array([1, 2, 3])], "x.png", { type: "image/png" });

/** Reads every file as a picture of 4000 by 3000; a cover tells which part it shows. */
const codec: Codec = {
  read: (file) =>
    Promise.resolve(
      file.name === "x.png"
        ? { source: document.createElement("canvas"), width: 4000, height: 3000 }
        : ("unknown" as const),
    ),
  make: (picture, crop, rule) => {
    const { x, y, width, height } = frameOf(picture, rule, crop);
    return {
      jpeg: [rule.width, x, y, width, height].map(Math.round).join(),
      preview: "data:image/jpeg;base64,AA==",
    };
  },
};

async function settled(): Promise<void> {
  for (let i = 0; i < 12; i++) {
    await Promise.resolve();
    await tick();
  }
}
const press = async (id: string): Promise<void> => {
  await fireEvent.click(screen.getByTestId(id));
  await settled();
};
const choose = async (id: string, file: File = FILE): Promise<void> => {
  await fireEvent.change(screen.getByTestId(id), { target: { files: [file] } });
  await settled();
};

async function open(
  rules: Record<string, CoverRule>,
  answers: Partial<Backend> = {},
): Promise<{ app: App; backend: FakeBackend }> {
  const rooms = idle("en");
  const accounts = rooms.map((r) => account(r, { cover: rules[r.platform] ?? null }));
  const backend = new FakeBackend(snapshot("en", { rooms, accounts }), answers);
  Object.assign(canvasCodec, codec);
  const app = new App(backend, { now: () => NOW, schedule: (draw) => draw() });
  render(Window, { app });
  await settled();
  return { app, backend };
}

const BOTH = { bilibili: WIDE, weibo: TALL };
const at = (id: string): string | null => screen.getByTestId(id).getAttribute("data-state");

it("crops one picture for each shape, uploads it, and goes live with what came back", async () => {
  const { app, backend } = await open(BOTH);
  app.showTonight();
  await settled();
  await choose("tonight-picture-file");
  expect(backend.of("uploadCover"), "nothing is sent before it was cropped").toEqual([]);
  const frame = screen.getByTestId("crop-frame");
  expect(frame.dataset["zoom"]).toBe("1.00");
  await fireEvent.keyDown(frame, { key: "ArrowDown" });
  await fireEvent.keyDown(frame, { key: "+" });
  await settled();
  const first = { ...screen.getByTestId("crop-frame").dataset };
  expect([first["zoom"], Number(first["y"]) > 0.5]).toEqual(["1.15", true]);
  // The other shape has a crop of its own.
  const shapes = screen.getAllByRole("radio").map((r) => r.textContent);
  expect(shapes.some((s) => s.includes("16:9")) && shapes.some((s) => s.includes("9:16"))).toBe(true);
  await press(first["zoom"] && shapes[0]?.includes("16:9") ? "crop-shape-9:16" : "crop-shape-16:9");
  expect(screen.getByTestId("crop-frame").dataset["zoom"]).toBe("1.00");
  await press("crop-use");
  const sent = backend.of("uploadCover");
  expect(sent.map(([room]) => room).sort()).toEqual(["room-bilibili", "room-weibo"]);
  const wide = sent.find(([room]) => room === "room-bilibili")?.[1];
  const tall = sent.find(([room]) => room === "room-weibo")?.[1];
  expect(wide?.startsWith("1280,") && tall?.startsWith("720,")).toBe(true);
  expect([at("tonight-picture-bilibili"), at("tonight-picture-weibo")]).toEqual(["done", "done"]);
  expect(screen.getAllByTestId("preview-cover")).toHaveLength(2);

  await app.goLive(["room-bilibili", "room-weibo", "room-qiniu"]);
  expect(backend.of("goLive")[0]?.[0].covers).toEqual({
    "room-bilibili": "https://img.example/room-bilibili.jpg",
    "room-weibo": "https://img.example/room-weibo.jpg",
  });
});

it("tells a refusal in the platform's words, and sends again for that room alone", async () => {
  let refuse = true;
  const { app, backend } = await open(BOTH, {
    uploadCover: (room) =>
      room === "room-weibo" && refuse
        ? Promise.reject(problem({ kind: "not_allowed" }, { platform: "weibo", platform_code: "10014" }))
        : Promise.resolve(`https://img.example/${room}.jpg`),
  });
  app.showTonight();
  await settled();
  await choose("tonight-picture-file");
  await press("crop-use");
  expect([at("tonight-picture-bilibili"), at("tonight-picture-weibo")]).toEqual(["done", "refused"]);
  expect(app.cover.urls(["room-bilibili", "room-weibo"])).toEqual({
    "room-bilibili": "https://img.example/room-bilibili.jpg",
  });
  refuse = false;
  await press("tonight-picture-retry-weibo");
  expect(at("tonight-picture-weibo")).toBe("done");
  expect(backend.of("uploadCover").map(([room]) => room)).toEqual([
    "room-bilibili",
    "room-weibo",
    "room-weibo",
  ]);
});

it("leaves what was there when a crop is cancelled, and all when the cover is left out", async () => {
  const { app, backend } = await open({ bilibili: WIDE });
  app.showTonight();
  await settled();
  await choose("tonight-picture-file");
  await press("crop-cancel");
  expect([app.cover.picture, backend.of("uploadCover")]).toEqual([null, []]);
  await choose("tonight-picture-file");
  await press("crop-use");
  await press("tonight-picture-crop");
  await fireEvent.keyDown(screen.getByTestId("crop-frame"), { key: "+" });
  await press("crop-cancel");
  expect(app.cover.cropOf(WIDE).zoom).toBe(1);
  expect(at("tonight-picture-bilibili")).toBe("done");
  await press("tonight-picture-remove");
  expect(screen.queryByTestId("tonight-picture-bilibili")).toBeNull();
  expect(app.cover.urls(["room-bilibili"])).toEqual({});
});

it("takes a picture that is dropped, and says what it can't take", async () => {
  const { app } = await open({ bilibili: WIDE });
  app.showTonight();
  await settled();
  const text = new File(["no picture"], "x.txt");
  await fireEvent.drop(screen.getByTestId("tonight-picture-drop"), { dataTransfer: { files: [text] } });
  await settled();
  expect(screen.getByTestId("tonight-picture-problem").textContent).toContain("PNG");
  await fireEvent.drop(screen.getByTestId("tonight-picture-drop"), { dataTransfer: { files: [FILE] } });
  await settled();
  expect(screen.queryByTestId("tonight-picture-problem")).toBeNull();
  expect(screen.getByTestId("crop-dialog")).toBeTruthy();
});

it("says so when something was dropped and no file came with it", async () => {
  const { app } = await open({ bilibili: WIDE });
  app.showTonight();
  await settled();
  const nothing = { files: [], types: ["text/uri-list"] };
  await fireEvent.drop(screen.getByTestId("tonight-picture-drop"), { dataTransfer: nothing });
  await settled();
  expect(screen.getByTestId("tonight-picture-problem").textContent).toContain("Choose it with the button");
  expect(screen.queryByTestId("crop-dialog")).toBeNull();
});

it("changes a room's cover in its dialog; no address is asked for where none from elsewhere is taken", async () => {
  const { app, backend } = await open(BOTH);
  const room = app.model.rooms.find((r) => r.platform === "bilibili");
  app.dialog = { kind: "edit", room: room?.id ?? "" };
  await settled();
  expect(screen.queryByTestId("edit-cover")).toBeNull();
  await choose("edit-picture-file");
  await press("crop-use");
  await press("save-edit");
  const [saved] = backend.of("editRoom");
  expect(saved?.[1].cover_url).toBe("https://img.example/room-bilibili.jpg");
});
