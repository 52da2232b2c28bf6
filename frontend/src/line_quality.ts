// How well a call is heard, from what both ends count of its packets.
export type Quality = { mos: number; loss: number; jitter: number; word: "good" | "fair" | "poor" };
type Counts = { received: number; lost: number };

/** Mean opinion score by the E-model of ITU-T G.107 in its short form: loss in percent, times in ms. */
export function mos(loss: number, jitter: number, roundTrip: number): number {
  const delay = roundTrip / 2 + jitter * 2 + 10;
  const r = 93.2 - (delay < 160 ? delay / 40 : (delay - 120) / 10) - loss * 2.5;
  if (r <= 0) return 1;
  return Math.min(4.5, Math.max(1, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6));
}

/** Watches one connection; each call of the function it returns tells of the time since the call before. */
export function watchQuality(connection: RTCPeerConnection): () => Promise<Quality | undefined> {
  let before: Counts = { received: 0, lost: 0 };
  return async () => {
    let now: Counts | undefined;
    let jitter = 0;
    let roundTrip = 0;
    let theirs = 0;
    for (const each of (await connection.getStats()).values() as Iterable<Record<string, unknown>>) {
      if (each["type"] === "inbound-rtp" && each["kind"] === "audio") {
        now = { received: Number(each["packetsReceived"] ?? 0), lost: Number(each["packetsLost"] ?? 0) };
        jitter = Number(each["jitter"] ?? 0) * 1000;
      } else if (each["type"] === "remote-inbound-rtp") {
        roundTrip = Number(each["roundTripTime"] ?? 0) * 1000;
        theirs = Number(each["fractionLost"] ?? 0) * 100;
      }
    }
    if (!now) return undefined;
    const [received, lost] = [now.received - before.received, Math.max(0, now.lost - before.lost)];
    before = now;
    if (received + lost <= 0) return undefined;
    const loss = Math.max((100 * lost) / (received + lost), theirs);
    const score = mos(loss, jitter, roundTrip);
    return { mos: score, loss, jitter, word: score >= 4 ? "good" : score >= 3.3 ? "fair" : "poor" };
  };
}
