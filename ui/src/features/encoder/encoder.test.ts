/** OBS in the window as a whole, over a scripted program. */
import { fireEvent, render, screen, within } from "@testing-library/svelte";
import { tick } from "svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import Window from "../../App.svelte";
import type { Backend, EncoderView, Preferences, RunView, Snapshot } from "../../ipc/backend";
import { FakeBackend } from "../../ipc/fake";
import { evening, NOW, problem, room, snapshot } from "../../screens/data";
import { App } from "../../state/app.svelte";
import { NO_ENCODER } from "../../state/model.svelte";

beforeEach(
  () => void vi.useFakeTimers({ toFake: ["setTimeout", "setInterval", "clearTimeout", "clearInterval"] }),
);
afterEach(() => void vi.useRealTimers());

const ADDRESS = { host: "127.0.0.1", port: 4455 };
const encoder = (more: Partial<EncoderView> = {}): EncoderView => ({
  ...NO_ENCODER,
  address: ADDRESS,
  link: { kind: "connected" },
  version: { encoder: "29.0.2", protocol: "5.1.0" },
  ...more,
});
const prefers = (more: Partial<Preferences>): Preferences => ({ ...snapshot("en").preferences, ...more });
const idle = (): Snapshot["rooms"] => [
  room("taobao", "en"),
  room("bilibili", "en"),
  room("weibo", "en"),
  room("qiniu", "en"),
];

async function settled(): Promise<void> {
  for (let i = 0; i < 8; i++) {
    await Promise.resolve();
    await tick();
  }
}

async function open(
  more: Partial<Snapshot> = {},
  answers: Partial<Backend> = {},
): Promise<{ app: App; backend: FakeBackend }> {
  const backend = new FakeBackend(snapshot("en", more), answers);
  const app = new App(backend, { now: () => NOW, schedule: (draw) => draw() });
  render(Window, { app });
  await settled();
  return { app, backend };
}

const press = async (id: string): Promise<void> => {
  await fireEvent.click(screen.getByTestId(id));
  await settled();
};
const write = async (id: string, value: string): Promise<void> => {
  await fireEvent.input(screen.getByTestId(id), { target: { value } });
  await settled();
};
const valueOf = (id: string): string => screen.getByTestId<HTMLInputElement>(id).value;

