// The sound of a phone that rings, made here: 425 Hz, one second of four.
let context: AudioContext | undefined;
let timer: number | undefined;

function unlock(): void {
  context ??= new AudioContext();
  if (context.state === "suspended") void context.resume();
}
// browsers let a page sound only after the person has done something on it
for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, unlock, { once: true, capture: true });

function ring(): void {
  if (context?.state !== "running") return;
  const tone = new OscillatorNode(context, { frequency: 425 });
  const loudness = new GainNode(context, { gain: 0 });
  const at = context.currentTime;
  loudness.gain.setTargetAtTime(0.18, at, 0.02);
  loudness.gain.setTargetAtTime(0, at + 1, 0.02);
  tone.connect(loudness).connect(context.destination);
  tone.start(at);
  tone.stop(at + 1.3);
}

export function startRinging(): void {
  if (timer !== undefined) return;
  ring();
  timer = window.setInterval(ring, 4000);
}

export function stopRinging(): void {
  window.clearInterval(timer);
  timer = undefined;
}
