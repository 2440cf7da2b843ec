import type {
  Backend,
  CustomTarget,
  CustomTargetForm,
  Problem,
  PushPart,
  RelayEngine,
  RelaySettings,
  RelayTarget,
  RelayTargetView,
  RelayView,
  RoomId,
  RoomView,
  RunState,
  UploadBudget,
} from "../ipc/backend";
import { isOnAir } from "../features/room/roomstate";
import { m } from "../paraglide/messages.js";
import type { App, Called } from "./app.svelte";
import type { Remedy } from "./problems";
import { veiled } from "./privacy.svelte";

/** One name for a target, whatever it is. */
export const targetKey = (target: RelayTarget): string =>
  target.kind === "room" ? `room:${target.room}` : `custom:${target.id}`;

export const roomTarget = (room: RoomId): RelayTarget => ({ kind: "room", room });

/** What the window asks of the relay, and what came of it; how it is doing stands in the model. */
export class Relay {
  /** What the last act on it failed with. */
  problem = $state.raw<Problem | null>(null);
  /** Why the settings weren't taken. */
  settingsProblem = $state.raw<Problem | null>(null);
  #turn = 0;

  constructor(private readonly app: App) {}

  get view(): RelayView {
    return this.app.model.relay;
  }

  get settings(): RelaySettings {
    return this.app.model.preferences.relay;
  }

  get on(): boolean {
    return this.view.state.kind === "on";
  }

  /** A room's place in the relay that runs. */
  target(room: RoomId): RelayTargetView | undefined {
    if (!this.on) return undefined;
    return this.view.targets.find(({ target }) => target.kind === "room" && target.room === room);
  }

  /** Does the room get its video through it? */
  feeds(room: RoomId): boolean {
    return this.target(room) !== undefined;
  }

  /** Rooms that it feeds and that are on air. */
  get fedOnAir(): RoomView[] {
    return this.app.model.onAir.filter((r) => this.feeds(r.id));
  }

  /** When these end, does another room still get its video through it? */
  outlives(rooms: readonly RoomId[]): boolean {
    return (
      this.on &&
      this.view.targets.some(({ target }) => target.kind === "room" && !rooms.includes(target.room)) &&
      this.view.targets.some(({ target }) => target.kind === "room" && rooms.includes(target.room))
    );
  }

  /** What people call a target. */
  nameOf(target: RelayTarget): string {
    if (target.kind === "room") return this.app.model.room(target.room)?.name ?? m.alarm_a_room();
    const custom = this.settings.custom.find((c) => c.id === target.id);
    return custom ? veiled(custom.name) : m.relay_custom_kind();
  }

  /** Addresses of the streamer's own that get each broadcast. */
  get customOn(): CustomTarget[] {
    return this.settings.custom.filter((c) => c.on);
  }

  /** Names of all that it would hand on to, when these rooms go live. */
  names(rooms: readonly RoomId[]): string[] {
    return [
      ...this.app.encoder.pushable(rooms).map((room) => this.nameOf(roomTarget(room))),
      ...this.customOn.map((c) => veiled(c.name)),
    ];
  }

  /**
   * What handing these rooms and the own addresses their video takes of the line, kbit/s; 0 while that isn't known. So
   * many times the bitrate as it is shown, or the sum looks wrong.
   */
  needed(rooms: readonly RoomId[]): number {
    return Math.round(this.kbps / 100) * 100 * this.names(rooms).length;
  }

  /** Can these rooms go live through it, as the settings say? */
  offered(rooms: readonly RoomId[]): boolean {
    const able = this.app.encoder.pushable(rooms).length;
    if (able === 0) return false;
    const { use_for } = this.settings;
    return use_for === "always" || (use_for === "several" && able + this.customOn.length > 1);
  }

  /** Do they, as it was chosen for this evening? */
  chosen(rooms: readonly RoomId[]): boolean {
    return this.offered(rooms) && (this.app.tonight.relay ?? true);
  }

  /** The same for rooms of a run that are tried again: as that run was. */
  chosenAgain(): boolean {
    return this.app.model.runs.findLast((r) => r.going_live)?.relay != null;
  }

  /** The bitrate to reckon with, kbit/s: what comes in now, or what OBS sent last; 0 when neither is known. */
  get kbps(): number {
    return this.view.kbps || (this.app.model.encoder.figures.at(-1)?.kbps ?? 0);
  }

  /** What the line takes: the streamer's word before what was measured, before what was seen. */
  get budget(): UploadBudget {
    if (this.on) return this.view.upload.budget;
    const { upload_kbps: told, measured_kbps: measured } = this.settings;
    if (told > 0) return { kind: "told", kbps: told };
    if (measured > 0) return { kind: "measured", kbps: measured };
    return this.view.upload.budget;
  }

  /** Rooms with an address and own addresses that aren't in it. */
  get addable(): RelayTarget[] {
    const inside = this.on ? this.view.targets.map(({ target }) => targetKey(target)) : [];
    const rooms = this.app.model.rooms.filter((r) => r.push !== null && r.status !== "ended");
    const all: RelayTarget[] = [
      ...rooms.map((r) => roomTarget(r.id)),
      ...this.settings.custom.map((c): RelayTarget => ({ kind: "custom", id: c.id })),
    ];
    return all.filter((t) => !inside.includes(targetKey(t)));
  }

