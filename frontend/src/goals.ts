// The tree of goals: a goal is dragged by its handle (pointer, touch), or moved by Alt and the arrow keys.
import htmx from "htmx.org";
import { headers } from "./server";

const STEP = 26; // pixels sideways for one level, as the style sheet indents

interface Place {
  row: HTMLElement;
  depth: number;
  parent: string;
  before: string;
}

class Goals extends HTMLElement {
  private dragged: HTMLElement | undefined;
  private start = { x: 0, y: 0, depth: 0 };
  private place: Place | undefined;
  private line = document.createElement("div");

  connectedCallback(): void {
    this.line.className = "drop-line";
    this.addEventListener("pointerdown", (event) => this.begin(event));
    this.addEventListener("pointermove", (event) => this.move(event));
    this.addEventListener("pointerup", () => void this.drop());
    this.addEventListener("pointercancel", () => this.end());
    this.addEventListener("keydown", (event) => this.key(event));
  }

  private rows(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>("[data-goal]")];
  }

  private begin(event: PointerEvent): void {
    const handle = (event.target as HTMLElement).closest<HTMLElement>(".grip");
    const row = handle?.closest<HTMLElement>("[data-goal]");
    if (!handle || !row || event.button !== 0) return;
    event.preventDefault();
    handle.focus();
    handle.setPointerCapture(event.pointerId);
    this.dragged = row;
    this.start = { x: event.clientX, y: event.clientY, depth: Number(row.dataset["depth"]) };
  }

  private move(event: PointerEvent): void {
    if (!this.dragged) return;
    if (!this.place && Math.hypot(event.clientX - this.start.x, event.clientY - this.start.y) < 5) return;
    for (const each of this.branch(this.dragged)) each.classList.add("dragged");
    this.place = this.placeAt(event.clientX, event.clientY);
    const edge = event.clientY < 60 ? -12 : event.clientY > window.innerHeight - 60 ? 12 : 0;
    if (edge) window.scrollBy(0, edge);
  }

  // The dragged goal and everything below it.
  private branch(row: HTMLElement): HTMLElement[] {
    const rows = this.rows();
    const first = rows.indexOf(row);
    const depth = Number(row.dataset["depth"]);
    const after = rows.slice(first + 1).findIndex((each) => Number(each.dataset["depth"]) <= depth);
    return rows.slice(first, after < 0 ? undefined : first + 1 + after);
  }

  private placeAt(x: number, y: number): Place | undefined {
    const moved = new Set(this.branch(this.dragged!));
    const rows = this.rows().filter((each) => !moved.has(each));
    const at = rows.findIndex((each) => {
      const box = each.getBoundingClientRect();
      return y < box.top + box.height / 2;
    });
    const index = at < 0 ? rows.length : at;
    const previous = rows[index - 1];
    const next = rows[index];
    const least = next ? Number(next.dataset["depth"]) : 0;
    const most = previous ? Number(previous.dataset["depth"]) + 1 : 0;
    const wanted = this.start.depth + Math.round((x - this.start.x) / STEP);
    const depth = Math.min(Math.max(wanted, least), most);
    const above = rows.slice(0, index).reverse().find((each) => Number(each.dataset["depth"]) === depth - 1);
    this.draw(previous, next, depth);
    return {
      row: this.dragged!,
      depth,
      parent: depth ? (above?.dataset["goal"] ?? "") : "",
      before: next && Number(next.dataset["depth"]) === depth ? next.dataset["goal"]! : "",
    };
  }

  private draw(previous: HTMLElement | undefined, next: HTMLElement | undefined, depth: number): void {
    this.append(this.line);
    const own = this.getBoundingClientRect();
    const y = next ? next.getBoundingClientRect().top : (previous?.getBoundingClientRect().bottom ?? own.top);
    this.line.style.top = `${y - own.top}px`;
    this.line.style.left = `${12 + depth * STEP}px`;
  }

  private end(): void {
    this.line.remove();
    this.querySelectorAll(".dragged").forEach((each) => each.classList.remove("dragged"));
    this.dragged = this.place = undefined;
  }

  private async drop(): Promise<void> {
    const place = this.place;
    this.end();
    if (!place) return;
    const body = new FormData();
    body.set("parent", place.parent);
    body.set("before", place.before);
    await this.send(place.row.dataset["goal"]!, `/goals/${place.row.dataset["goal"]}/place`, body);
  }

  private key(event: KeyboardEvent): void {
    if (event.key === "Escape" && this.dragged) return this.end();
    const row = (event.target as HTMLElement).closest<HTMLElement>("[data-goal]");
    const step = { ArrowUp: "up", ArrowDown: "down", ArrowRight: "in", ArrowLeft: "out" }[event.key];
    if (!row || !event.altKey || !step || !row.querySelector(".grip")) return;
    event.preventDefault();
    const body = new FormData();
    body.set("step", step);
    void this.send(row.dataset["goal"]!, `/goals/${row.dataset["goal"]}/move`, body);
  }

  // Post a move and show the tree that comes back; what has changed meanwhile comes with it.
  private async send(goal: string, address: string, body: FormData): Promise<void> {
    const tree = this.querySelector<HTMLElement>("#tree");
    if (!tree || this.hasAttribute("aria-busy")) return;
    this.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { method: "POST", body, headers: { ...headers(), "HX-Request": "true" } });
      if (!answer.ok && answer.status !== 409) throw new Error(answer.headers.get("X-Incident") ?? String(answer.status));
      tree.innerHTML = await answer.text();
      htmx.process(tree);
      tree.querySelector<HTMLElement>(`[data-goal="${goal}"] .grip`)?.focus();
    } catch {
      window.alert(document.body.dataset["offline"] ?? "");
    } finally {
      this.removeAttribute("aria-busy");
    }
  }
}

customElements.define("chot-goals", Goals);
