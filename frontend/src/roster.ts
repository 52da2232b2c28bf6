// <chot-roster>: the roster by keyboard. Arrows move, Shift with them marks, a shift's code sets, Delete clears, Ctrl+C and Ctrl+V copy a
// block (also from and to a spreadsheet), Ctrl+Z takes the last change back. Nothing is saved before the form is sent; the server checks it all.
type Change = [cell: HTMLSelectElement, before: string];

const PAUSE_MS = 900; // letters typed faster than this make one code

class Roster extends HTMLElement {
  private done: Change[][] = [];
  private anchor: HTMLSelectElement | undefined;
  private typed = "";
  private typedAt = 0;

  connectedCallback(): void {
    this.addEventListener("keydown", (event) => this.key(event));
    this.addEventListener("focusin", (event) => this.focused(event));
    this.addEventListener("change", (event) => this.chosen(event.target as HTMLSelectElement));
    this.cells().forEach((cell) => (cell.dataset["now"] = cell.value));
    document.addEventListener("copy", this.copy);
    document.addEventListener("paste", this.paste);
    window.addEventListener("beforeunload", this.warn);
    this.closest("form")?.addEventListener("submit", () => window.removeEventListener("beforeunload", this.warn));
  }

  disconnectedCallback(): void {
    document.removeEventListener("copy", this.copy);
    document.removeEventListener("paste", this.paste);
    window.removeEventListener("beforeunload", this.warn);
  }

  private readonly warn = (event: BeforeUnloadEvent): void => {
    if (this.cells().some((cell) => cell.value !== this.first(cell))) event.preventDefault();
  };

  private first(cell: HTMLSelectElement): string {
    return [...cell.options].find((option) => option.defaultSelected)?.value ?? "";
  }

  private cells(): HTMLSelectElement[] {
    return [...this.querySelectorAll<HTMLSelectElement>("tbody select")];
  }

  /** The cells by row and column; a day on which somebody is not employed has none. */
  private grid(): (HTMLSelectElement | null)[][] {
    return [...this.querySelectorAll<HTMLTableRowElement>("tbody tr")].map((row) =>
      [...row.cells].slice(1, 8).map((cell) => cell.querySelector("select")),
    );
  }

  private place(cell: HTMLSelectElement): [number, number] {
    const td = cell.closest("td");
    const row = td?.closest("tr");
    return td && row ? [row.sectionRowIndex, td.cellIndex - 1] : [0, 0];
  }

  private current(): HTMLSelectElement | undefined {
    const at = document.activeElement;
    return at instanceof HTMLSelectElement && this.contains(at) ? at : undefined;
  }

