// To whom a call is handed over: one field that searches colleagues, queues and numbers, as a combobox with its list.
import { openPanel } from "./phone_buttons";

type Place = { to: string; words: string; detail: string; kind: string };

const PAUSE_MS = 120;

export class HandOver {
  private places: Place[] = [];
  private at = 0;
  private asked = 0;
  private later: number | undefined;

  constructor(private readonly phone: HTMLElement, private readonly words: Record<string, string>, private readonly send: (wish: string, what: Record<string, string>) => void) {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.choose((event.submitter as HTMLButtonElement).value);
    });
    this.field.addEventListener("input", () => {
      window.clearTimeout(this.later);
      this.later = window.setTimeout(() => void this.look(), PAUSE_MS);
    });
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
    this.list.addEventListener("click", (event) => {
      const option = (event.target as HTMLElement).closest<HTMLElement>("[role=option]");
      if (option) this.move([...this.list.children].indexOf(option));
    });
  }

  private get form(): HTMLFormElement {
    return this.phone.querySelector(".phone-over") as HTMLFormElement;
  }

  private get field(): HTMLInputElement {
    return this.form.querySelector("[name=to]") as HTMLInputElement;
  }

  private get list(): HTMLElement {
    return this.form.querySelector("[role=listbox]") as HTMLElement;
  }

  /** The panel was opened: an empty field, and everybody who can be reached now. */
  async open(): Promise<void> {
    this.field.value = "";
    await this.look();
    this.field.focus();
  }

  private async look(): Promise<void> {
    const asked = ++this.asked;
    const address = `${this.phone.dataset["places"] ?? ""}?q=${encodeURIComponent(this.field.value)}`;
    const answer = await fetch(address).then((each) => each.json(), () => ({ places: [] })) as { places: Place[] };
    if (asked !== this.asked) return; // something newer was typed
    this.places = answer.places;
    const nothing = this.form.querySelector(".phone-none") as HTMLElement;
    nothing.hidden = this.places.length > 0;
    nothing.textContent = this.words[this.field.value ? "nothing" : "nobody"] ?? "";
    this.list.replaceChildren(...this.places.map((place, at) => this.option(place, at)));
    this.move(0);
  }

  private option(place: Place, at: number): HTMLElement {
    const made = document.createElement("li");
    made.id = `phone-place-${at}`;
    made.setAttribute("role", "option");
    made.dataset["to"] = place.to;
    made.dataset["kind"] = place.kind;
    const [words, detail] = [document.createElement("span"), document.createElement("small")];
    words.textContent = place.words;
    detail.textContent = place.detail;
    made.append(words, detail);
    return made;
  }

  private move(at: number): void {
    this.at = Math.max(0, Math.min(at, this.places.length - 1));
    [...this.list.children].forEach((each, place) => each.setAttribute("aria-selected", String(place === this.at)));
    const chosen = this.list.children[this.at];
    this.field.setAttribute("aria-activedescendant", chosen?.id ?? "");
    chosen?.scrollIntoView({ block: "nearest" });
    const place = this.places[this.at];
    this.button("transfer").disabled = !place;
    this.button("ask_first").disabled = !place || place.kind === "queue"; // nobody to ask in a queue
  }

  private button(wish: string): HTMLButtonElement {
    return this.form.querySelector(`button[value=${wish}]`) as HTMLButtonElement;
  }

  private key(event: KeyboardEvent): void {
    if (event.isComposing || !["ArrowDown", "ArrowUp", "Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    if (event.key === "ArrowDown" || event.key === "ArrowUp") return this.move(this.at + (event.key === "ArrowDown" ? 1 : -1));
    if (event.key === "Escape") openPanel(this.phone);
    else this.choose(this.button("ask_first").disabled ? "transfer" : "ask_first");
  }

  private choose(wish: string): void {
    const place = this.places[this.at];
    if (place) this.send(wish, { to: place.to, key: crypto.randomUUID() });
  }
}
