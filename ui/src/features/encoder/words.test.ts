import { describe, expect, it } from "vitest";
import type { EncoderFigures, EncoderView } from "../../ipc/backend";
import { problem } from "../../screens/data";
import { NO_ENCODER } from "../../state/model.svelte";
import { setLocale } from "../../state/locale.svelte";
import { drops, droppedShare } from "./figures";
import { hostFrom, portFrom } from "./form";
import { encoderState } from "./words";

const NOW = 1_000_000;
const view = (more: Partial<EncoderView>): EncoderView => ({
  ...NO_ENCODER,
  link: { kind: "connected" },
  ...more,
});
const figures = (dropped: number, frames: number, kbps = 6_012): EncoderFigures => ({
  at: NOW,
  kbps,
  dropped,
  frames,
  congestion: 3,
});
const broken = (
  kind: "encoder_password" | "encoder_unreachable" | "keyring_locked",
  retry_at: number | null,
): EncoderView => view({ link: { kind: "broken", retry_at, problem: problem({ kind }) } });

describe("how OBS is doing", () => {
  const told = (v: EncoderView): [string, string, string] => {
    setLocale("en");
    const { kind, words, next } = encoderState(v, NOW);
    return [kind, words, next];
  };

  it("is told with the next step, for each state", () => {
    expect(told(NO_ENCODER)).toEqual(["off", "Not connected", "Connect"]);
    expect(told(view({ link: { kind: "connecting" } }))).toEqual(["connecting", "Connecting", ""]);
    expect(told(view({}))).toEqual(["idle", "Connected, idle", ""]);
    expect(told(view({ streaming: true, reconnecting: true }))[0]).toBe("reconnecting");
    expect(told(broken("encoder_password", null))).toEqual(["broken", "Wrong password", "Fix"]);
    expect(told(broken("encoder_unreachable", NOW + 4_200))).toEqual([
      "broken",
      "Unreachable",
      "Retrying in 5 s",
    ]);
    expect(told(broken("encoder_unreachable", null))[2]).toBe("Reconnect");
    expect(told(broken("keyring_locked", null))[2]).toBe("Unlock");
  });

  it("has time and bitrate while it streams, as far as they are known", () => {
    const streaming = view({ streaming: true, since: NOW - 65_000 });
    expect(told(streaming)[1]).toBe("0:01:05");
    expect(told({ ...streaming, figures: [figures(0, 1), figures(0, 2, 5_800)] })[1]).toBe(
      "0:01:05 · 5,800 kb/s",
    );
    expect(told(view({ streaming: true }))[1]).toBe("Streaming");
    expect(told({ ...streaming, busy: "stop" })[1]).toBe("Stopping");
  });
});

it("tells the share of dropped frames finely where it is small", () => {
  const share = (d: number, n: number): string => droppedShare(figures(d, n));
  expect([share(0, 100), share(3, 0), share(1, 90_000), share(4, 10_000)]).toEqual([
    "0",
    "0",
    "<0.01",
    "0.04",
  ]);
  expect([share(12, 1_000), share(120, 1_000)]).toEqual(["1.2", "12"]);
});

it("draws drops by the second, and none where the count began anew", () => {
  const points = drops([figures(4, 1), figures(6, 2), figures(6, 3), figures(0, 1)]);
  expect(points.map((p) => p.value)).toEqual([0, 2, 0, 0]);
});

describe("the address as it was typed", () => {
  it("is a host alone, this computer when there is none", () => {
    expect(["", " studio.local ", "192.168.1.7", "::1", "[fe80::2]"].map(hostFrom)).toEqual([
      "127.0.0.1",
      "studio.local",
      "192.168.1.7",
      "::1",
      "fe80::2",
    ]);
    expect(["ws://a", "a:4455", "a b", "a/b", "me@a", "[a]"].map(hostFrom)).toEqual(Array(6).fill(null));
  });

  it("has a port from 1 to 65535", () => {
    expect(["", "4455", " 1 ", "65535"].map(portFrom)).toEqual([4455, 4455, 1, 65535]);
    expect(["0", "65536", "4455a", "-1", "4e3"].map(portFrom)).toEqual(Array(5).fill(null));
  });
});