  private key(event: KeyboardEvent): void {
    const cell = this.current();
    if (!cell || event.altKey) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
      event.preventDefault();
      this.undo();
      return;
    }
    if (event.ctrlKey || event.metaKey) return;
    const steps: Record<string, [number, number]> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const step = steps[event.key];
    if (step) {
      event.preventDefault();
      this.move(cell, step, event.shiftKey);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      this.put(this.block().flat().map((each) => [each, ""]));
    } else if (/^[\p{L}\p{N}_]$/u.test(event.key)) {
      event.preventDefault();
      this.letter(event.key);
    }
  }

  private move(cell: HTMLSelectElement, [down, right]: [number, number], marks: boolean): void {
    const grid = this.grid();
    let [row, column] = this.place(cell);
    do {
      row += down;
      column += right;
      if (row < 0 || column < 0 || row >= grid.length || column >= (grid[row]?.length ?? 0)) return;
    } while (!grid[row]?.[column]);
    const anchor = marks ? (this.anchor ?? cell) : undefined;
    grid[row]?.[column]?.focus();
    this.anchor = anchor;
    this.mark();
  }

  private focused(event: Event): void {
    if (event.target instanceof HTMLSelectElement) {
      this.anchor = undefined;
      this.typed = "";
      this.mark();
    }
  }

  /** The marked block, row by row, or the one cell. */
  private block(): HTMLSelectElement[][] {
    const cell = this.current();
    if (!cell) return [];
    const [row, column] = this.place(cell);
    const [anchorRow, anchorColumn] = this.place(this.anchor ?? cell);
    return this.grid()
      .slice(Math.min(row, anchorRow), Math.max(row, anchorRow) + 1)
      .map((line) => line.slice(Math.min(column, anchorColumn), Math.max(column, anchorColumn) + 1).filter((each) => each !== null));
  }

  private mark(): void {
    const block = new Set(this.anchor ? this.block().flat() : []);
    this.cells().forEach((cell) => cell.closest("td")?.classList.toggle("picked", block.has(cell)));
  }

  private letter(letter: string): void {
    const now = performance.now();
    this.typed = now - this.typedAt > PAUSE_MS ? letter : this.typed + letter;
    this.typedAt = now;
    const wanted = this.typed.toLocaleLowerCase();
    const codes = [...(this.current()?.options ?? [])].map((option) => option.value).filter((code) => code !== "" && code !== "*");
    const found = codes.find((code) => code.toLocaleLowerCase() === wanted) ?? codes.find((code) => code.toLocaleLowerCase().startsWith(wanted));
    if (found === undefined) {
      this.typed = "";
      return;
    }
    this.put(this.block().flat().map((cell) => [cell, found]));
  }

  /** Set cells to codes as one change that can be taken back; a code that a cell does not know is left out. */
  private put(wanted: [HTMLSelectElement, string][]): void {
    const changes: Change[] = [];
    for (const [cell, code] of wanted) {
      if (cell.value === code || ![...cell.options].some((option) => option.value === code)) continue;
      changes.push([cell, cell.value]);
      cell.value = code;
      this.shown(cell);
    }
    if (changes.length > 0) this.done.push(changes);
  }

  private chosen(cell: HTMLSelectElement): void {
    this.done.push([[cell, cell.dataset["now"] ?? ""]]);
    this.shown(cell);
  }

  private shown(cell: HTMLSelectElement): void {
    cell.dataset["now"] = cell.value;
    cell.closest("td")?.classList.toggle("changed", cell.value !== this.first(cell));
  }

  private undo(): void {
    for (const [cell, before] of this.done.pop() ?? []) {
      cell.value = before;
      this.shown(cell);
    }
  }

  private readonly copy = (event: ClipboardEvent): void => {
    const block = this.block();
    if (block.length === 0) return;
    event.preventDefault();
    event.clipboardData?.setData("text/plain", block.map((row) => row.map((cell) => (cell.value === "*" ? "" : cell.value)).join("\t")).join("\n"));
  };

  /** What was copied, from the first cell of the block on; over a larger block it repeats. */
  private readonly paste = (event: ClipboardEvent): void => {
    const cell = this.current();
    const text = event.clipboardData?.getData("text/plain").replace(/\r?\n$/, "");
    if (!cell || text === undefined) return;
    event.preventDefault();
    const lines = text.split(/\r?\n/).map((line) => line.split("\t").map((code) => code.trim()));
    const block = this.block();
    const [row, column] = this.place(block[0]?.[0] ?? cell);
    const height = Math.max(lines.length, block.length);
    const width = Math.max(lines[0]?.length ?? 1, block[0]?.length ?? 1);
    const grid = this.grid();
    const wanted: [HTMLSelectElement, string][] = [];
    for (let down = 0; down < height; down++) {
      for (let right = 0; right < width; right++) {
        const line = lines[down % lines.length] ?? [];
        const target = grid[row + down]?.[column + right];
        const code = line[right % line.length];
        if (target && code !== undefined) wanted.push([target, this.known(target, code)]);
      }
    }
    this.put(wanted);
  };

  private known(cell: HTMLSelectElement, code: string): string {
    return [...cell.options].find((option) => option.value.toLocaleLowerCase() === code.toLocaleLowerCase())?.value ?? code;
  }
}

customElements.define("chot-roster", Roster);
