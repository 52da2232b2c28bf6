// <chot-live>: keeps the board's cells at what the server says; where no stream gets through, it asks now and then.
type News = { cells: Record<string, string>; rows: boolean };

const POLL_MS = 30_000;
const PATIENCE = 4; // failures in a row before it asks instead

class Live extends HTMLElement {
  private source: EventSource | undefined;
  private timer: number | undefined;
  private failures = 0;
  private readonly seen = (): void => (document.hidden ? this.stop() : this.start());

  connectedCallback(): void {
    document.addEventListener("visibilitychange", this.seen);
    this.seen();
  }

  disconnectedCallback(): void {
    document.removeEventListener("visibilitychange", this.seen);
    this.stop();
  }

  private start(): void {
    this.stop();
    const url = this.dataset["stream"];
    if (!url || !("EventSource" in window)) return this.poll();
    this.source = new EventSource(url);
    this.source.addEventListener("open", () => {
      this.failures = 0;
      this.say(this.dataset["live"]);
    });
    this.source.addEventListener("board", (event) => this.show(JSON.parse((event as MessageEvent<string>).data) as News));
    this.source.addEventListener("over", () => location.reload()); // signed out, or no longer allowed
    this.source.addEventListener("error", () => {
      this.say(this.dataset["waiting"]);
      this.failures += 1;
      if (this.failures >= PATIENCE || this.source?.readyState === EventSource.CLOSED) this.poll();
    });
  }

  private stop(): void {
    this.source?.close();
    this.source = undefined;
    window.clearInterval(this.timer);
  }

  private poll(): void {
    this.stop();
    this.say(this.dataset["polling"]);
    this.timer = window.setInterval(() => this.refresh(), POLL_MS);
  }

  private refresh(): void {
    this.querySelector(".tables")?.dispatchEvent(new Event("chot:refresh"));
  }

  private show(news: News): void {
    let unknown = news.rows;
    for (const [name, words] of Object.entries(news.cells)) {
      const cell = this.querySelector(`[data-cell="${CSS.escape(name)}"]`);
      if (!cell) unknown = true;
      else if (cell.textContent !== words) {
        cell.textContent = words;
        cell.classList.add("news");
        window.setTimeout(() => cell.classList.remove("news"), 2000);
      }
    }
    if (unknown) this.refresh();
  }

  private say(words: string | undefined): void {
    const state = this.querySelector(".state");
    if (state && words) state.textContent = words;
  }
}

customElements.define("chot-live", Live);
