// The outcome form above the phone: it opens by itself when a wrap-up begins, and says how long that may last.
import htmx from "htmx.org";

export type WrapUp = { call: string; url: string; until: string };

export class OutcomePanel {
  private wrapUp: WrapUp | undefined;
  private shown = "";

  constructor(private readonly phone: HTMLElement, private readonly words: Record<string, string>, private readonly shut: () => void) {}

  private get place(): HTMLElement {
    return this.phone.querySelector(".phone-outcome") as HTMLElement;
  }

  /** Opens the form at that address, or closes it when it is open. */
  toggle(url: string): void {
    if (!url || (!this.place.hidden && this.place.dataset["url"] === url)) this.hide();
    else this.show(url);
  }

  private show(url: string): void {
    this.shut();
    this.place.dataset["url"] = url;
    this.place.hidden = false;
    void htmx.ajax("get", url, { target: this.place, swap: "innerHTML" });
  }

  hide(): void {
    this.place.hidden = true;
    this.place.dataset["url"] = "";
    this.place.replaceChildren();
  }

  /** The wrap-up that runs now, if one does: its form opens once, and goes with it. */
  wrap(wrapUp: WrapUp | undefined, busy: boolean): void {
    this.wrapUp = wrapUp;
    (this.phone.querySelector('.phone-idle [data-do="note"]') as HTMLElement).hidden = !wrapUp;
    const call = wrapUp?.call ?? "";
    if (busy) return;
    if (wrapUp && call !== this.shown && !location.pathname.endsWith(`${call}/outcome`)) this.show(wrapUp.url);
    if (!wrapUp && this.shown) this.hide();
    this.shown = call;
  }

  tick(): void {
    const until = this.wrapUp?.until ?? "";
    const left = until ? Math.max(0, Math.ceil((Date.parse(until) - Date.now()) / 1000)) : 0;
    const place = this.phone.querySelector(".phone-wrap") as HTMLElement;
    place.hidden = !until;
    place.textContent = until ? (this.words["left"] ?? "").replace("{seconds}", String(left)) : "";
  }
}

/** The call is over for this phone: its wrap-up begins as soon as the exchange has told the server, too. */
export function tellEnded(address: string, headers: () => Record<string, string>): void {
  const tell = async (attempt: number): Promise<void> => {
    const answer = await fetch(address, { method: "POST", headers: headers() }).catch(() => undefined);
    if ((!answer || answer.status === 202) && attempt < 8) window.setTimeout(() => void tell(attempt + 1), 300 * attempt);
  };
  void tell(1);
}
