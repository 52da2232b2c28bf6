// A leader's phone beside a colleague's call: how it is in it, and the buttons for another way.
export type Watched = { call: string; agent: string; name: string; mode: string; since: string; may: string[] };

export class WatchPanel {
  private watched: Watched | undefined;

  constructor(private readonly phone: HTMLElement, private readonly said: Record<string, string>, send: (what: Record<string, string>) => void) {
    phone.addEventListener("click", (event) => {
      const button = (event.target as HTMLElement).closest<HTMLButtonElement>("button[data-watch]");
      const { watch, ask } = button?.dataset ?? {};
      if (!watch || !this.watched || (ask && !window.confirm(ask))) return;
      send({ agent_id: this.watched.agent, mode: watch });
    });
  }

  /** What the phone says of it. */
  get words(): string {
    return this.said[`watch_${this.watched?.mode ?? "listen"}`] ?? "";
  }

  show(watched: Watched | undefined, on: boolean): void {
    this.watched = watched;
    (this.phone.querySelector(".phone-watch") as HTMLElement).hidden = !on || !watched;
    for (const each of this.phone.querySelectorAll<HTMLButtonElement>("[data-watch]")) {
      const mode = each.dataset["watch"] ?? "";
      each.hidden = !watched?.may.includes(mode);
      each.setAttribute("aria-pressed", String(watched?.mode === mode));
    }
  }
}
