// Keys that work wherever the focus is: F2 answers, Alt with a letter presses the button of that name.
import type { Line } from "./phone_line";

const BUTTONS: Record<string, string> = { KeyH: "hold", KeyM: "mute", KeyK: "keys", KeyX: "hang_up", KeyT: "hand_over" };

export function onPhoneKeys(phone: HTMLElement, line: () => Line | undefined): void {
  document.addEventListener("keydown", (event) => {
    const leg = line()?.leg;
    if (event.key === "F2" && leg && !leg.up) {
      event.preventDefault();
      return void line()?.answer();
    }
    if (!event.altKey || event.ctrlKey || event.metaKey) return;
    const what = BUTTONS[event.code];
    const button = what && [...phone.querySelectorAll<HTMLButtonElement>(`[data-do="${what}"]`)].find((each) => each.checkVisibility());
    if (!button) return;
    event.preventDefault();
    button.click();
  });
}
