/** Designed states of looking for a newer version; without a key there is nothing of it (`settings`). */
import type { Backend, ProblemCode, UpdateView } from "../ipc/backend";
import type { App } from "../state/app.svelte";
import { evening, NOW, pick, problem, type Lang } from "./data";
import { frame, press, type Scene } from "./scenes";

const DAY = 86_400_000;
const PAGE = "https://kaibo.example/releases";

const newer = (lang: Lang, way: UpdateView["way"] = { kind: "install" }): UpdateView => ({
  version: "0.2.0",
  published_at: NOW - 3 * DAY,
  notes: pick(
    lang,
    "- 弹幕窗口可以固定在最前面\n- 修好了换声卡以后音量条不动",
    "- The chat window can stay in front\n- The level meter moves again after another sound card",
  ),
  way,
});

const never = <T>(): Promise<T> => new Promise(() => undefined);
const refused = (kind: Extract<ProblemCode["kind"], `update_${string}`>) => (): Promise<never> =>
  Promise.reject(problem({ kind }));

/** Opens the settings at their end, where this stands, and presses what is named. */
const at =
  (...presses: string[]) =>
  async (app: App): Promise<void> => {
    app.show("settings");
    await frame();
    for (const id of presses) await press(id);
    await frame();
    document.querySelector('[data-testid="about"]')?.scrollIntoView({ block: "end" });
    await frame();
  };

const scene = (
  name: string,
  answers: Partial<Backend>,
  presses: string[],
  more: Partial<Scene> = {},
): Scene => ({
  name: `update-${name}`,
  backend: { updatesOn: () => Promise.resolve(true), ...answers },
  show: at(...presses),
  ...more,
});

/** What *Look* finds, in the language of the screen. */
const finds =
  (way?: UpdateView["way"]): Backend["lookForUpdate"] =>
  () =>
    Promise.resolve(newer(document.documentElement.lang === "en" ? "en" : "zh-CN", way));

export const updateScreens: Scene[] = [
  scene("idle", {}, []),
  scene("looking", { lookForUpdate: never }, ["update-look"]),
  scene("newest", { lookForUpdate: () => Promise.resolve(null) }, ["update-look"]),
  scene("found", { lookForUpdate: finds() }, ["update-look"], { sizes: true }),
  scene("package", { lookForUpdate: finds({ kind: "package", page: PAGE }) }, ["update-look"]),
  scene(
    "loading",
    {
      lookForUpdate: finds(),
      installUpdate: (tell) => {
        tell({ received: 38_000_000, of: 91_000_000 });
        return never();
      },
    },
    ["update-look", "update-install"],
  ),
  scene(
    "held",
    { lookForUpdate: finds(), installUpdate: refused("update_held") },
    ["update-look", "update-install"],
    { sizes: true, snapshot: (lang) => ({ rooms: evening(lang) }) },
  ),
  scene("untrusted", { lookForUpdate: finds(), installUpdate: refused("update_untrusted") }, [
    "update-look",
    "update-install",
  ]),
  scene("failed", { lookForUpdate: refused("update_unreachable") }, ["update-look"]),
];
