// <chot-pause>: pauses the recording while a card number is said. What it shows is what the exchange has said, also after a reload.
import { headers } from "./server";

type Recorded = { id: string; answered: string; paused: string; paused_until: string; pause_failed: string; refused: string; untold: string };

const ANSWER_MS = 6000; // the exchange needs milliseconds

class Pause extends HTMLElement {
  private call: Recorded | undefined;
  private asked: { on: boolean; at: number } | undefined;
  private trouble = false;
  private seen = ""; // the failure that has been answered with another press
  private started = false;

  connectedCallback(): void {
    if (this.started) return;
    this.started = true;
    document.addEventListener("chot:desk", (event) => this.know((event as CustomEvent<{ call: Recorded | null }>).detail.call ?? undefined));
    this.button.addEventListener("click", () => void this.press());
    document.addEventListener("keydown", (event) => {
      if (event.code !== "KeyP" || !event.altKey || event.ctrlKey || event.metaKey || !this.button.checkVisibility()) return;
      event.preventDefault();
      if (!event.repeat) void this.press();
    });
    window.setInterval(() => this.show(), 1000);
  }

  private get button(): HTMLButtonElement {
    return this.querySelector("button") as HTMLButtonElement;
  }

  private know(call: Recorded | undefined): void {
    if (call?.id !== this.call?.id) this.seen = "";
    if (call?.id !== this.call?.id || call?.paused !== this.call?.paused || call?.pause_failed !== this.call?.pause_failed) {
      this.asked = undefined;
      this.trouble = false;
    }
    this.call = call;
    this.show();
  }

  private async press(): Promise<void> {
    const call = this.call;
    if (!call || this.asked) return;
    const on = !call.paused;
    this.asked = { on, at: performance.now() };
    this.trouble = false;
    this.seen = call.pause_failed;
    this.show();
    const address = `${this.dataset["calls"] ?? ""}/${encodeURIComponent(call.id)}/${on ? "pause_recording" : "resume_recording"}`;
    const done = await fetch(address, { method: "POST", headers: headers(), credentials: "same-origin", redirect: "error" }).then((each) => each.ok, () => false);
    if (!done) this.fail();
  }

  private fail(): void {
    this.asked = undefined;
    this.trouble = true;
    this.show();
  }

  private show(): void {
    if (this.asked && performance.now() - this.asked.at > ANSWER_MS) return this.fail();
    const call = this.call, button = this.button, paused = Boolean(call?.paused);
    this.hidden = !call?.answered;
    const none = call?.refused ? "refused" : call?.untold ? "untold" : ""; // there is no recording to pause
    button.hidden = Boolean(none);
    button.disabled = Boolean(this.asked);
    button.setAttribute("aria-pressed", String(paused));
    const left = Math.max(0, Math.ceil((Date.parse(call?.paused_until ?? "") - Date.now()) / 1000));
    const words = this.asked ? (this.asked.on ? "pausing" : "resuming") : paused ? "resume" : "pause";
    button.textContent = (this.dataset[words] ?? "").replace("{left}", `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`);
    const failed = this.trouble || Boolean(call?.pause_failed && call.pause_failed !== this.seen);
    const told = none || (failed ? (paused ? "stuck" : "failed") : paused ? "paused" : "");
    const place = this.closest("chot-phone")?.querySelector<HTMLElement>(".phone-pause");
    if (!place) return;
    place.hidden = this.hidden || !told;
    place.classList.toggle("bad", (failed && !none) || none === "untold");
    const text = this.dataset[told] ?? "";
    if (place.textContent !== text) place.textContent = text; // read out once
  }
}

customElements.define("chot-pause", Pause);
