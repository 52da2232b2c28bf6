// <chot-scale>: a scale as a chart whose points are dragged, and as a table that the keyboard edits; both write the form's own field.
interface Point {
  at: number;
  pays: number;
}

const WIDE = 560;
const HIGH = 220;
const EDGE = { left: 46, right: 14, top: 12, bottom: 26 };
const SPACE = "http://www.w3.org/2000/svg";

class Scale extends HTMLElement {
  private points: Point[] = [];
  private field: HTMLInputElement | null = null;
  private mode: HTMLSelectElement | null = null;
  private picture: SVGSVGElement | undefined;
  private table: HTMLTableElement | undefined;
  private held: number | undefined;
  private readonly comma = document.documentElement.lang.startsWith("vi");

  connectedCallback(): void {
    this.field = document.querySelector(`[name="${this.dataset["points"] ?? ""}"]`);
    this.mode = document.querySelector(`[name="${this.dataset["mode"] ?? ""}"]`);
    const read = this.read();
    if (!this.field || !read) return; // what cannot be drawn is edited as text
    this.points = read;
    this.picture = document.createElementNS(SPACE, "svg");
    this.picture.setAttribute("viewBox", `0 0 ${WIDE} ${HIGH}`);
    this.picture.setAttribute("role", "img");
    this.picture.setAttribute("aria-label", this.dataset["label"] ?? "");
    this.picture.addEventListener("pointerdown", (event) => this.hold(event));
    this.picture.addEventListener("pointermove", (event) => this.drag(event));
    this.picture.addEventListener("pointerup", () => this.drop());
    this.picture.addEventListener("pointercancel", () => this.drop());
    this.table = document.createElement("table");
    this.table.className = "points";
    this.append(this.picture, this.table);
    this.field.addEventListener("change", () => this.again());
    this.mode?.addEventListener("change", () => this.draw());
    this.classList.add("ready");
    this.fill();
    this.draw();
  }

  private read(): Point[] | undefined {
    const parts = (this.field?.value ?? "").split(";").map((part) => part.trim()).filter(Boolean);
    const found = parts.map((part) => /^(-?[\d_.]+)\s*(%?)\s*(?:→|->|:|\s)\s*(-?[\d_.]+)\s*(%?)$/.exec(part));
    if (found.length === 0 || found.some((match) => match === null)) return undefined;
    return found.map((match) => ({ at: this.share(match?.[1], match?.[2]), pays: this.share(match?.[3], match?.[4]) }));
  }

  private share(digits = "0", sign = ""): number {
    const value = Number(digits.replaceAll("_", ""));
    return sign ? value : value * 100;
  }

  private again(): void {
    const read = this.read();
    this.classList.toggle("ready", read !== undefined);
    if (!read) return;
    this.points = read;
    this.fill();
    this.draw();
  }

  private plain(value: number): string {
    return String(Math.round(value * 100) / 100);
  }

  private shown(value: number): string {
    return this.comma ? this.plain(value).replace(".", ",") : this.plain(value);
  }

  private write(): void {
    if (!this.field) return;
    this.field.value = this.points.map((point) => `${this.plain(point.at)}% → ${this.plain(point.pays)}%`).join("; ");
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // the table

  private fill(): void {
    if (!this.table) return;
    this.table.replaceChildren();
    const head = this.table.createTHead().insertRow();
    for (const text of [this.dataset["at"], this.dataset["pays"], ""]) {
      const cell = document.createElement(text ? "th" : "td"); // a heading without words is none
      cell.textContent = text ?? "";
      head.append(cell);
    }
    const body = this.table.createTBody();
    this.points.forEach((_point, place) => this.row(body, place));
    const add = this.button(this.dataset["add"] ?? "+", () => this.insert());
    add.className = "btn";
    const last = body.insertRow().insertCell();
    last.colSpan = 3;
    last.append(add);
  }

  private row(body: HTMLTableSectionElement, place: number): void {
    const row = body.insertRow();
    for (const side of ["at", "pays"] as const) {
      const input = document.createElement("input");
      input.className = "form-control n";
      input.inputMode = "decimal";
      input.value = this.shown(this.points[place]?.[side] ?? 0);
      input.setAttribute("aria-label", `${(side === "at" ? this.dataset["at"] : this.dataset["pays"]) ?? ""} ${place + 1}`);
      input.addEventListener("change", () => this.typed(input, place, side));
      input.addEventListener("keydown", (event) => this.key(event, input, place, side));
      row.insertCell().append(input);
    }
    const gone = this.button("×", () => this.takeOut(place));
    gone.className = "quiet";
    gone.setAttribute("aria-label", `${this.dataset["remove"] ?? ""} ${place + 1}`);
    gone.disabled = this.points.length < 3;
    row.insertCell().append(gone);
  }

  private button(text: string, does: () => void): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.addEventListener("click", does);
    return button;
  }

  private typed(input: HTMLInputElement, place: number, side: keyof Point): void {
    const point = this.points[place];
    const text = input.value.replace(/[\s%]/g, "").replace(",", ".");
    if (!point) return;
    if (/^\d+(\.\d+)?$/.test(text)) {
      point[side] = this.within(Number(text), place, side);
      this.write();
      this.draw();
    }
    input.value = this.shown(point[side]);
  }

