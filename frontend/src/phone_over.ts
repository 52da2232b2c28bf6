// To whom a call is handed over.
export class HandOver {
  constructor(private readonly phone: HTMLElement, private readonly words: Record<string, string>, send: (wish: string, what: Record<string, string>) => void) {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      send((event.submitter as HTMLButtonElement).value, { to: this.list.value });
    });
  }

  private get form(): HTMLFormElement {
    return this.phone.querySelector(".phone-over") as HTMLFormElement;
  }

  private get list(): HTMLSelectElement {
    return this.form.querySelector("[name=to]") as HTMLSelectElement;
  }

  /** The colleagues who are at a desk now. */
  async choose(): Promise<void> {
    const answer = await fetch(this.phone.dataset["colleagues"] ?? "").then((each) => each.json(), () => ({ people: [] })) as { people: [string, string][] };
    this.list.replaceChildren(...answer.people.map(([id, words]) => new Option(words, id)));
    if (!answer.people.length) this.list.replaceChildren(new Option(this.words["nobody"], ""));
    this.form.querySelectorAll<HTMLButtonElement>("button").forEach((each) => (each.disabled = !answer.people.length));
  }
}
