// One tab has the phone: the browser's own lock, which goes with the tab that held it.
const NAME = "chot-phone";

/** Waits for the phone; `got` when this tab has it, `lost` when another tab has taken it. */
export function holdPhone(mode: "wait" | "steal", got: () => void, lost: () => void, taken: () => void): void {
  if (!("locks" in navigator)) return got();
  void hold(mode, got, lost, taken);
}

async function hold(mode: "wait" | "steal", got: () => void, lost: () => void, taken: () => void): Promise<void> {
  if (mode === "wait") {
    const held = (await navigator.locks.query()).held ?? [];
    if (held.some((each) => each.name === NAME)) taken();
  }
  try {
    await navigator.locks.request(NAME, mode === "steal" ? { steal: true } : {}, () => {
      got();
      return new Promise<void>(() => undefined); // until the tab goes, or another takes it
    });
  } catch {
    lost();
  }
}
