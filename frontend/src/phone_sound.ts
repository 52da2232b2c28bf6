// Microphone and speaker of the phone: which, whether the browser allows them, and how good the line is.
import { watchQuality, type Quality } from "./line_quality";
import type { Line } from "./phone_line";

const QUALITY_MS = 3000;
type Speaker = HTMLAudioElement & { setSinkId?: (id: string) => Promise<void> };

/** What stands between the page and a microphone before it is asked for: a word to say and the button that helps. */
export async function microphoneTrouble(): Promise<{ word: string; button?: string } | undefined> {
  if (!navigator.mediaDevices) return { word: "insecure" };
  const state = await navigator.permissions.query({ name: "microphone" as PermissionName }).then((each) => each.state, () => "prompt");
  if (state === "denied") return { word: "no_mic", button: "again" };
  return state === "prompt" ? { word: "ask_mic", button: "allow" } : undefined;
}

export class Sound {
  private heard: (() => Promise<Quality | undefined>) | undefined;
  private from: RTCPeerConnection | undefined;

  constructor(private readonly phone: HTMLElement, private readonly words: Record<string, string>, private readonly line: () => Line | undefined) {
    window.setInterval(() => void this.showQuality(), QUALITY_MS);
  }

  /** A new line is heard through the speaker that was chosen; the microphone for it. */
  begin(): string {
    this.useSpeaker();
    return localStorage.getItem("chot-microphone") ?? "";
  }

  /** Asks the browser for the microphone; the word for what is in the way. */
  async allow(): Promise<string> {
    if (!navigator.mediaDevices) return "insecure";
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      stream.getTracks().forEach((each) => each.stop());
      return "";
    } catch (error) {
      return error instanceof DOMException && error.name === "NotFoundError" ? "no_device" : "no_mic";
    }
  }

  async show(): Promise<void> {
    if (!navigator.mediaDevices) return;
    const found = await navigator.mediaDevices.enumerateDevices();
    this.fill("microphone", found.filter((each) => each.kind === "audioinput"));
    this.fill("speaker", found.filter((each) => each.kind === "audiooutput"));
  }

  private fill(name: string, devices: MediaDeviceInfo[]): void {
    const list = this.phone.querySelector(`select[name=${name}]`) as HTMLSelectElement;
    const named = devices.filter((each) => each.deviceId && each.deviceId !== "default");
    list.replaceChildren(
      new Option(this.words["standard"], ""),
      ...named.map((each, at) => new Option(each.label || `${this.words[name] ?? ""} ${at + 1}`, each.deviceId)),
    );
    list.value = localStorage.getItem(`chot-${name}`) ?? "";
    if (list.selectedIndex < 0) list.value = "";
    list.onchange = () => {
      localStorage.setItem(`chot-${name}`, list.value);
      if (name === "microphone") void this.line()?.speakThrough(list.value);
      else this.useSpeaker();
    };
  }

  private useSpeaker(): void {
    const voice = this.phone.querySelector(".phone-voice") as Speaker;
    void voice.setSinkId?.(localStorage.getItem("chot-speaker") ?? "").catch(() => localStorage.removeItem("chot-speaker"));
  }

  // ---- quality

  /** Measure this connection from now on; nothing without one. */
  measure(connection: RTCPeerConnection | undefined): void {
    if (connection === this.from) return;
    this.from = connection;
    this.heard = connection && watchQuality(connection);
    if (!connection) this.quality.hidden = true;
  }

  private get quality(): HTMLElement {
    return this.phone.querySelector(".phone-quality") as HTMLElement;
  }

  private async showQuality(): Promise<void> {
    const heard = await this.heard?.().catch(() => undefined);
    const place = this.quality;
    place.hidden = !heard;
    if (!heard) return;
    const figures = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
    place.dataset["quality"] = heard.word;
    place.title = (this.words["quality"] ?? "").replace("{word}", this.words[heard.word] ?? "").replace("{mos}", figures.format(heard.mos))
      .replace("{loss}", figures.format(heard.loss)).replace("{jitter}", figures.format(heard.jitter));
    place.textContent = `${this.words[heard.word] ?? ""} ${figures.format(heard.mos)}`;
  }
}
