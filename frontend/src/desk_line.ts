// The desk phone of an agent, as the server tells of it: it is lifted and muted by hand, all else is wished for in the page.
import type { Ear, Leg, Line } from "./phone_line";

/** What the server says of a desk, as far as a desk phone's line is concerned. */
export type Told = {
  call: { id: string; direction: string; rings: boolean } | null;
  watch: { call: string } | null;
  ear: { used: string; online: boolean } | null;
};

export class DeskLine implements Line {
  readonly desk = true;
  readonly muted = false;
  leg: Leg | undefined;
  private online: boolean | undefined;

  constructor(private readonly ear: Ear, private readonly wish: (name: string, more?: Record<string, string>) => void) {}

  follow(told: Told): void {
    const online = Boolean(told.ear?.online);
    if (online !== this.online) {
      this.online = online;
      this.ear.state(online ? "online" : "lost", 0);
    }
    const before = this.leg, now = legOf(told);
    this.leg = now;
    if (now?.id !== before?.id || now?.up !== before?.up || now?.watch !== before?.watch) this.ear.call();
  }

  abandon(): void {
    this.leg = undefined;
  }

  hangUp(): void {
    this.wish(this.leg?.watch ? "stop" : "hang_up");
  }

  press(key: string): void {
    this.wish("press", { to: key });
  }

  start(): void {}
  register(): void {}
  mute(): void {}
  async answer(): Promise<void> {}
  async speakThrough(): Promise<void> {}
}

function legOf({ call, watch }: Told): Leg | undefined {
  if (call) return { id: call.id, up: !call.rings, atOnce: call.direction === "out", watch: false };
  return watch ? { id: watch.call, up: true, atOnce: true, watch: true } : undefined;
}
