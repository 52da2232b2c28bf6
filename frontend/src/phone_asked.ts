// Buttons of any page that call somebody: what they name is sent to the server, which knows the number.
const BUTTONS = "[data-call-phone-id], [data-call-kind], [data-call-number], [data-call-callback]";

/** Calls `dial` for each press; the buttons are shown, since there is a phone. */
export function onCallAsked(phone: HTMLElement, dial: (what: Record<string, string>) => void): void {
  const offer = (): void => document.querySelectorAll<HTMLElement>(BUTTONS).forEach((each) => (each.hidden = false));
  document.addEventListener("htmx:load", offer);
  offer();
  document.addEventListener("click", (event) => {
    const button = (event.target as HTMLElement).closest<HTMLElement>(BUTTONS);
    if (!button || phone.contains(button)) return;
    event.preventDefault();
    const { callPhoneId, callKind, callSubject, callNumber, callCallback, callPurpose } = button.dataset;
    const purpose = callPurpose ?? "care";
    if (callCallback) dial({ callback: callCallback });
    else if (callPhoneId) dial({ phone_id: callPhoneId, purpose });
    else if (callKind) dial({ kind: callKind, subject: callSubject ?? "", purpose });
    else if (callNumber) dial({ number: callNumber, purpose });
  });
}
