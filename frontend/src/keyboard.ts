// Keys: `/` to the search of the page, `g` and a letter to a place of the menu, `?` for the list, Escape closes the menu.
const WAIT_MS = 1500;
let since = -Infinity;

function typing(target: EventTarget | null): boolean {
  const element = target as HTMLElement;
  return element.isContentEditable || /^(input|textarea|select)$/i.test(element.tagName);
}

function toSearch(): boolean {
  const field = [...document.querySelectorAll<HTMLInputElement>("main input[type=search], main [role=search] input, main [role=search] select, main form[data-auto] select")]
    .find((each) => each.checkVisibility());
  field?.focus();
  field?.select?.();
  return field !== undefined;
}

function toPlace(letter: string): boolean {
  const link = document.querySelector<HTMLAnchorElement>(`.side a[data-letter="${CSS.escape(letter)}"]`);
  link?.click();
  return link !== null;
}

function closeMenu(): boolean {
  if (!document.body.classList.contains("menu-open")) return false;
  document.querySelector<HTMLButtonElement>(".menu-button")?.click();
  document.querySelector<HTMLButtonElement>(".menu-button")?.focus();
  return true;
}

function showKeys(): boolean {
  const list = document.querySelector<HTMLDialogElement>("#keys");
  if (list && !list.open) list.showModal();
  return list !== null;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.key === "Escape" && closeMenu()) return event.preventDefault();
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  const afterG = event.timeStamp - since < WAIT_MS;
  since = -Infinity;
  if (afterG && /^[a-z]$/i.test(event.key)) {
    if (toPlace(event.key.toLowerCase())) event.preventDefault();
  } else if (event.key === "g") {
    since = event.timeStamp;
  } else if ((event.key === "/" && toSearch()) || (event.key === "?" && showKeys())) {
    event.preventDefault();
  }
});

const button = document.querySelector<HTMLButtonElement>(".keys-button");
if (button) {
  button.hidden = false;
  button.addEventListener("click", showKeys);
}
