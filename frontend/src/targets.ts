// <chot-targets>: arrows and Enter move between the cells of the target grid; a changed cell shows at once how likely it is to be reached.
interface Column {
  sign: number;
  deviations: number[];
  unit: string;
}

class Targets extends HTMLElement {
  private columns: Record<string, Column> = {};

  connectedCallback(): void {
    const source = this.querySelector("script[type='application/json']");
    this.columns = JSON.parse(source?.textContent ?? "{}") as Record<string, Column>;
    this.addEventListener("keydown", (event) => this.move(event));
    this.addEventListener("input", (event) => this.typed(event.target as HTMLInputElement));
    this.addEventListener("focusin", (event) => {
      if (event.target instanceof HTMLInputElement && event.target.dataset["centre"]) event.target.select();
    });
    window.addEventListener("beforeunload", this.warn);
    this.querySelector("form")?.addEventListener("submit", () => window.removeEventListener("beforeunload", this.warn));
    this.count();
  }

  disconnectedCallback(): void {
    window.removeEventListener("beforeunload", this.warn);
  }

  private readonly warn = (event: BeforeUnloadEvent): void => {
    if (this.changed().length > 0) event.preventDefault();
  };

  private cells(): HTMLInputElement[] {
    return [...this.querySelectorAll<HTMLInputElement>("input[data-centre]")];
  }

  private changed(): HTMLInputElement[] {
    return this.cells().filter((cell) => cell.value.trim() !== cell.defaultValue || cell.dataset["was"] !== undefined);
  }

  private move(event: KeyboardEvent): void {
    const from = event.target;
    if (!(from instanceof HTMLInputElement) || from.dataset["centre"] === undefined) return;
    const steps: Record<string, [number, number]> = {
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      Enter: [event.shiftKey ? -1 : 1, 0],
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
    };
    if (event.key === "Escape") {
      from.value = from.dataset["was"] ?? from.defaultValue;
      this.typed(from);
      return;
    }
    const step = steps[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    if (step[1] !== 0 && !this.atEdge(from, step[1])) return; // the cursor still has letters to pass
    event.preventDefault();
    const cell = from.closest("td");
    const row = cell?.closest("tr");
    if (!cell || !row) return;
    const rows = [...this.querySelectorAll<HTMLTableRowElement>("tbody.cells tr")];
    const target = rows[rows.indexOf(row) + step[0]]?.cells[cell.cellIndex + step[1]];
    target?.querySelector<HTMLInputElement>("input[data-centre]")?.focus();
  }

  private atEdge(input: HTMLInputElement, step: number): boolean {
    const start = input.selectionStart ?? 0;
    const end = input.selectionEnd ?? 0;
    const whole = start === 0 && end === input.value.length;
    return whole || (step < 0 ? end === 0 : start === input.value.length);
  }

  private typed(input: HTMLInputElement): void {
    const column = this.columns[input.dataset["metric"] ?? ""];
    const note = input.parentElement?.querySelector<HTMLElement>(".chance");
    if (column && note) {
      const text = input.value.trim() || (input.dataset["proposed"] ?? "");
      const value = this.numberOf(text, column.unit);
      if (value === undefined) {
        note.textContent = "?";
        note.className = "chance bad";
      } else if (column.deviations.length === 0) {
        note.textContent = "–";
        note.className = "chance dim";
      } else {
        const needed = column.sign * value - Number(input.dataset["centre"]);
        const share = column.deviations.filter((each) => each >= needed).length / column.deviations.length;
        note.textContent = `${Math.round(share * 100)} %`;
        note.className = `chance ${share < 0.35 ? "bad" : share > 0.85 ? "warn" : share >= 0.5 && share <= 0.7 ? "good" : "dim"}`;
      }
    }
    this.count();
  }

  private numberOf(text: string, unit: string): number | undefined {
    const vietnamese = document.documentElement.lang.startsWith("vi");
    let bare = text.replace(/[\s₫%]/g, "");
    const groups = vietnamese ? /^\d{1,3}(\.\d{3})+(,\d+)?$/ : /^\d{1,3}(,\d{3})+(\.\d+)?$/;
    if (groups.test(bare)) bare = bare.replaceAll(vietnamese ? "." : ",", "");
    bare = bare.replace(",", ".");
    if (!/^\d+(\.\d+)?$/.test(bare)) return undefined;
    return Number(bare) / (unit === "ratio" ? 100 : 1);
  }

  private count(): void {
    const changed = this.changed();
    for (const cell of this.cells()) cell.classList.toggle("changed", changed.includes(cell));
    const note = this.querySelector<HTMLElement>("[data-changed]");
    if (note) note.textContent = String(changed.length);
    this.querySelector(".grid-bar")?.classList.toggle("idle", changed.length === 0);
  }
}

customElements.define("chot-targets", Targets);
