import type { Backend, EncoderForm, EncoderFound, Problem, PushExport, RoomId } from "../ipc/backend";
import { m } from "../paraglide/messages.js";
import type { App, Called } from "./app.svelte";
import type { Remedy } from "./problems";

/** What the window asks of OBS, and what came of it; how OBS is doing stands in the model. */
export class Encoder {
  /** What the last call failed with; the program's own word on an action stands in its view. */
  callProblem = $state.raw<Problem | null>(null);
  /** What looking for it found; none before that, and when it is connected. */
  found = $state.raw<EncoderFound | null>(null);
  /** The first connection was asked for: once it stands, OBS goes with the rooms until told otherwise. */
  fresh = $state(false);
  /** The run whose rooms are to stay on air although OBS failed. */
  keptRun = $state<number | null>(null);

  constructor(private readonly app: App) {}

  /** What went wrong with the last thing asked of it. */
  get problem(): Problem | null {
    return this.app.model.encoder.problem ?? this.callProblem;
  }

  /** Now, where something of it is told that moves with time; else 0, so that nothing hangs on the clock. */
  get now(): number {
    const { link, streaming } = this.app.model.encoder;
    return streaming || link.kind === "broken" ? this.app.clock.now : 0;
  }

  /** It streams, and not to the room that waits for it. */
  get astray(): boolean {
    return this.app.model.alarms.some((a) => a.kind.kind === "other_key");
  }

  /** It holds another key than this room's, which waits for its video; an alarm says so. */
  astrayFrom(room: RoomId): boolean {
    return this.app.model.alarms.some((a) => a.kind.kind === "other_key" && a.room === room);
  }

  /** An alarm over the window has the filled button that would mend it. */
  get alarmed(): boolean {
    return this.app.model.alarms.some((a) => a.kind.kind === "encoder_lost" && !a.seen);
  }

  get connected(): boolean {
    return this.app.model.encoder.link.kind === "connected";
  }

  /** A call under a name of its own is out, or the program is at something with it. */
  get busy(): boolean {
    return this.app.model.encoder.busy !== null || [...this.app.busy].some((b) => b.startsWith("encoder:"));
  }

