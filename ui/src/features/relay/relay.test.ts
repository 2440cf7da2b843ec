/** The relay in the window as a whole, over a scripted program. */
import { fireEvent, render, screen, within } from "@testing-library/svelte";
import { tick } from "svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import Window from "../../App.svelte";
import type {
  Backend,
  EncoderView,
  Preferences,
  RelaySettings,
  RelayView,
  Snapshot,
} from "../../ipc/backend";
import { FakeBackend } from "../../ipc/fake";
import { evening, NOW, problem, snapshot } from "../../screens/data";
import { connected, streaming } from "../../screens/encoder";
import { CUSTOM, fedRoom, relay, relayRun, settingsWith } from "../../screens/relay";
import { idle } from "../../screens/run";
import { App } from "../../state/app.svelte";
import { NO_RELAY } from "../../state/model.svelte";
import { relayState } from "./words";

beforeEach(
  () => void vi.useFakeTimers({ toFake: ["setTimeout", "setInterval", "clearTimeout", "clearInterval"] }),
);
afterEach(() => void vi.useRealTimers());

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
  const field = screen.getByTestId(id);
  await fireEvent.input(field, { target: { value } });
  await fireEvent.change(field);
  await settled();
};
const text = (id: string): string => screen.getByTestId(id).textContent.replaceAll(/\s+/g, " ").trim();
const names = (backend: FakeBackend): string[] => backend.calls.map((c) => c.name);

const obs = (more: Partial<EncoderView> = {}): EncoderView => streaming({ room: null, relay: true, ...more });
const absent = (more: Partial<RelayView> = {}): RelayView =>
  relay({
    source: { kind: "absent" },
    kbps: 0,
    video: null,
    audio: null,
    targets: [fedRoom("room-bilibili", { kind: "waiting" }), fedRoom("room-weibo", { kind: "waiting" })],
    ...more,
  });

describe("tonight", () => {
  const begin = async (
    settings: Partial<RelaySettings>,
    chosen: string[] = [],
    encoder: EncoderView = connected(),
  ): Promise<{ app: App; backend: FakeBackend }> => {
    const preferences: Preferences = { ...settingsWith("en", { custom: [], ...settings }), chosen };
    const opened = await open({ rooms: idle("en"), encoder, preferences });
    await press("go-live");
    return opened;
  };
  const asked = async (backend: FakeBackend): Promise<boolean | undefined> => {
    await press("tonight-go");
    return backend.of("goLive")[0]?.[0].relay;
  };

  it("goes through the relay with several rooms, unless that is switched off for the evening", async () => {
    const { backend } = await begin({});
    expect(screen.getByTestId("tonight-relay-row").dataset.targets).toBe("3");
    await press("tonight-relay");
    expect(text("tonight-relay-needs")).toContain("One room gets OBS's video");
    expect(await asked(backend)).toBe(false);
  });

  it("asks for it where it is chosen", async () => {
    const { backend } = await begin({});
    expect(await asked(backend)).toBe(true);
  });

  it("isn't offered for one room, but for those who always want it", async () => {
    const { backend } = await begin({}, ["room-bilibili"]);
    expect(screen.queryByTestId("tonight-relay-row")).toBeNull();
    expect(await asked(backend)).toBe(false);
  });

  it("is offered for one room where it is always used", async () => {
    const { backend } = await begin({ use_for: "always" }, ["room-bilibili"]);
    expect(screen.getByTestId("tonight-relay-row").dataset.on).toBe("true");
    expect(await asked(backend)).toBe(true);
  });

  it("counts addresses of one's own that are on", async () => {
    await begin({ custom: [CUSTOM, { ...CUSTOM, id: "c2", on: false }] }, ["room-bilibili"]);
    expect(screen.getByTestId("tonight-relay-row").dataset.targets).toBe("2");
    expect(text("tonight-relay-row"), "and says of what").toContain("1 room and 1 own address");
  });

  it("is never used by those who don't want it", async () => {
    const { backend } = await begin({ use_for: "never" });
    expect(screen.queryByTestId("tonight-relay-row")).toBeNull();
    expect(await asked(backend)).toBe(false);
  });

  it("reckons the upload with OBS's last bitrate, and warns before it is too little", async () => {
    const figures = [{ at: NOW, kbps: 6_000, dropped: 0, frames: 60, congestion: 0 }];
    const { backend } = await begin({ measured_kbps: 30_000 }, [], connected({ figures }));
    expect(text("tonight-relay-needs")).toContain("18.0 Mb/s of upload");
    expect(screen.queryByTestId("tonight-relay-tight")).toBeNull();
    const check = (): HTMLElement | null =>
      document.querySelector('[data-testid="check"][data-key="upload"]');
    expect(check()?.textContent).toContain("18.0 Mb/s needed, 30.0 Mb/s measured");
    expect(check()?.dataset.level).toBe("ok");
    const preferences = settingsWith("en", { custom: [], upload_kbps: 19_000, measured_kbps: 30_000 });
    backend.push([{ kind: "preferences", preferences }]);
    await settled();
    expect(text("tonight-relay-tight"), "the streamer's word counts before the measurement").toContain(
      "19.0 Mb/s as entered",
    );
    expect(check()?.dataset.level, "the look over the rooms agrees").toBe("warn");
    await press("tonight-relay");
    expect(check(), "nothing goes through it").toBeNull();
  });
});

