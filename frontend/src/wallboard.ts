// <chot-wallboard>: the board's tables as the server sends them, clocks that run, buttons to be in a call, and a full screen for the wall.
import { headers } from "./server";

type Wall = { now: string; board: string };

class Wallboard extends HTMLElement {
  private source: EventSource | undefined;
  private timer: number | undefined;
  private late = 0;
  private agent = "";
  private readonly seen = (): void => (document.hidden ? this.stop() : this.start());
  private readonly key = (event: KeyboardEvent): void => this.pressed(event);
  private readonly screen = (): void => void document.body.classList.toggle("on-the-wall", Boolean(document.fullscreenElement));

  connectedCallback(): void {
    document.addEventListener("visibilitychange", this.seen);
    document.addEventListener("keydown", this.key);
    document.addEventListener("fullscreenchange", this.screen);
    this.addEventListener("click", (event) => this.clicked(event));
    this.dialog.addEventListener("close", () => this.chosen());
    const button = document.querySelector<HTMLButtonElement>("[data-wall-screen]");
    if (button) {
      button.hidden = !document.fullscreenEnabled;
      button.addEventListener("click", () => this.toggleScreen());
    }
    this.timer = window.setInterval(() => this.tick(), 1000);
    this.tick();
    this.seen();
  }

  disconnectedCallback(): void {
    document.removeEventListener("visibilitychange", this.seen);
    document.removeEventListener("keydown", this.key);
    document.removeEventListener("fullscreenchange", this.screen);
    document.body.classList.remove("on-the-wall");
    window.clearInterval(this.timer);
    this.stop();
  }

  private get board(): HTMLElement {
    return this.querySelector("[data-wall-board]") as HTMLElement;
  }

  private get dialog(): HTMLDialogElement {
    return this.querySelector("[data-state-dialog]") as HTMLDialogElement;
  }

  // ---- the stream

  private start(): void {
    this.stop();
    this.source = new EventSource(this.dataset["stream"] ?? "");
    this.source.addEventListener("open", () => this.say(this.dataset["live"], true));
    this.source.addEventListener("wall", (event) => this.show(JSON.parse((event as MessageEvent<string>).data) as Wall));
    this.source.addEventListener("over", () => location.reload()); // signed out, or no longer allowed
    this.source.addEventListener("error", () => {
      this.say(this.dataset["waiting"], false);
      if (this.source?.readyState === EventSource.CLOSED) window.setTimeout(() => this.isConnected && this.start(), 5000);
    });
  }

  private stop(): void {
    this.source?.close();
    this.source = undefined;
  }

  private say(words: string | undefined, live: boolean): void {
    const state = this.querySelector("[data-wall-live]");
    if (!state || !words) return;
    state.textContent = words;
    state.classList.toggle("good", live);
    this.toggleAttribute("data-stale", !live);
  }

  /** Only the pieces that changed are put in, so that the focus stays and nothing flickers. */
  private show(wall: Wall): void {
    this.late = Date.parse(wall.now) - Date.now();
    const fresh = document.createElement("template");
    fresh.innerHTML = wall.board;
    const focus = this.focused();
    this.merge(this.board, fresh.content);
    this.tick();
    if (focus) this.querySelector<HTMLElement>(focus)?.focus();
  }

  private merge(old: ParentNode & Node, fresh: ParentNode & Node): void {
    const [before, after] = [pieces(old), pieces(fresh)];
    const same = before.length === after.length && before.every((each, at) => each.dataset["key"] === after[at]?.dataset["key"]);
    if (!same) return old.replaceChildren(...fresh.childNodes);
    before.forEach((each, at) => {
      const next = after[at] as HTMLElement;
      if (pieces(next).length) return this.merge(each, next);
      if (plain(each) !== plain(next)) each.replaceWith(next);
    });
  }

  private focused(): string {
    const at = document.activeElement as HTMLElement | null;
    if (!at || !this.board.contains(at)) return "";
    const { agent, mode, setState } = at.dataset;
    return setState ? `[data-set-state="${CSS.escape(setState)}"]` : `[data-agent="${CSS.escape(agent ?? "")}"][data-mode="${mode ?? ""}"]`;
  }

  // ---- clocks

  private tick(): void {
    const now = Date.now() + this.late;
    for (const each of this.querySelectorAll<HTMLElement>("[data-since]")) {
      const seconds = Math.max(0, Math.floor((now - Date.parse(each.dataset["since"] ?? "")) / 1000));
      each.textContent = clock(seconds);
      const limit = Number(each.dataset["limit"] ?? 0);
      const over = limit > 0 && seconds > limit;
      (each.closest<HTMLElement>(".wall-desk") ?? each).classList.toggle("over", over);
    }
  }

  // ---- what the leader does

  private clicked(event: MouseEvent): void {
    const button = (event.target as HTMLElement).closest<HTMLButtonElement>("button");
    const { mode, agent, ask, setState, name } = button?.dataset ?? {};
    if (setState) return this.chooseFor(setState, name ?? "");
    if (!mode || !agent || (ask && !window.confirm(ask))) return;
    void this.send(this.dataset["supervise"] ?? "", { agent_id: agent, mode: button?.getAttribute("aria-pressed") === "true" ? "stop" : mode });
  }

  private chooseFor(agent: string, name: string): void {
    this.agent = agent;
    (this.querySelector("[data-state-name]") as HTMLElement).textContent = name;
    this.dialog.returnValue = "";
    this.dialog.showModal();
  }

  private chosen(): void {
    if (this.dialog.returnValue !== "set") return;
    const state = (this.dialog.querySelector("select") as HTMLSelectElement).value;
    void this.send(this.dataset["state"] ?? "", { agent_id: this.agent, state });
  }

  private async send(address: string, what: Record<string, string>): Promise<void> {
    const place = this.querySelector("[data-wall-problem]") as HTMLElement;
    place.hidden = true;
    const answer = await fetch(address, { method: "POST", body: new URLSearchParams(what), headers: headers(), redirect: "error" }).catch(() => undefined);
    if (answer?.ok) return;
    const told = (await answer?.json().catch(() => ({})) ?? {}) as { problem?: string };
    place.textContent = told.problem ?? this.dataset["failed"] ?? "";
    place.hidden = false;
  }

  // ---- the wall

  private toggleScreen(): void {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void document.documentElement.requestFullscreen();
  }

  private pressed(event: KeyboardEvent): void {
    const typing = (event.target as HTMLElement).closest("input, select, textarea, dialog");
    if (event.key !== "f" || typing || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.toggleScreen();
  }
}

/** The keyed pieces just below a node, whatever stands between. */
function pieces(of: ParentNode): HTMLElement[] {
  return [...of.querySelectorAll<HTMLElement>("[data-key]")].filter((each) => {
    const above = each.parentElement?.closest<HTMLElement>("[data-key]");
    return !above || above === of || !(of as Node).contains(above);
  });
}

/** A piece without what its clocks say. */
function plain(piece: HTMLElement): string {
  const copy = piece.cloneNode(true) as HTMLElement;
  copy.classList.remove("over");
  copy.querySelectorAll(".over").forEach((each) => each.classList.remove("over"));
  copy.querySelectorAll("[data-since]").forEach((each) => (each.textContent = ""));
  copy.querySelectorAll('[class=""]').forEach((each) => each.removeAttribute("class"));
  return copy.outerHTML;
}

function clock(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  const rest = String(seconds % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

customElements.define("chot-wallboard", Wallboard);