describe("connecting", () => {
  it("asks before it reads OBS's settings, and says how to switch the server on", async () => {
    const { backend } = await open({}, { findEncoder: () => Promise.resolve("server_off") });
    expect(screen.getByTestId("foot-encoder").dataset.state).toBe("off");
    await press("foot-encoder");
    await press("encoder-find");
    expect(screen.getByTestId("dialog").textContent).toContain("settings file");
    await press("cancel");
    expect(backend.of("findEncoder")).toEqual([]);
    await press("encoder-find");
    await press("confirm");
    expect(backend.of("findEncoder")).toHaveLength(1);
    expect(screen.getByTestId("encoder-found").dataset.found).toBe("server_off");
    expect(screen.getByTestId("encoder-steps").textContent).toContain("Tools > WebSocket Server Settings");
  });

  it("hands the password over once and keeps none of it on the page", async () => {
    const { backend } = await open();
    await press("foot-encoder");
    await press("encoder-manual");
    await write("encoder-port", "4460");
    await write("encoder-password", "made-up-9");
    await press("encoder-connect");
    expect(backend.of("connectEncoder")).toEqual([
      [{ host: "127.0.0.1", port: 4460, password: "made-up-9", insist: false }],
    ]);
    expect(screen.queryByTestId("encoder-form")).toBeNull();
    backend.push([{ kind: "encoder", encoder: encoder() }]);
    await settled();
    await press("encoder-change");
    expect(valueOf("encoder-password")).toBe("");
    expect(valueOf("encoder-port")).toBe("4455");
  });

  it("sends nothing that can't be an address", async () => {
    const { backend } = await open();
    await press("foot-encoder");
    await press("encoder-manual");
    await write("encoder-host", "ws://studio");
    await write("encoder-port", "70000");
    await press("encoder-connect");
    expect(backend.of("connectEncoder")).toEqual([]);
    expect(screen.getByTestId("encoder-host-problem").textContent).not.toBe("");
    expect(screen.getByTestId("encoder-port-problem").textContent).toContain("65535");
  });

  it("drops a refused password, and keeps the address when nobody answers only if told to", async () => {
    const answers = [problem({ kind: "encoder_password" }), problem({ kind: "encoder_unreachable" })];
    const { backend } = await open(
      {},
      {
        connectEncoder: () => {
          const refusal = answers.shift();
          return refusal ? Promise.reject(refusal) : Promise.resolve();
        },
      },
    );
    await press("foot-encoder");
    await press("encoder-manual");
    await write("encoder-password", "made-up-9");
    await press("encoder-connect");
    expect(screen.getByTestId("encoder-problem").dataset.code).toBe("encoder_password");
    expect(valueOf("encoder-password")).toBe("");
    expect(screen.queryByTestId("encoder-insist")).toBeNull();
    await write("encoder-password", "made-up-10");
    await press("encoder-connect");
    await press("encoder-insist");
    expect(backend.of("connectEncoder").map(([f]) => [f.password, f.insist])).toEqual([
      ["made-up-9", false],
      ["made-up-10", false],
      ["made-up-10", true],
    ]);
  });

  it("takes OBS along from the first connection on, until told otherwise", async () => {
    const { backend } = await open();
    await press("foot-encoder");
    await press("encoder-find");
    await press("confirm");
    expect(backend.of("setPreferences")).toEqual([]);
    backend.push([{ kind: "encoder", encoder: encoder() }]);
    await settled();
    expect(backend.of("setPreferences").map(([p]) => [p.with_encoder, p.encoder])).toEqual([[true, ADDRESS]]);
    await press("setting-with-encoder");
    backend.push([{ kind: "encoder", encoder: encoder({ link: { kind: "connecting" } }) }]);
    backend.push([{ kind: "encoder", encoder: encoder() }]);
    await settled();
    expect(backend.of("setPreferences").map(([p]) => p.with_encoder)).toEqual([true, false]);
  });

  it("shows each state in the rail", async () => {
    const { backend } = await open({ encoder: encoder() });
    const chip = screen.getByTestId("foot-encoder");
    expect(chip.dataset.state).toBe("idle");
    const streaming = encoder({ streaming: true, since: NOW - 60_000 });
    backend.push([{ kind: "encoder", encoder: streaming }]);
    await settled();
    expect([chip.dataset.state, chip.title]).toEqual(["streaming", "0:01:00"]);
    const link = { kind: "broken", retry_at: null, problem: problem({ kind: "encoder_password" }) } as const;
    backend.push([{ kind: "encoder", encoder: encoder({ link }) }]);
    await settled();
    expect([chip.dataset.state, chip.title]).toEqual(["broken", "Wrong password · Fix"]);
  });
});

describe("the push card", () => {
  it("sends to OBS and says what it is set to, and that OBS keeps the key", async () => {
    const { backend } = await open({ encoder: encoder({ former: true }) });
    expect(screen.getByTestId("push-encoder").textContent).toContain("its own file");
    await press("send-to-encoder");
    expect(backend.of("sendToEncoder")).toEqual([["room-bilibili"]]);
    expect(screen.getByTestId("push-encoder").dataset.here).toBe("false");
    backend.push([{ kind: "encoder", encoder: encoder({ room: "room-bilibili", former: true }) }]);
    await settled();
    expect(screen.getByTestId("push-encoder").dataset.here).toBe("true");
    await press("start-encoder");
    await press("restore-encoder");
    expect([backend.of("startEncoder"), backend.of("restoreEncoder")]).toEqual([[[]], [[]]]);
  });

  it("changes nothing while OBS streams, and asks before it stops", async () => {
    const { backend } = await open({
      encoder: encoder({ streaming: true, room: "room-weibo", former: true }),
    });
    for (const id of ["send-to-encoder", "restore-encoder"]) {
      expect(screen.getByTestId<HTMLButtonElement>(id).disabled).toBe(true);
    }
    expect(screen.getByTestId("push-encoder-state").textContent).toContain("Ache on Weibo");
    await press("stop-encoder");
    expect(backend.of("stopEncoder")).toEqual([]);
    expect(screen.getByTestId("dialog").textContent).toContain("Ache on Weibo");
    await press("confirm");
    expect(backend.of("stopEncoder")).toEqual([[]]);
  });

  it("says what went wrong with one button, until it went right", async () => {
    const wrong = problem({ kind: "encoder_differs" });
    const { backend } = await open({ encoder: encoder({ problem: wrong }) });
    expect(screen.getByTestId("encoder-problem").dataset.code).toBe("encoder_differs");
    await press("encoder-problem-action");
    expect(backend.of("sendToEncoder")).toEqual([["room-bilibili"]]);
    backend.push([{ kind: "encoder", encoder: encoder({ room: "room-bilibili" }) }]);
    await settled();
    expect(screen.queryByTestId("encoder-problem")).toBeNull();
  });

  it("warns of keys in plain text before it hands them to other programs", async () => {
    const { backend } = await open({}, { exportPush: () => Promise.resolve(false) });
    await press("export-menu");
    await press("export-obs_multi_rtmp");
    expect(screen.getByTestId("export-warning").textContent).toContain("plain text");
    expect(backend.of("exportPush")).toEqual([]);
    await press("export-confirm");
    expect(backend.of("exportPush")).toEqual([
      [["room-bilibili", "room-weibo", "room-qiniu"], "obs_multi_rtmp"],
    ]);
    expect(screen.queryByTestId("toast"), "no file was chosen").toBeNull();
    await press("cancel");
    await press("export-menu");
    await press("export-ffmpeg");
    await press("export-confirm");
    expect(backend.of("exportPush")[1]).toEqual([["room-bilibili"], "ffmpeg"]);
  });
});