describe("a run through the relay", () => {
  it("gives the address that OBS gets, and none of the rooms'", async () => {
    const { app, backend } = await open({ relay: absent(), run: relayRun({ kind: "done" }) });
    app.show("run");
    await settled();
    expect(text("run-relay")).toContain("Ache Records, Ache on Weibo: fed by Kaibo");
    for (const room of ["run-bilibili", "run-weibo"])
      expect(within(screen.getByTestId(room)).queryByTestId("copy-key"), room).toBeNull();
    const address = within(screen.getByTestId("run-relay-address"));
    expect(address.getByText(/Settings > Stream/)).toBeTruthy();
    await press("copy-server");
    await press("copy-key");
    expect(backend.of("copyRelay")).toEqual([["server"], ["key"]]);
    expect(backend.of("copyPush")).toEqual([]);
  });

  it("shows no address once OBS has it", async () => {
    const { app } = await open({
      relay: absent(),
      run: relayRun({ kind: "done" }),
      encoder: connected({ relay: true }),
    });
    app.show("run");
    await settled();
    expect(screen.queryByTestId("run-relay-address")).toBeNull();
  });

  it("says why it couldn't start, and is started again with all that is on air", async () => {
    const why = problem({ kind: "relay_port" });
    const { app, backend } = await open({
      relay: { ...NO_RELAY, state: { kind: "broken", problem: why } },
      run: relayRun({ kind: "failed", problem: why }),
    });
    app.show("run");
    await settled();
    expect(text("run-relay-problem")).toContain("Another program has the relay's port");
    await press("run-relay-again");
    expect(backend.of("addToRelay")).toEqual([
      [{ kind: "room", room: "room-bilibili" }],
      [{ kind: "room", room: "room-weibo" }],
    ]);
    backend.push([{ kind: "relay", relay: absent() }]);
    await settled();
    expect(screen.getByTestId("run-relay").dataset.state, "what is seen now counts").toBe("done");
    await press("run-relay-open");
    expect(screen.getByTestId("relay-page").dataset.state).toBe("on");
  });

  it("tries a room again through the relay", async () => {
    const { app, backend } = await open({ rooms: idle("en"), run: relayRun({ kind: "done" }) });
    await app.goLive(["room-qiniu"], true);
    expect(backend.of("goLive")[0]?.[0].relay).toBe(true);
  });
});

