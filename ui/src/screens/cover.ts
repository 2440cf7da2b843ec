/** The designed states of covers: in *Tonight*, while it is cropped, and in a room's dialog. */
import type { CoverRule, Snapshot } from "../ipc/backend";
import { account, problem, type Lang } from "./data";
import { idle } from "./run";
import { frame, press, type Scene } from "./scenes";

const WIDE: CoverRule = { width: 1280, height: 720, max_bytes: 1_000_000 };
const TALL: CoverRule = { width: 720, height: 1280, max_bytes: 1_000_000 };

const covered = (lang: Lang, weibo: CoverRule = WIDE): Partial<Snapshot> => {
  const rooms = idle(lang);
  const rules = { bilibili: WIDE, weibo, qiniu: null, taobao: null };
  return { rooms, accounts: rooms.map((r) => account(r, { cover: rules[r.platform] })) };
};

/** A record on a turntable, drawn here. */
async function picture(width: number, height: number): Promise<File> {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const pen = canvas.getContext("2d");
  if (pen) {
    pen.fillStyle = "#c89b7b";
    pen.fillRect(0, 0, width, height);
    const disc = (radius: number, colour: string): void => {
      pen.fillStyle = colour;
      pen.beginPath();
      pen.arc(width * 0.45, height * 0.5, radius * height, 0, 2 * Math.PI);
      pen.fill();
    };
    disc(0.42, "#161618");
    for (let r = 0.4; r > 0.18; r -= 0.02) disc(r, r * 50 - Math.floor(r * 50) < 0.5 ? "#1f1f23" : "#161618");
    disc(0.15, "#b23a2f");
    disc(0.02, "#c89b7b");
    pen.fillStyle = "#d9d4c8";
    pen.fillRect(width * 0.78, height * 0.12, width * 0.02, height * 0.5);
  }
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  return new File(blob ? [blob] : [], "record.png");
}

/** Hands a file over as the system's dialog would. */
async function choose(id: string, file: File): Promise<void> {
  const input = document.querySelector<HTMLInputElement>(`[data-testid="${id}-file"]`);
  if (!input) return;
  const files = new DataTransfer();
  files.items.add(file);
  input.files = files.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  for (let i = 0; i < 60 && !document.querySelector('[data-testid="crop-dialog"]'); i++) await frame();
}

async function crop(id: string): Promise<void> {
  await choose(id, await picture(1600, 1200));
  await press("crop-use");
  await frame();
}

export const coverScreens: Scene[] = [
  { name: "cover-none", snapshot: (lang) => covered(lang), show: (app) => app.showTonight() },
  {
    name: "cover-crop",
    sizes: true,
    snapshot: (lang) => covered(lang, TALL),
    show: async (app) => {
      app.showTonight();
      await frame();
      await choose("tonight-picture", await picture(1600, 1200));
      await frame();
    },
  },
  {
    name: "cover-refused",
    sizes: true,
    snapshot: (lang) => covered(lang),
    backend: {
      uploadCover: (room) =>
        room === "room-weibo"
          ? Promise.reject(problem({ kind: "not_allowed" }, { platform: "weibo", platform_code: "10014" }))
          : Promise.resolve(`https://img.example/${room}.jpg`),
    },
    show: async (app) => {
      app.showTonight();
      await frame();
      await crop("tonight-picture");
    },
  },
  {
    name: "cover-sending",
    snapshot: (lang) => covered(lang, TALL),
    backend: { uploadCover: () => new Promise(() => undefined) },
    show: async (app) => {
      app.showTonight();
      await frame();
      await crop("tonight-picture");
      await new Promise((done) => setTimeout(done, 400));
    },
  },
  {
    name: "cover-edit",
    snapshot: (lang) => covered(lang),
    show: async (app) => {
      app.dialog = { kind: "edit", room: "room-bilibili" };
      await frame();
      await crop("edit-picture");
    },
  },
  {
    name: "cover-unusable",
    snapshot: (lang) => covered(lang),
    show: async (app) => {
      app.showTonight();
      await frame();
      await app.cover.choose(new File(["no picture"], "x.txt"));
      await frame();
    },
  },
];
