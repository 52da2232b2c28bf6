// Times of day are written 08:30 whatever the browser's own language: 8h30 and 0830 become that, and what is no time is said in the page's words.
function clockField(event: Event): HTMLInputElement | null {
  return event.target instanceof HTMLInputElement && event.target.dataset["clock"] ? event.target : null;
}

document.addEventListener("change", (event) => {
  const field = clockField(event);
  const parts = field && new RegExp(`^(?:${field.pattern})$`).exec(field.value);
  if (parts) field.value = `${(parts[1] ?? "").padStart(2, "0")}:${parts[2] ?? parts[3] ?? "00"}`;
}, true);
document.addEventListener("input", (event) => clockField(event)?.setCustomValidity(""), true);
document.addEventListener("invalid", (event) => {
  const field = clockField(event);
  if (field?.validity.patternMismatch) field.setCustomValidity(field.dataset["clock"] ?? "?");
}, true);