describe("the page of the relay", () => {
  const begin = async (
    view: RelayView,
    more: Partial<Snapshot> = {},
  ): Promise<{ app: App; backend: FakeBackend }> => {
    const opened = await open({ relay: view, preferences: settingsWith("en"), encoder: obs(), ...more });
    await press("foot-relay");
    return opened;
  };
  const row = (target: string): ReturnType<typeof within> => {
    const found = screen.getAllByTestId("relay-target").find((r) => r.dataset.target === target);
    return within(found ?? document.body);
  };

  it("isn't in the rail while there is none", async () => {
    await open();
    expect(screen.queryByTestId("foot-relay")).toBeNull();
  });

  it("tells what comes in and what goes out", async () => {
    await begin(relay({ refused: 2 }));
    expect(text("relay-source")).toContain("OBS is pushing H.264 / AAC · 6.0 Mb/s");
    expect(text("relay-source")).toContain("1:23:45");
    expect(text("relay-refused")).toContain("2 pushes turned away");
    expect(screen.getAllByTestId("relay-target").map((r) => [r.dataset.target, r.dataset.state])).toEqual([
      ["room-bilibili", "publishing"],
      ["room-weibo", "publishing"],
      ["c1", "publishing"],
    ]);
    const own = row("c1").getByTestId("relay-target-facts").textContent;
    expect(own).toContain("42 frames dropped");
    expect(own).toContain("1 reconnect");
    expect(text("relay-upload-now")).toContain("18.1 Mb/s");
    expect(text("relay-budget")).toContain("at least 18.4 Mb/s");
    expect(screen.queryByTestId("relay-short")).toBeNull();
  });

  it("calls the relay healthy only while something goes out, and nothing is on its way", () => {
    const glyph = (...kinds: ("publishing" | "paused" | "connecting" | "waiting")[]): string =>
      relayState(relay({ targets: kinds.map((kind) => fedRoom("room-weibo", { kind })) })).glyph;
    expect(glyph("publishing", "publishing")).toBe("healthy");
    expect(glyph("publishing", "paused")).toBe("healthy");
    expect(glyph("publishing", "connecting")).toBe("preparing");
    expect(glyph("publishing", "waiting")).toBe("preparing");
    expect(glyph("paused", "paused")).toBe("preparing");
  });

  it("counts down while rooms are held", async () => {
    await begin(relay({ source: { kind: "held", until: NOW + 24_000 } }));
    expect(text("relay-source")).toContain("held for 0:24");
    const rows = screen.getAllByTestId("relay-target-state").map((r) => r.textContent);
    expect(new Set(rows), "nothing is sent meanwhile").toEqual(new Set(["Kept open, nothing to send"]));
    expect(screen.getAllByTestId("relay-target-kbps")[0]?.textContent.trim()).toBe("–");
    expect(screen.getByTestId("foot-relay").textContent).toBe("OBS is gone");
  });

  it("pauses, resumes and adds, and asks before a live room loses its video", async () => {
    const targets = [
      fedRoom("room-bilibili", { kind: "publishing" }),
      fedRoom("room-weibo", { kind: "paused" }),
    ];
    const { backend } = await begin(relay({ targets }));
    await fireEvent.click(row("room-bilibili").getByTestId("relay-pause"));
    await fireEvent.click(row("room-weibo").getByTestId("relay-resume"));
    await settled();
    expect(backend.of("pauseRelayTarget")).toEqual([[{ kind: "room", room: "room-bilibili" }]]);
    expect(backend.of("resumeRelayTarget")).toEqual([[{ kind: "room", room: "room-weibo" }]]);
    await press("relay-add");
    await press("relay-add-c1");
    expect(backend.of("addToRelay")).toEqual([[{ kind: "custom", id: "c1" }]]);
    await fireEvent.click(row("room-bilibili").getByTestId("relay-remove"));
    await settled();
    expect(backend.of("removeFromRelay")).toEqual([]);
    expect(text("dialog")).toContain("Remove Ache Records from the relay?");
    await press("confirm");
    expect(backend.of("removeFromRelay")).toEqual([[{ kind: "room", room: "room-bilibili" }]]);
    expect(screen.queryByTestId("dialog")).toBeNull();
  });

  it("takes out what no viewer sees at once", async () => {
    const { backend } = await begin(relay());
    await fireEvent.click(row("c1").getByTestId("relay-remove"));
    await settled();
    expect(backend.of("removeFromRelay")).toEqual([[{ kind: "custom", id: "c1" }]]);
  });

  it("says why a target stopped, and tries it again", async () => {
    const refused = problem({ kind: "target_refused" }, { platform: "weibo", platform_code: "BadName" });
    const { backend } = await begin(
      relay({
        targets: [
          fedRoom("room-bilibili", { kind: "retrying", problem: problem({ kind: "target_unreachable" }) }),
          fedRoom("room-weibo", { kind: "stopped", problem: refused }),
        ],
      }),
    );
    expect(row("room-bilibili").getByTestId("relay-problem").textContent).toContain("can't reach");
    expect(row("room-bilibili").queryByTestId("relay-retry"), "it tries by itself").toBeNull();
    expect(row("room-weibo").getByTestId("relay-problem").textContent).toContain("BadName");
    await press("relay-retry");
    expect(backend.of("resumeRelayTarget")).toEqual([[{ kind: "room", room: "room-weibo" }]]);
    expect(screen.getByTestId("foot-relay").textContent).toBe("0 of 2 sending");
  });

  it("opens the form of an address that can't be right", async () => {
    const wrong = problem({ kind: "invalid", field: "server", reason: { why: "malformed" } });
    await begin(
      relay({
        targets: [
          fedRoom("c", { kind: "stopped", problem: wrong }, { target: { kind: "custom", id: "c1" } }),
        ],
      }),
    );
    await press("relay-fix");
    expect(screen.getByTestId<HTMLInputElement>("relay-custom-server").value).toBe(CUSTOM.server);
  });

  it("warns when the line takes less than is needed", async () => {
    await begin(
      relay({
        upload: {
          now_kbps: 8_000,
          needed_kbps: 18_000,
          budget: { kind: "measured", kbps: 9_000 },
          short: true,
        },
      }),
      { preferences: settingsWith("en", { measured_kbps: 9_000 }) },
    );
    expect(text("relay-short")).toContain("Lower the bitrate");
    expect(text("relay-budget")).toBe("9.0 Mb/s measured");
    expect(screen.getByTestId("foot-relay").textContent).toBe("Upload too small");
  });

  it("tells a taken port, and where it is changed", async () => {
    const state = { kind: "broken", problem: problem({ kind: "relay_port" }) } as const;
    await begin({ ...NO_RELAY, state });
    expect(screen.getByTestId("relay-page-problem").dataset.code).toBe("relay_port");
    await press("relay-problem-action");
    expect(screen.getByTestId("relay-settings")).toBeTruthy();
  });

  it("brings OBS in: sends the address, starts it, or stops it for that", async () => {
    const { backend } = await begin(absent(), { encoder: connected({ room: "room-bilibili" }) });
    await press("relay-send");
    expect(backend.of("sendRelayToEncoder")).toHaveLength(1);
    expect(backend.of("sendToEncoder")).toEqual([]);
    backend.push([{ kind: "encoder", encoder: connected({ relay: true }) }]);
    await settled();
    await press("relay-start-encoder");
    expect(backend.of("startEncoder")).toHaveLength(1);
    backend.push([{ kind: "encoder", encoder: streaming() }]);
    await settled();
    await press("relay-send");
    expect(text("dialog")).toContain("every room");
    await press("confirm");
    expect(names(backend).slice(-3)).toEqual(["stopEncoder", "sendRelayToEncoder", "startEncoder"]);
  });
});

