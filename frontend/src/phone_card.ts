// Who is on the line: a card above the bar, or on the desk where the page has a place for it.
import htmx from "htmx.org";
import { refresh } from "./staying";

export function showCard(phone: HTMLElement, call: { id: string; card: string } | undefined): void {
  const own = phone.querySelector(".phone-card") as HTMLElement;
  const desk = document.querySelector<HTMLElement>("#on-the-line");
  const place = desk ?? own;
  own.hidden = !call || place !== own;
  if (!call) {
    own.replaceChildren();
    own.dataset["call"] = "";
    if (desk?.dataset["call"]) desk.dataset["over"] = "true"; // the desk's card stays until the page is fresh, and says so
    return;
  }
  if (place.dataset["call"] === call.id) return;
  place.dataset["call"] = call.id;
  delete place.dataset["over"];
  void htmx.ajax("get", call.card, { target: place, swap: "innerHTML" });
}

/** The desk shows its lists anew after these times, unless a call is on or something is being typed. */
export function freshenDesk(phone: HTMLElement, ...after_ms: number[]): void {
  for (const wait of after_ms) {
    window.setTimeout(() => {
      const free = phone.dataset["busy"] !== "true" && !document.activeElement?.closest("main form");
      if (free && document.querySelector("#on-the-line")) refresh();
    }, wait);
  }
}
