// Which buttons a call has now, and which panel a button has opened.
type Now = { rings: boolean; up: boolean; watching: boolean; phase: string; answered: boolean; desk: boolean };

const ASKING = ["complete", "confer", "cancel"];
const NOT_ASKING = ["hold", "hand_over", "note"];
const BY_HAND = ["answer", "mute", "devices"]; // at a desk phone
const PANELS: Record<string, string> = { keys: ".phone-keys", devices: ".phone-devices", hand_over: ".phone-over" };

export function showButtons(phone: HTMLElement, now: Now): void {
  const asks = now.phase === "consulting";
  for (const each of phone.querySelectorAll<HTMLElement>(".phone-call [data-do]")) {
    const name = each.dataset["do"] ?? "";
    each.hidden = name === "answer" ? !now.rings : name !== "hang_up" && (now.rings || !now.up);
    if ((asks ? NOT_ASKING : ASKING).includes(name)) each.hidden = true;
    if (now.desk && BY_HAND.includes(name)) each.hidden = true;
    if (name === "note" && !now.answered) each.hidden = true;
    if (now.watching && !["hang_up", "mute", "devices"].includes(name)) each.hidden = true;
  }
}

/** Opens the panel of a button and closes the others, or all of them; whether it is open now. */
export function openPanel(phone: HTMLElement, wanted = ""): boolean {
  let open = false;
  for (const [name, selector] of Object.entries(PANELS)) {
    const panel = phone.querySelector(selector) as HTMLElement;
    panel.hidden = name !== wanted || !panel.hidden;
    open ||= !panel.hidden;
    phone.querySelectorAll(`[data-do="${name}"]`).forEach((each) => each.setAttribute("aria-expanded", String(!panel.hidden)));
  }
  return open;
}