it("draws OBS's figures for the room it pushes to, and tells when they are old", async () => {
  const figures = [2, 1, 0].map((s) => ({
    at: NOW - s * 1_000,
    kbps: 6_000 - s,
    dropped: 30,
    frames: 1_000,
    congestion: 4,
  }));
  const streaming = encoder({ streaming: true, room: "room-bilibili", since: NOW - 65_000, figures });
  const { app, backend } = await open({ encoder: streaming });
  expect(screen.getByTestId("encoder-figure-kbps").textContent).toBe("6,000");
  expect(screen.getByTestId("encoder-figures").textContent).toContain("3.0%");
  expect(screen.getByTestId("encoder-figure-uptime").textContent).toBe("0:01:05");
  expect(screen.getByTestId("encoder-figures").dataset.old).toBe("false");
  const late = figures.map((f) => ({ ...f, at: f.at - 60_000 }));
  backend.push([{ kind: "encoder", encoder: { ...streaming, figures: late } }]);
  await settled();
  expect(screen.getByTestId("encoder-figures").dataset.old).toBe("true");
  app.showRoom("room-weibo");
  await settled();
  expect(screen.queryByTestId("encoder-figures")).toBeNull();
});

describe("going live with OBS", () => {
  const begin = async (
    view: EncoderView,
    with_encoder = true,
  ): Promise<{ app: App; backend: FakeBackend }> => {
    const opened = await open({ rooms: idle(), encoder: view, preferences: prefers({ with_encoder }) });
    await press("go-live");
    return opened;
  };

  it("starts it for the first room that can push, or the one that was chosen", async () => {
    const { backend } = await begin(encoder());
    expect(screen.getByTestId("tonight-encoder").dataset.on).toBe("true");
    expect(screen.queryByTestId("tonight-encoder-room"), "the relay gives its video to all").toBeNull();
    await press("tonight-relay");
    await press("tonight-go");
    expect(backend.of("goLive")[0]?.[0]).toMatchObject({ encoder: "room-bilibili", relay: false });
    const run: RunView = {
      id: 1,
      going_live: true,
      started_at: NOW,
      finished_at: NOW,
      rooms: [],
      encoder: null,
      relay: null,
    };
    backend.push([{ kind: "run", run }]);
    await settled();
    await press("go-live");
    await fireEvent.change(screen.getByTestId("tonight-encoder-room"), { target: { value: "room-qiniu" } });
    await settled();
    await press("tonight-go");
    expect(backend.of("goLive")[1]?.[0].encoder).toBe("room-qiniu");
  });

  it("leaves it alone when it isn't wanted, isn't connected, or streams already", async () => {
    const { app, backend } = await begin(encoder(), false);
    const on = (): string | undefined => screen.getByTestId("tonight-encoder").dataset.on;
    expect(on()).toBe("false");
    await press("tonight-with-encoder");
    expect(on()).toBe("true");
    for (const view of [encoder({ link: { kind: "connecting" } }), encoder({ streaming: true })]) {
      backend.push([{ kind: "encoder", encoder: view }]);
      await settled();
      expect(on()).toBe("false");
      expect(app.encoder.roomFor(["room-bilibili"])).toBeNull();
    }
    await press("tonight-go");
    expect(backend.of("goLive")[0]?.[0].encoder).toBeNull();
  });

  const failedRun = (): RunView => ({
    id: 1,
    going_live: true,
    started_at: NOW,
    finished_at: NOW,
    rooms: ["room-bilibili", "room-weibo"].map((id) => ({
      room: id,
      state: { kind: "done" },
      steps: [],
      took_ms: 900,
    })),
    encoder: {
      room: "room-bilibili",
      state: { kind: "failed", problem: problem({ kind: "encoder_differs" }) },
      steps: [{ step: "rooms", done: true }],
    },
    relay: null,
  });
  const failed = async (): Promise<{ app: App; backend: FakeBackend }> => {
    const opened = await open({ encoder: encoder({ room: "room-bilibili" }), run: failedRun() });
    opened.app.show("run");
    await settled();
    return opened;
  };

  it("asks whether rooms stay on air when it failed, and names them", async () => {
    const { backend } = await failed();
    expect(screen.getByTestId("run-heading").textContent).toContain("OBS didn't start");
    expect(screen.getByTestId("run-encoder").dataset.state).toBe("failed");
    const ask = within(screen.getByTestId("run-encoder-ask"));
    expect(ask.getByText(/Ache Records, Ache on Weibo/)).toBeTruthy();
    await press("run-encoder-keep");
    expect(screen.getByTestId("run-encoder-ask").dataset.kept).toBe("true");
    expect(screen.queryByTestId("run-encoder-end")).toBeNull();
    expect(backend.of("endBroadcast")).toEqual([]);
    await press("run-encoder-again");
    expect(backend.of("startEncoder")).toHaveLength(1);
    const streaming = encoder({ room: "room-bilibili", streaming: true });
    backend.push([{ kind: "encoder", encoder: streaming }]);
    await settled();
    expect(screen.getByTestId("run-encoder").dataset.state).toBe("done");
  });

  it("ends those rooms when that is chosen", async () => {
    const { backend } = await failed();
    await press("run-encoder-end");
    expect(backend.of("endBroadcast")).toEqual([[["room-bilibili", "room-weibo"], false]]);
  });
});

