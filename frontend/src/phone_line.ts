// The phone of an agent on the exchange: registers over a WebSocket, answers, and says what happens. No page in here.
import * as JsSIP from "jssip";
import type { RTCSession } from "jssip/lib/RTCSession";

export type LineState = "connecting" | "online" | "lost" | "refused";
export type Ear = {
  state: (state: LineState, code: number) => void;
  call: () => void;
  voice: (stream: MediaStream | null) => void;
  media: (reason: string) => void;
};
type Account = { name: string; password: string; exchange: string };

/** One call of a phone; `id` is the exchange's name for it. With `watch` the phone is beside a call of a colleague. */
export type Leg = { id: string; up: boolean; atOnce: boolean; watch: boolean; connection?: RTCPeerConnection };

/** A phone of the agent: in this page, or (`desk`) on the desk. */
export interface Line {
  readonly desk: boolean;
  readonly leg: Leg | undefined;
  readonly muted: boolean;
  start(): void;
  abandon(): void;
  register(): void;
  answer(): Promise<void>;
  hangUp(): void;
  press(key: string): void;
  mute(on: boolean): void;
  speakThrough(device: string): Promise<void>;
}

type PageLeg = Leg & { session: RTCSession; answering?: boolean };

export class PhoneLine implements Line {
  readonly desk = false;
  leg: PageLeg | undefined;
  microphone = "";
  private readonly ua: JsSIP.UA;

  constructor(account: Account, private readonly ear: Ear) {
    const socket = new JsSIP.WebSocketInterface(account.exchange);
    this.ua = new JsSIP.UA({
      sockets: [socket], uri: `sip:${account.name}@chot`, password: account.password, register: true, register_expires: 120, session_timers: false,
      connection_recovery_min_interval: 1, connection_recovery_max_interval: 8, user_agent: "Chot",
    });
    this.ua.on("connecting", () => ear.state("connecting", 0));
    this.ua.on("registered", () => ear.state("online", 0));
    this.ua.on("registrationFailed", (event) => ear.state("refused", event.response?.status_code ?? 0));
    this.ua.on("disconnected", () => ear.state("lost", 0));
    this.ua.on("newRTCSession", (event: { session: RTCSession; originator: string; request: unknown }) => {
      if (event.originator === "remote") this.rung(event.session, event.request as { getHeader: (name: string) => string | undefined });
    });
  }

  start(): void {
    this.ua.start();
  }

  /** Leaves without a word to the exchange: a call that goes on is taken up again by the next phone of this agent. */
  abandon(): void {
    this.leg?.session.connection?.close();
    this.leg = undefined;
    this.ear.voice(null);
    (this.ua as unknown as { _transport?: { disconnect: () => void } })._transport?.disconnect();
  }

  register(): void {
    if (this.ua.isConnected()) this.ua.register();
  }

  async answer(): Promise<void> {
    const leg = this.leg;
    if (!leg || leg.up || leg.answering || leg.session.isEnded()) return;
    leg.answering = true;
    const audio: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    const there = this.microphone ? await navigator.mediaDevices?.enumerateDevices().catch(() => []) : [];
    if (there?.some((each) => each.deviceId === this.microphone)) audio.deviceId = { exact: this.microphone }; // a wish alone is not always heard
    if (this.leg !== leg || leg.session.isEnded()) return;
    leg.session.answer({ mediaConstraints: { audio, video: false }, pcConfig: { iceServers: [] } });
  }

  hangUp(): void {
    const session = this.leg?.session;
    if (session && !session.isEnded()) session.terminate();
  }

  press(key: string): void {
    this.leg?.session.sendDTMF(key, { transportType: "RFC2833" as never, duration: 120 });
  }

  mute(on: boolean): void {
    if (on) this.leg?.session.mute({ audio: true });
    else this.leg?.session.unmute({ audio: true });
  }

  get muted(): boolean {
    return this.leg?.session.isMuted().audio ?? false;
  }

  /** Speaks through another microphone from now on. */
  async speakThrough(device: string): Promise<void> {
    this.microphone = device;
    const sender = this.leg?.session.connection?.getSenders().find((each) => each.track?.kind === "audio");
    if (!sender) return;
    const stream = await navigator.mediaDevices.getUserMedia({ audio: device ? { deviceId: { exact: device } } : true });
    const [track] = stream.getAudioTracks();
    if (!track) return;
    track.enabled = !this.muted;
    sender.track?.stop();
    await sender.replaceTrack(track);
  }

  private rung(session: RTCSession, request: { getHeader: (name: string) => string | undefined }): void {
    const id = request.getHeader("X-Call") ?? "";
    const before = this.leg;
    if (before?.up && before.id !== id && !before.watch) return session.terminate({ status_code: 486 }); // busy with another call
    const leg: PageLeg = { id, session, up: false, atOnce: request.getHeader("X-Answer") === "at-once", watch: Boolean(request.getHeader("X-Watch")) };
    this.leg = leg;
    const over = (): void => {
      if (this.leg !== leg) return;
      this.leg = undefined;
      this.ear.voice(null);
      this.ear.call();
    };
    session.on("accepted", () => {
      leg.up = true;
      this.ear.call();
    });
    session.on("peerconnection", ({ peerconnection }) => {
      leg.connection = peerconnection;
      peerconnection.addEventListener("track", (event) => this.leg === leg && this.ear.voice(event.streams[0] ?? new MediaStream([event.track])));
    });
    session.on("icecandidate", ({ candidate, ready }) => {
      if (candidate.type === "host" || candidate.type === "srflx") window.setTimeout(ready, 80); // the others add seconds and nothing else
    });
    session.on("getusermediafailed", (error: unknown) => this.ear.media(error instanceof DOMException ? error.name : ""));
    session.on("ended", over);
    session.on("failed", over);
    if (before && !before.session.isEnded()) before.session.terminate(); // the same call, taken up again
    this.ear.call();
    if (leg.atOnce) void this.answer();
  }
}