describe("a room that the relay feeds", () => {
  it("gives the relay's address in place of its own", async () => {
    const { app, backend } = await open({ relay: absent(), encoder: connected({ former: true }) });
    app.showRoom("room-bilibili");
    await settled();
    expect(text("push-relay")).toContain("Fed by Kaibo");
    expect(text("relay-server")).toBe("rtmp://127.0.0.1:1936/live");
    expect(screen.queryByTestId("push-server")).toBeNull();
    expect(screen.queryByTestId("reveal-key")).toBeNull();
    await press("copy-key");
    expect(backend.of("copyRelay")).toEqual([["key"]]);
    await fireEvent.keyDown(window, { code: "KeyS", key: "S", ctrlKey: true, shiftKey: true });
    await settled();
    expect(backend.of("copyRelay"), "the shortcut copies what OBS needs").toEqual([["key"], ["server"]]);
    await press("send-to-encoder");
    expect(names(backend)).toContain("sendRelayToEncoder");
    expect(names(backend)).not.toContain("sendToEncoder");
    app.showRoom("room-qiniu");
    await settled();
    expect(screen.queryByTestId("push-relay")).toBeNull();
    expect(screen.getByTestId("push-server")).toBeTruthy();
  });

  it("tells how it is doing, and OBS's figures with it", async () => {
    const { app } = await open({ relay: relay(), encoder: obs(), preferences: settingsWith("en") });
    app.showRoom("room-weibo");
    await settled();
    expect(screen.getByTestId("push-relay").dataset.state).toBe("publishing");
    expect(text("push-encoder-state")).toContain("OBS streams to Kaibo");
    expect(screen.getByTestId("encoder-figures")).toBeTruthy();
    expect(screen.queryByTestId("copy-key"), "nothing to copy while it flows").toBeNull();
  });

  it("can be joined while OBS pushes to the relay", async () => {
    const { app, backend } = await open({ relay: relay(), encoder: obs() });
    app.showRoom("room-qiniu");
    await settled();
    await press("push-relay-join");
    expect(backend.of("addToRelay")).toEqual([[{ kind: "room", room: "room-qiniu" }]]);
  });

  it("ends by itself: OBS and the others go on", async () => {
    const { app, backend } = await open({
      relay: relay(),
      encoder: obs(),
      preferences: { ...settingsWith("en"), with_encoder: true },
    });
    app.showRoom("room-bilibili");
    await settled();
    await press("end");
    expect(text("dialog")).toContain("OBS and the other rooms go on");
    expect(screen.queryByTestId("end-with-encoder")).toBeNull();
    await press("confirm");
    expect(backend.of("endBroadcast")).toEqual([[["room-bilibili"], false]]);
    app.dialog = { kind: "end", rooms: ["room-bilibili", "room-weibo"] };
    await settled();
    expect(screen.getByTestId("end-with-encoder"), "with the last, OBS can stop").toBeTruthy();
  });

  it("loses its video with the window, which says so before it closes", async () => {
    const { backend } = await open({ relay: relay() });
    backend.push([{ kind: "close_asked" }]);
    await settled();
    expect(text("close-relay")).toContain("Kaibo feeds 2 of the live rooms");
    backend.push([{ kind: "relay", relay: NO_RELAY }]);
    await settled();
    expect(screen.queryByTestId("close-relay")).toBeNull();
  });

  it("keeps OBS from being stopped without a word about all that it feeds", async () => {
    const { app } = await open({ relay: relay(), encoder: obs() });
    app.dialog = { kind: "encoder_stop" };
    await settled();
    expect(text("dialog")).toContain("Ache Records, Ache on Weibo: all fed by Kaibo");
  });

  it("has alarms that look at the relay first", async () => {
    const silent = evening("en").map((r) =>
      r.id === "room-bilibili" ? { ...r, signal: { kind: "none" } as const } : r,
    );
    const alarm = { id: 1, kind: { kind: "live_without_video" }, since: NOW, seen: false } as const;
    const { backend } = await open({
      rooms: silent,
      relay: relay(),
      encoder: obs(),
      alarms: [{ ...alarm, room: "room-bilibili" }],
    });
    expect(text("alarm")).toContain("isn't handed on to this room");
    await press("alarm-action");
    expect(screen.getByTestId("relay-page")).toBeTruthy();
    backend.push([
      { kind: "relay", relay: absent() },
      { kind: "encoder", encoder: connected({ relay: true }) },
    ]);
    await settled();
    await press("alarm-action");
    expect(backend.of("startEncoder"), "OBS is set, it only has to start").toHaveLength(1);
  });
});

