// Replays a recording: both sides drawn above one another, seek by pointer and keys, speed, links to a second (#t=83);
// without one it begins where data-from says.
class Replay extends HTMLElement {
  private audio!: HTMLAudioElement;
  private canvas!: HTMLCanvasElement;
  private peaks: number[] = [];
  private seconds = 0;
  private pauses: [number, number][] = [];
  private readonly left = new AbortController();

  connectedCallback(): void {
    this.audio = this.querySelector("audio") as HTMLAudioElement;
    this.canvas = this.querySelector("canvas") as HTMLCanvasElement;
    this.peaks = (this.dataset["peaks"] ?? "").match(/../g)?.map((each) => parseInt(each, 16)) ?? [];
    this.seconds = Number(this.dataset["ms"]) / 1000;
    this.pauses = (this.dataset["pauses"] ?? "").trim().split(" ").filter(Boolean).map((each) => each.split("-").map(Number) as [number, number]);
    const signal = this.left.signal;
    this.canvas.addEventListener("pointerdown", (event) => this.point(event), { signal });
    this.canvas.addEventListener("pointermove", (event) => event.buttons && this.point(event), { signal });
    this.canvas.addEventListener("keydown", (event) => this.key(event), { signal });
    this.addEventListener("click", (event) => this.press((event.target as HTMLElement).closest("button")), { signal });
    for (const name of ["timeupdate", "seeked", "play"]) this.audio.addEventListener(name, () => this.show(), { signal });
    window.addEventListener("hashchange", () => this.follow(), { signal });
    window.addEventListener("resize", () => this.show(), { signal });
    document.addEventListener("chot:theme", () => this.show(), { signal });
    if (this.dataset["from"]) this.audio.currentTime = Number(this.dataset["from"]);
    this.follow();
    this.show();
  }

  disconnectedCallback(): void {
    this.left.abort();
  }

  private follow(): void {
    const asked = /^#t=(\d+)$/.exec(location.hash);
    if (asked) this.seek(Number(asked[1]));
  }

  private seek(to: number): void {
    this.audio.currentTime = Math.min(Math.max(to, 0), this.seconds);
    this.show();
  }

  private point(event: PointerEvent): void {
    const box = this.canvas.getBoundingClientRect();
    this.seek(((event.clientX - box.left) / box.width) * this.seconds);
  }

  private key(event: KeyboardEvent): void {
    const at = this.audio.currentTime;
    const to: Record<string, number> = { ArrowLeft: at - 5, ArrowRight: at + 5, PageDown: at - 30, PageUp: at + 30, Home: 0, End: this.seconds };
    if (event.key === " ") void (this.audio.paused ? this.audio.play() : this.audio.pause());
    else if (event.key in to) this.seek(to[event.key] ?? at);
    else return;
    event.preventDefault();
  }

  private press(button: HTMLButtonElement | null): void {
    const speed = button?.dataset["speed"];
    if (button && speed) {
      this.audio.playbackRate = Number(speed);
      this.querySelectorAll("[data-speed]").forEach((each) => each.setAttribute("aria-pressed", String(each === button)));
    } else if (button && "link" in button.dataset) {
      const address = new URL(location.href);
      address.hash = `t=${Math.floor(this.audio.currentTime)}`;
      history.replaceState(history.state, "", address);
      void navigator.clipboard?.writeText(address.href).then(() => (button.textContent = button.dataset["done"] ?? ""));
    }
  }

  private show(): void {
    const at = this.audio.currentTime;
    const words = `${clock(at)} / ${clock(this.seconds)}`;
    const output = this.querySelector("output");
    if (output) output.textContent = words;
    this.canvas.setAttribute("aria-valuenow", String(Math.floor(at)));
    this.canvas.setAttribute("aria-valuetext", words);
    const field = document.querySelector<HTMLInputElement>("form.remark [name=at_s]");
    if (field && document.activeElement !== field) field.value = String(Math.floor(at));
    this.draw(this.seconds ? at / this.seconds : 0);
  }

  private draw(played: number): void {
    const pen = this.canvas.getContext("2d");
    const width = this.canvas.clientWidth, height = this.canvas.clientHeight, sharp = devicePixelRatio || 1;
    if (!pen || !width) return;
    this.canvas.width = width * sharp;
    this.canvas.height = height * sharp;
    pen.scale(sharp, sharp);
    const style = getComputedStyle(this), parts = this.peaks.length / 2, half = height / 2;
    for (const side of [0, 1]) {
      pen.fillStyle = style.getPropertyValue(side ? "--leg-agent" : "--leg-customer");
      for (let x = 0; x < width; x += 3) {
        const from = Math.floor((x / width) * parts), to = Math.max(from + 1, Math.floor(((x + 3) / width) * parts));
        const loud = Math.max(...this.peaks.slice(side * parts + from, side * parts + to), 0);
        const tall = Math.max(1, Math.sqrt(loud / 255) * (half - 6)); // speech is quiet most of the time: the root shows it
        pen.globalAlpha = x / width < played ? 1 : 0.45;
        pen.fillRect(x, side * half + (half - tall) / 2, 2, tall);
      }
    }
    for (const [from, to] of this.pauses) this.hatch(pen, (from / 1000 / this.seconds) * width, (to / 1000 / this.seconds) * width, height, style.getPropertyValue("--leg-paused"));
    pen.globalAlpha = 1;
    pen.fillStyle = style.getPropertyValue("--ink");
    pen.fillRect(Math.min(played * width, width - 1), 0, 1, height);
  }

  /** A pause, also one that is too short for the width. */
  private hatch(pen: CanvasRenderingContext2D, from: number, to: number, height: number, colour: string): void {
    const wide = Math.max(to - from, 4);
    pen.save();
    pen.globalAlpha = 0.14;
    pen.fillStyle = pen.strokeStyle = colour;
    pen.fillRect(from, 0, wide, height);
    pen.globalAlpha = 0.8;
    pen.beginPath();
    pen.rect(from, 0, wide, height);
    pen.clip();
    pen.beginPath();
    for (let x = from - height; x < from + wide; x += 7) {
      pen.moveTo(x, height);
      pen.lineTo(x + height, 0);
    }
    pen.stroke();
    pen.restore();
  }
}

function clock(seconds: number): string {
  const whole = Math.floor(seconds), minutes = Math.floor(whole / 60);
  return `${minutes}:${String(whole % 60).padStart(2, "0")}`;
}

customElements.define("chot-replay", Replay);
