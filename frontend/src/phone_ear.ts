// Where the agent is called: at this computer or at a desk phone, for who has one.
export class EarChoice {
  constructor(private readonly phone: HTMLElement, choose: (used: string) => Promise<boolean>) {
    this.list.addEventListener("change", () => {
      const before = phone.dataset["at"] ?? "browser";
      void choose(this.list.value).then((done) => {
        if (!done) this.list.value = before;
      });
    });
  }

  show(ear: { used: string } | undefined, busy: boolean): void {
    (this.phone.querySelector(".phone-ear") as HTMLElement).hidden = !ear;
    this.list.disabled = busy;
    if (ear && document.activeElement !== this.list) this.list.value = ear.used;
  }

  private get list(): HTMLSelectElement {
    return this.phone.querySelector("select[name=ear]") as HTMLSelectElement;
  }
}