describe("the settings", () => {
  const begin = async (
    settings: Partial<RelaySettings> = {},
    answers: Partial<Backend> = {},
  ): Promise<{ app: App; backend: FakeBackend }> => {
    const opened = await open({ preferences: settingsWith("en", settings) }, answers);
    opened.app.relay.showSettings();
    await settled();
    return opened;
  };
  const last = (backend: FakeBackend): RelaySettings | undefined => backend.of("setRelay").at(-1)?.[0];

  it("are brought into sight for what was asked for last, and once", async () => {
    const seen: (string | undefined)[] = [];
    const scroll = vi.spyOn(Element.prototype, "scrollIntoView").mockImplementation(function (
      this: HTMLElement,
    ) {
      seen.push(this.dataset["testid"]);
    });
    const { app } = await begin();
    expect(seen).toEqual(["relay-settings"]);
    app.show("room");
    await settled();
    app.showEncoder();
    await settled();
    expect(seen.slice(1), "not the relay's again").toEqual(["encoder"]);
    app.relay.showSettings();
    await settled();
    expect(seen.slice(2), "where the page is open too").toEqual(["relay-settings"]);
    app.show("room");
    await settled();
    app.show("settings");
    await settled();
    expect(seen.slice(3), "from its top").toEqual([]);
    scroll.mockRestore();
  });

  it("keep when it is used, port, hold and upload", async () => {
    const { backend } = await begin();
    await press("relay-use-always");
    expect(last(backend)?.use_for).toBe("always");
    await write("relay-port", "1940");
    expect(last(backend)?.port).toBe(1_940);
    await write("relay-hold", "60");
    expect(last(backend)?.hold_seconds).toBe(60);
    await write("relay-upload-told", "37,5");
    expect(last(backend)?.upload_kbps).toBe(37_500);
    await write("relay-upload-told", "");
    expect(last(backend)?.upload_kbps).toBe(0);
  });

  it("send nothing that is out of bounds, and show a refusal at its field", async () => {
    const { backend } = await begin(
      {},
      {
        setRelay: () =>
          Promise.reject(problem({ kind: "invalid", field: "relay_port", reason: { why: "malformed" } })),
      },
    );
    await write("relay-port", "80");
    await write("relay-hold", "900");
    await write("relay-upload-told", "fast");
    expect(backend.of("setRelay")).toEqual([]);
    expect(text("relay-port-problem")).toBe("1024 to 65535");
    expect(text("relay-hold-problem")).toBe("5 to 300 seconds");
    expect(screen.getByTestId("relay-upload-problem")).toBeTruthy();
    await write("relay-port", "1935");
    expect(text("relay-port-problem")).toContain("1024 to 65535");
    expect(screen.queryByTestId("relay-settings-problem")).toBeNull();
  });

  it("make an address of one's own: its key goes over once", async () => {
    const { backend } = await begin({ custom: [] });
    await press("relay-custom-add");
    await write("relay-custom-name", " Archive ");
    await write("relay-custom-server", "rtmps://keep.example/live");
    await write("relay-custom-key", "made-up-7");
    await press("relay-custom-save");
    expect(backend.of("setRelayTarget")).toEqual([
      [{ id: null, name: "Archive", server: "rtmps://keep.example/live", key: "made-up-7", on: true }],
    ]);
    expect(screen.queryByTestId("relay-custom-dialog")).toBeNull();
  });

  it("change one without touching its key, and switch it off", async () => {
    const { backend } = await begin({ custom: [CUSTOM] });
    await press("relay-custom-edit");
    const key = screen.getByTestId<HTMLInputElement>("relay-custom-key");
    expect([key.value, key.type]).toEqual(["", "password"]);
    await write("relay-custom-name", "Vault");
    await press("relay-custom-save");
    await press("relay-custom-on");
    expect(backend.of("setRelayTarget").map(([f]) => [f.id, f.name, f.key, f.on])).toEqual([
      ["c1", "Vault", null, true],
      ["c1", CUSTOM.name, null, false],
    ]);
  });

  it("show what is wrong at its field, and what isn't a field's above", async () => {
    const answers = [
      problem({ kind: "invalid", field: "server", reason: { why: "malformed" } }),
      problem({ kind: "keyring_locked" }),
    ];
    await begin(
      {},
      { setRelayTarget: () => Promise.reject(answers.shift() ?? problem({ kind: "internal" })) },
    );
    await press("relay-custom-add");
    await press("relay-custom-save");
    expect(text("relay-custom-server-problem")).toContain("SRT can't be relayed");
    expect(screen.queryByTestId("relay-custom-problem")).toBeNull();
    await press("relay-custom-save");
    expect(screen.getByTestId("relay-custom-problem").dataset.code).toBe("keyring_locked");
  });

  it("ask before an address is deleted", async () => {
    const { backend } = await begin();
    await press("relay-custom-forget");
    expect(backend.of("forgetRelayTarget")).toEqual([]);
    await press("confirm");
    expect(backend.of("forgetRelayTarget")).toEqual([["c1"]]);
  });
});

it("says where the keys are before another program's configuration is written", async () => {
  const { app, backend } = await open({ preferences: settingsWith("en"), relay: relay() });
  app.show("relay");
  await settled();
  await press("relay-export");
  expect(text("relay-export-warning")).toContain("never on a command line");
  await press("relay-engine-srs");
  const all = screen.getAllByTestId("relay-export-target");
  expect(all.map((t) => t.dataset.target)).toEqual(["room-bilibili", "room-weibo", "room-qiniu", "c1"]);
  await fireEvent.click(all[2] ?? document.body);
  await settled();
  await press("relay-export-confirm");
  expect(backend.of("exportRelay")).toEqual([
    [
      "srs",
      [
        { kind: "room", room: "room-bilibili" },
        { kind: "room", room: "room-weibo" },
        { kind: "custom", id: "c1" },
      ],
    ],
  ]);
  expect(screen.queryByTestId("relay-export-dialog")).toBeNull();
});