describe("ending with OBS", () => {
  const streaming = encoder({ streaming: true, room: "room-bilibili" });

  it("stops it with its room, and shows what became of both", async () => {
    const { backend } = await open({
      encoder: streaming,
      preferences: prefers({ with_encoder: true }),
    });
    await press("end");
    expect(screen.getByTestId("confirm").textContent).toContain("Stop OBS");
    await press("confirm");
    expect(backend.of("endBroadcast")).toEqual([[["room-bilibili"], true]]);
    expect(screen.getByTestId("run-encoder").dataset.state).toBe("done");
  });

  it("can be left running, and isn't offered while its room stays on air", async () => {
    const { app, backend } = await open({ encoder: streaming, preferences: prefers({ with_encoder: true }) });
    app.showRoom("room-weibo");
    await settled();
    await press("end");
    expect(screen.queryByTestId("end-with-encoder")).toBeNull();
    await press("cancel");
    await press("end-all");
    await press("end-with-encoder");
    await press("confirm");
    expect(backend.of("endBroadcast")).toEqual([[["room-bilibili", "room-weibo"], false]]);
  });
});

describe("alarms", () => {
  const alarm = { id: 7, kind: { kind: "live_without_video" }, room: "room-bilibili" } as const;
  const silent = (): Snapshot["rooms"] =>
    evening("en").map((r) => (r.id === "room-bilibili" ? { ...r, signal: { kind: "none" } } : r));

  it("stand over the window until they leave, and can be quieted", async () => {
    const { backend } = await open({
      rooms: silent(),
      encoder: encoder({ room: "room-bilibili" }),
      alarms: [{ ...alarm, since: NOW - 42_000, seen: false }],
    });
    expect(screen.getByTestId("alarm").textContent).toContain("42 s");
    expect(screen.getByTestId("room-bilibili").dataset.alarm).toBe("live_without_video");
    expect(screen.queryByTestId("no-video"), "said once").toBeNull();
    screen.getByTestId("alarm-seen").focus();
    await press("alarm-seen");
    expect(backend.of("alarmSeen")).toEqual([[7]]);
    backend.push([{ kind: "alarms", alarms: [{ ...alarm, since: NOW, seen: true }] }]);
    await settled();
    expect(screen.getByTestId("alarm").getAttribute("role")).not.toBe("alert");
    expect(screen.queryByTestId("alarm-seen")).toBeNull();
    expect(document.activeElement, "whoever works by keyboard isn't thrown out").toBe(
      screen.getByTestId("alarm-action"),
    );
    await press("alarm-action");
    expect(backend.of("startEncoder")).toHaveLength(1);
    backend.push([{ kind: "alarms", alarms: [] }]);
    await settled();
    expect(screen.queryByTestId("alarms")).toBeNull();
    await press("no-video-start");
    expect(backend.of("startEncoder"), "it is started from there as well").toHaveLength(2);
  });

  it("leaves to a room without video what to do, by where that should come from", async () => {
    const { backend } = await open({ rooms: silent() });
    const says = async (view: EncoderView): Promise<string> => {
      backend.push([{ kind: "encoder", encoder: view }]);
      await settled();
      return screen.getByTestId("no-video").textContent;
    };
    expect(await says(NO_ENCODER)).toContain("Start streaming in OBS");
    expect(screen.queryByTestId("no-video-start")).toBeNull();
    expect(await says(encoder({ streaming: true, room: "room-bilibili" }))).toContain("look again in a few");
    expect(await says(encoder({ streaming: true }))).toContain("OBS is streaming elsewhere: stop it");
    expect(await says(encoder({ streaming: true, room: "room-weibo" }))).toContain(
      "streaming to Ache on Weibo",
    );
    expect(await says(encoder({ streaming: true, relay: true }))).toContain("this room isn't fed: add it");
    expect(await says(encoder())).toContain("the platform will cut off");
    expect(screen.getByTestId("no-video-start").dataset.act).toBe("send_start");
    await press("no-video-start");
    expect(backend.calls.map((c) => c.name).filter((n) => /Encoder$/.test(n))).toEqual([
      "sendToEncoder",
      "startEncoder",
    ]);
  });

  it("have the one filled button when OBS can't be reached", async () => {
    const problems = problem({ kind: "encoder_unreachable" });
    const lost = { id: 9, kind: { kind: "encoder_lost" }, room: "room-bilibili", since: NOW } as const;
    const { backend } = await open({
      encoder: { ...encoder(), link: { kind: "broken", retry_at: NOW + 4_000, problem: problems } },
      alarms: [{ ...lost, seen: false }],
    });
    const filled = (): string[] =>
      [...document.querySelectorAll<HTMLElement>(".btn.fix")].map((b) => b.dataset.testid ?? "");
    expect(filled()).toEqual(["alarm-action"]);
    backend.push([{ kind: "alarms", alarms: [{ ...lost, seen: true }] }]);
    await settled();
    expect(filled()).toEqual(["encoder-problem-action"]);
  });

  it("sends the right key again, with a question first, because OBS stops for it", async () => {
    const { backend } = await open({
      encoder: encoder({ streaming: true }),
      alarms: [{ id: 8, kind: { kind: "other_key" }, room: "room-bilibili", since: NOW, seen: false }],
    });
    expect(screen.getByTestId("send-to-encoder").textContent, "the card names the same step").toBe(
      screen.getByTestId("alarm-action").textContent,
    );
    expect(screen.queryByTestId("stop-encoder"), "and no other").toBeNull();
    await press("alarm-action");
    await press("cancel");
    await press("send-to-encoder");
    expect(backend.of("stopEncoder")).toEqual([]);
    await press("confirm");
    expect(backend.calls.map((c) => c.name).filter((n) => /Encoder$/.test(n))).toEqual([
      "stopEncoder",
      "sendToEncoder",
      "startEncoder",
    ]);
  });

  it("lead to their room only where one isn't there", async () => {
    const { app } = await open({
      rooms: silent(),
      encoder: NO_ENCODER,
      alarms: [{ ...alarm, since: NOW, seen: false }],
    });
    app.showRoom("room-weibo");
    await settled();
    expect(screen.getByTestId("alarm-action").dataset.act).toBe("open_room");
    await press("alarm-action");
    expect(screen.getByTestId("room-page").dataset.room).toBe("room-bilibili");
    expect(screen.queryByTestId("alarm-action")).toBeNull();
    app.show("settings");
    await settled();
    expect(screen.getByTestId("alarm-action")).toBeTruthy();
  });

  it("tell when a warning came, and how long all else goes on", async () => {
    const since = NOW - 125_000;
    const kind = { kind: "warned", words: "" } as const;
    const { backend } = await open({ alarms: [{ ...alarm, kind, since, seen: false }] });
    expect(screen.getByRole("timer").textContent).toBe("2 min ago");
    backend.push([{ kind: "alarms", alarms: [{ ...alarm, since, seen: false }] }]);
    await settled();
    expect(screen.getByRole("timer").textContent).toBe("for 2 min");
  });

  it("stand in one line with the number of the others", async () => {
    const many = [1, 2, 3, 4, 5].map((id) => ({
      id,
      kind: { kind: "encoder_reconnecting" } as const,
      room: null,
      since: NOW,
      seen: false,
    }));
    await open({ alarms: many });
    expect(screen.getAllByTestId("alarm")).toHaveLength(1);
    expect(screen.getByTestId("alarms-more").dataset.rest).toBe("4");
    await press("alarms-more");
    expect(screen.getAllByTestId("alarm")).toHaveLength(5);
  });
});
