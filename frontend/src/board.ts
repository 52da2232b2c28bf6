// The board of leads: a card is dragged to another stage; its form, which also works by keyboard, does the move.
class Board extends HTMLElement {
  connectedCallback(): void {
    this.querySelectorAll<HTMLElement>("[data-lead]").forEach((card) => {
      if (card.querySelector("form")) card.draggable = true;
    });
    this.addEventListener("dragstart", (event) => (event.target as HTMLElement).closest("[data-lead]")?.classList.add("dragged"));
    this.addEventListener("dragend", () => this.clear());
    this.addEventListener("dragover", (event) => {
      const column = (event.target as HTMLElement).closest<HTMLElement>("[data-stage]");
      if (!column || !this.querySelector(".dragged")) return;
      event.preventDefault();
      this.querySelectorAll(".over").forEach((each) => each !== column && each.classList.remove("over"));
      column.classList.add("over");
    });
    this.addEventListener("drop", (event) => {
      const column = (event.target as HTMLElement).closest<HTMLElement>("[data-stage]");
      const card = this.querySelector<HTMLElement>(".dragged");
      const form = card?.querySelector("form");
      const stage = form?.querySelector<HTMLSelectElement>("select[name=stage]");
      this.clear();
      if (!column || !form || !stage || column.contains(form)) return;
      event.preventDefault();
      stage.value = column.dataset["stage"] ?? stage.value;
      form.requestSubmit();
    });
  }

  private clear(): void {
    this.querySelectorAll(".dragged, .over").forEach((each) => each.classList.remove("dragged", "over"));
  }
}

customElements.define("chot-board", Board);