  private key(event: KeyboardEvent, input: HTMLInputElement, place: number, side: keyof Point): void {
    const step = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    const point = this.points[place];
    if (event.key === "Enter") {
      event.preventDefault();
      this.typed(input, place, side);
    }
    if (!step || !point) return;
    event.preventDefault();
    point[side] = this.within(point[side] + step, place, side);
    input.value = this.shown(point[side]);
    this.write();
    this.draw();
  }

  private within(value: number, place: number, side: keyof Point): number {
    if (side === "pays") return Math.min(Math.max(value, 0), 1000);
    const low = this.points[place - 1]?.at ?? -1;
    const high = this.points[place + 1]?.at ?? 1001;
    return Math.min(Math.max(value, low + 1), high - 1);
  }

  private insert(): void {
    const last = this.points.at(-1) ?? { at: 100, pays: 100 };
    this.points.push({ at: last.at + 10, pays: last.pays });
    this.changed();
  }

  private takeOut(place: number): void {
    this.points.splice(place, 1);
    this.changed();
  }

  private changed(): void {
    this.write();
    this.fill();
    this.draw();
  }

  // the chart

  private get reach(): Point {
    const pays = Math.max(...this.points.map((point) => point.pays), 100);
    return { at: Math.max((this.points.at(-1)?.at ?? 100) + 20, 130), pays: Math.ceil((pays * 1.1) / 50) * 50 };
  }

  private x(at: number): number {
    return EDGE.left + (at / this.reach.at) * (WIDE - EDGE.left - EDGE.right);
  }

  private y(pays: number): number {
    return HIGH - EDGE.bottom - (pays / this.reach.pays) * (HIGH - EDGE.top - EDGE.bottom);
  }

  private draw(): void {
    const picture = this.picture;
    if (!picture) return;
    picture.replaceChildren();
    const step = this.reach.pays > 200 ? 100 : 50;
    for (let pays = 0; pays <= this.reach.pays; pays += step) {
      this.mark("line", { x1: EDGE.left, x2: WIDE - EDGE.right, y1: this.y(pays), y2: this.y(pays), class: pays === 100 ? "full" : "grid" });
      this.label(EDGE.left - 6, this.y(pays) + 4, `${pays} %`, "end");
    }
    for (let at = 0; at <= this.reach.at; at += this.reach.at > 200 ? 50 : 20) this.label(this.x(at), HIGH - 8, `${at} %`, "middle");
    this.mark("line", { x1: this.x(100), x2: this.x(100), y1: EDGE.top, y2: HIGH - EDGE.bottom, class: "full" });
    this.mark("polyline", { points: this.line(), class: "pays" });
    this.points.forEach((point, place) => {
      const dot = this.mark("circle", { cx: this.x(point.at), cy: this.y(point.pays), r: 7, class: "dot", "data-place": place });
      const title = document.createElementNS(SPACE, "title");
      title.textContent = `${this.shown(point.at)} % → ${this.shown(point.pays)} %`;
      dot.append(title);
    });
  }

  private line(): string {
    const first = this.points[0];
    const last = this.points.at(-1);
    if (!first || !last) return "";
    const step = this.mode?.value === "step";
    const drawn: Point[] = [{ at: 0, pays: 0 }, { at: first.at, pays: 0 }];
    this.points.forEach((point, place) => {
      const before = this.points[place - 1];
      if (step && before) drawn.push({ at: point.at, pays: before.pays });
      drawn.push(point);
    });
    drawn.push({ at: this.reach.at, pays: last.pays });
    return drawn.map((point) => `${this.x(point.at).toFixed(1)},${this.y(point.pays).toFixed(1)}`).join(" ");
  }

  private mark(kind: string, values: Record<string, string | number>): SVGElement {
    const made = document.createElementNS(SPACE, kind);
    for (const [name, value] of Object.entries(values)) made.setAttribute(name, String(value));
    this.picture?.append(made);
    return made;
  }

  private label(x: number, y: number, text: string, anchor: string): void {
    this.mark("text", { x, y, "text-anchor": anchor }).textContent = text;
  }

  private hold(event: PointerEvent): void {
    const place = (event.target as SVGElement).dataset["place"];
    if (place === undefined) return;
    this.held = Number(place);
    this.picture?.setPointerCapture(event.pointerId);
    event.preventDefault();
  }

  private drag(event: PointerEvent): void {
    const box = this.picture?.getBoundingClientRect();
    const point = this.held === undefined ? undefined : this.points[this.held];
    if (!box || !point || this.held === undefined) return;
    const x = ((event.clientX - box.left) / box.width) * WIDE;
    const y = ((event.clientY - box.top) / box.height) * HIGH;
    const at = ((x - EDGE.left) / (WIDE - EDGE.left - EDGE.right)) * this.reach.at;
    const pays = ((HIGH - EDGE.bottom - y) / (HIGH - EDGE.top - EDGE.bottom)) * this.reach.pays;
    point.at = this.within(Math.round(at), this.held, "at");
    point.pays = this.within(Math.round(pays / 5) * 5, this.held, "pays");
    this.draw();
  }

  private drop(): void {
    if (this.held === undefined) return;
    this.held = undefined;
    this.changed();
  }
}

customElements.define("chot-scale", Scale);