  async #ask<T>(name: string, make: (backend: Backend) => Promise<T>): Promise<Called<T>> {
    this.callProblem = null;
    const done = await this.app.call(`encoder:${name}`, make);
    if (!done.ok) this.callProblem = done.problem;
    return done;
  }

  /** Looks for it on this computer; the streamer has agreed. */
  async find(): Promise<void> {
    const first = this.app.model.encoder.address === null;
    const done = await this.#ask("find", (b) => b.findEncoder());
    this.found = done.ok && done.value !== "ready" ? done.value : null;
    if (done.ok && done.value === "ready") this.fresh = first;
  }

  /** Connects; true when the program took the form, whatever becomes of the connection. */
  async connect(form: EncoderForm): Promise<boolean> {
    const first = this.app.model.encoder.address === null;
    const done = await this.#ask("connect", (b) => b.connectEncoder(form));
    if (done.ok) {
      this.fresh = first;
      this.found = null;
    }
    return done.ok;
  }

  /** Connects once more with what is kept. */
  async connectAgain(): Promise<void> {
    const { address } = this.app.model.encoder;
    if (address) await this.connect({ ...address, password: null, insist: true });
    else this.app.showEncoder();
  }

  async forget(): Promise<void> {
    const done = await this.#ask("forget", (b) => b.forgetEncoder());
    this.app.dialog = null;
    this.found = null;
    if (done.ok) this.app.toast(m.encoder_forgotten(), "trash");
  }

  /** Once the first connection stands: OBS goes with the rooms. */
  settle(): void {
    const { address } = this.app.model.encoder;
    if (!this.fresh || !this.connected || !address) return;
    this.fresh = false;
    void this.app.prefer({ encoder: address, with_encoder: true });
  }

  /** Is it set to what gives the room its video: the room's own address, or the relay's? */
  setTo(room: RoomId): boolean {
    const { encoder } = this.app.model;
    return this.app.relay.feeds(room) ? encoder.relay : encoder.room === room;
  }

  /** Sends what the room gets its video by: its own address, or the relay's. */
  async send(room: RoomId): Promise<boolean> {
    const relayed = this.app.relay.feeds(room);
    const done = await this.#ask("send", (b) => (relayed ? b.sendRelayToEncoder() : b.sendToEncoder(room)));
    if (done.ok) this.app.toast(m.encoder_sent());
    return done.ok;
  }

  async restore(): Promise<void> {
    const done = await this.#ask("restore", (b) => b.restoreEncoder());
    if (done.ok) this.app.toast(m.encoder_restored(), "undo");
  }

  async start(): Promise<boolean> {
    return (await this.#ask("start", (b) => b.startEncoder())).ok;
  }

  async stop(): Promise<boolean> {
    this.app.dialog = null;
    return (await this.#ask("stop", (b) => b.stopEncoder())).ok;
  }

  /** Starts it for a room, whose address it gets first where it has another. */
  async startFor(room: RoomId): Promise<void> {
    if (this.setTo(room) || (await this.send(room))) await this.start();
  }

  /** Sends a room's address to an OBS that streams: it is stopped for that, and started again. */
  async resend(room: RoomId): Promise<void> {
    this.app.dialog = null;
    const { streaming } = this.app.model.encoder;
    if (streaming && !(await this.stop())) return;
    if ((await this.send(room)) && streaming) await this.start();
  }

  /** Hands push addresses to another program; a problem comes back to the dialog. */
  async export(rooms: RoomId[], format: PushExport): Promise<Problem | null> {
    const done = await this.app.call("export", (b) => b.exportPush(rooms, format));
    if (!done.ok) return done.problem;
    if (!done.value) return null;
    this.app.dialog = null;
    this.app.toast(format === "obs_multi_rtmp" ? m.export_saved() : m.export_copied());
    return null;
  }

  async seen(alarm: number): Promise<void> {
    await this.app.call(`alarm:${alarm}`, (b) => b.alarmSeen(alarm));
  }

  /** Does what the button beside a problem says, when it is about OBS. */
  repair(remedy: Remedy, room: RoomId | null = null): boolean {
    switch (remedy.kind) {
      case "connect_encoder":
        void this.connectAgain();
        return true;
      case "open_encoder":
        this.app.showEncoder();
        return true;
      case "stop_encoder":
        this.app.dialog = { kind: "encoder_stop" };
        return true;
      case "send_encoder":
        if (room === null) this.app.showEncoder();
        else void this.send(room);
        return true;
      default:
        return false;
    }
  }

  /** Rooms of these that it could push to, in their order. */
  pushable(rooms: readonly RoomId[]): RoomId[] {
    return rooms.filter((id) => this.app.info(this.app.model.room(id))?.abilities.push);
  }

  /** The room that it starts for when these go live; none leaves it alone. */
  roomFor(rooms: readonly RoomId[]): RoomId | null {
    const { encoder, preferences } = this.app.model;
    if (!preferences.with_encoder || !this.connected || encoder.streaming) return null;
    const able = this.pushable(rooms);
    return able.find((id) => id === this.app.tonight.encoderRoom) ?? able[0] ?? null;
  }

  /** The same for rooms of a run that are tried again: only the room it was meant for brings it along. */
  roomForAgain(rooms: readonly RoomId[]): RoomId | null {
    const meant = this.app.model.runs.findLast((r) => r.going_live && r.encoder)?.encoder?.room ?? null;
    return meant !== null && rooms.includes(meant) && this.connected && !this.app.model.encoder.streaming
      ? meant
      : null;
  }

  /** Can it be stopped along with these rooms? Not while it pushes to another that stays on air. */
  stopsWith(rooms: readonly RoomId[]): boolean {
    const { encoder } = this.app.model;
    if (!this.connected || !encoder.streaming) return false;
    if (encoder.relay) return !this.app.relay.outlives(rooms) && rooms.some((r) => this.app.relay.feeds(r));
    if (encoder.room !== null && rooms.includes(encoder.room)) return true;
    return this.app.model.onAir.every((r) => rooms.includes(r.id));
  }
}