  /** Opens the part of the settings that is about it. */
  showSettings(): void {
    this.app.settingsPart = "relay";
    this.app.show("settings");
  }

  async #ask<T>(name: string, make: (backend: Backend) => Promise<T>): Promise<Called<T>> {
    this.problem = null;
    const done = await this.app.call(`relay:${name}`, make);
    if (!done.ok) this.problem = done.problem;
    return done;
  }

  /** Is something asked about this target? */
  busy(target: RelayTarget): boolean {
    return [...this.app.busy].some((b) => b.startsWith("relay:") && b.endsWith(`=${targetKey(target)}`));
  }

  async add(target: RelayTarget): Promise<void> {
    const done = await this.#ask(`add=${targetKey(target)}`, (b) => b.addToRelay(target));
    if (done.ok) this.app.toast(m.relay_added({ name: this.nameOf(target) }));
  }

  /** Once more after it couldn't start: all that is on air and can be pushed to. */
  async startAgain(): Promise<void> {
    for (const { id, push } of this.app.model.onAir) {
      if (push === null) continue;
      const done = await this.#ask("start", (b) => b.addToRelay(roomTarget(id)));
      if (!done.ok) return;
    }
  }

  async pause(target: RelayTarget): Promise<void> {
    await this.#ask(`pause=${targetKey(target)}`, (b) => b.pauseRelayTarget(target));
  }

  async resume(target: RelayTarget): Promise<void> {
    await this.#ask(`resume=${targetKey(target)}`, (b) => b.resumeRelayTarget(target));
  }

  /** Takes a target out; where viewers would notice, it is asked for first. */
  remove(target: RelayTarget): void {
    const room = target.kind === "room" ? this.app.model.room(target.room) : undefined;
    if (room && isOnAir(room)) this.app.dialog = { kind: "relay_remove", target };
    else void this.removeNow(target);
  }

  async removeNow(target: RelayTarget): Promise<void> {
    const name = this.nameOf(target);
    const done = await this.#ask(`remove=${targetKey(target)}`, (b) => b.removeFromRelay(target));
    if (this.app.dialog?.kind === "relay_remove") this.app.dialog = null;
    if (done.ok) this.app.toast(m.relay_removed({ name }));
  }

  /** Copies a part of its address; true when it is on the clipboard. */
  async copy(part: PushPart): Promise<boolean> {
    const done = await this.#ask(`copy-${part}`, (b) => b.copyRelay(part));
    if (done.ok) {
      this.app.tour.copied(part);
      const words = {
        server: m.toast_copied_relay_server,
        key: m.toast_copied_relay_key,
        whole: m.toast_copied_whole,
      };
      this.app.toast(words[part]());
    }
    return done.ok;
  }

  /** Changes some settings; the program's own word replaces what is shown meanwhile. */
  async set(change: Partial<RelaySettings>): Promise<void> {
    const relay = { ...this.settings, ...change };
    this.app.model.preferences = { ...this.app.model.preferences, relay };
    const done = await this.app.call(`relay:set:${++this.#turn}`, (b) => b.setRelay(relay));
    this.settingsProblem = done.ok ? null : done.problem;
  }

  /** Makes or changes an own address; a problem comes back to the form. */
  async save(form: CustomTargetForm): Promise<Problem | null> {
    const done = await this.app.call("relay:save", (b) => b.setRelayTarget(form));
    if (!done.ok) return done.problem;
    this.app.dialog = null;
    this.app.toast(m.relay_custom_saved({ name: veiled(form.name) }));
    return null;
  }

  /** Switches an own address on or off; its key stays. */
  async turn(custom: CustomTarget): Promise<void> {
    const form = { id: custom.id, name: custom.name, server: custom.server, key: null, on: !custom.on };
    const done = await this.app.call(`relay:turn=${custom.id}`, (b) => b.setRelayTarget(form));
    this.settingsProblem = done.ok ? null : done.problem;
  }

  async forget(custom: CustomTarget): Promise<void> {
    const done = await this.app.call(`relay:forget`, (b) => b.forgetRelayTarget(custom.id));
    this.app.dialog = null;
    this.settingsProblem = done.ok ? null : done.problem;
    if (done.ok) this.app.toast(m.relay_custom_forgotten({ name: veiled(custom.name) }), "trash");
  }

  /** Writes another program's configuration; a problem comes back to the dialog. */
  async export(engine: RelayEngine, targets: RelayTarget[]): Promise<Problem | null> {
    const done = await this.app.call("relay:export", (b) => b.exportRelay(engine, targets));
    if (!done.ok) return done.problem;
    if (!done.value) return null;
    this.app.dialog = null;
    this.app.toast(m.relay_export_saved());
    return null;
  }

  /** Does what the button beside a problem says, when it is about the relay. */
  repair(remedy: Remedy): boolean {
    if (remedy.kind !== "open_relay") return false;
    this.showSettings();
    return true;
  }
}

/** The problem of a run's part; none while there is none. */
export const problemIn = (state: RunState): Problem | null => ("problem" in state ? state.problem : null);
