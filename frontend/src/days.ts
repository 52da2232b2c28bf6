// Days are written 31/12/2026, moments 31/12/2026 17:30, whatever the browser's own language: a text field stands in for each native one, whose calendar stays a press away.
const WRITTEN = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[ ,]+(\d{1,2})[:h](\d{2}))?$/;

function written(iso: string): string {
  const [day = "", time = ""] = iso.split("T");
  return `${day.split("-").reverse().join("/")} ${time.slice(0, 5)}`.trim();
}

/** The day, or the moment where it is asked for, as forms send it; empty for a text that is none. */
function sent(text: string, timed: boolean): string {
  const parts = WRITTEN.exec(text.trim());
  if (!parts || timed !== Boolean(parts[4])) return "";
  const iso = `${parts[3] ?? ""}-${(parts[2] ?? "").padStart(2, "0")}-${(parts[1] ?? "").padStart(2, "0")}T${(parts[4] ?? "").padStart(2, "0")}:${parts[5] ?? "00"}`;
  const day = new Date(`${iso}:00Z`);
  if (Number.isNaN(day.valueOf()) || !day.toISOString().startsWith(iso)) return "";
  return timed ? iso : iso.slice(0, 10);
}

function stand(native: HTMLInputElement): void {
  native.dataset["written"] = "";
  const words = document.body.dataset;
  const timed = native.type === "datetime-local";
  const text = document.createElement("input");
  for (const name of native.getAttributeNames()) {
    if (!["name", "type", "value", "min", "max", "data-written"].includes(name)) text.setAttribute(name, native.getAttribute(name) ?? "");
  }
  Object.assign(text, { type: "text", value: written(native.value), placeholder: words[timed ? "momentWritten" : "dayWritten"] ?? "", inputMode: timed ? "text" : "numeric", autocomplete: "off" });
  const button = Object.assign(document.createElement("button"), { type: "button", className: "day-open", disabled: native.disabled });
  button.setAttribute("aria-label", words["dayOpen"] ?? "");
  for (const name of ["id", "required", "autofocus", "aria-label", "aria-describedby", "class"]) native.removeAttribute(name);
  native.tabIndex = -1;
  native.setAttribute("aria-hidden", "true");
  const room = document.createElement("span");
  room.className = `day-field${text.classList.contains("w-auto") ? " narrow" : ""}`;
  text.classList.remove("w-auto");
  native.replaceWith(room);
  room.append(text, native, button);

  const take = (): void => {
    const [before, day] = [native.value, sent(text.value, timed)];
    native.value = day;
    text.setCustomValidity(text.value.trim() && (!day || !native.validity.valid) ? (words[timed ? "momentWrong" : "dayWrong"] ?? "?") : "");
    if (day) text.value = written(day);
    if (native.value !== before) for (const kind of ["input", "change"]) native.dispatchEvent(new Event(kind, { bubbles: true }));
  };
  text.addEventListener("change", (event) => {
    event.stopPropagation(); // the native field tells of it, once it is a day
    take();
  });
  text.addEventListener("input", (event) => {
    event.stopPropagation();
    text.setCustomValidity("");
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter") take();
  });
  native.addEventListener("change", () => {
    if (native.value) text.value = written(native.value);
    else if (sent(text.value, timed)) text.value = "";
  });
  button.addEventListener("click", () => native.showPicker());
  native.form?.addEventListener("reset", () => window.setTimeout(() => (text.value = written(native.value))));
}

function everyDay(): void {
  document.querySelectorAll<HTMLInputElement>("input:is([type=date], [type=datetime-local]):not([data-written])").forEach(stand);
}

everyDay();
new MutationObserver(everyDay).observe(document.body, { childList: true, subtree: true });
