// The frame of every page: styles, htmx, the menu on a phone, light and dark.
import "@fontsource-variable/inter/index.css";
import "./style.css";
import htmx from "htmx.org";

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false; // the content security policy allows no inline style sheet
htmx.config.historyCacheSize = 0; // pages show pay: none of them stays in the browser's storage

const root = document.documentElement;
const chosen = localStorage.getItem("theme");
const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
root.dataset["bsTheme"] = dark ? "dark" : "light";

function nameTheme(button: HTMLButtonElement): void {
  const other = root.dataset["bsTheme"] === "dark" ? "light" : "dark";
  button.textContent = button.dataset[other] ?? "";
}

document.querySelectorAll<HTMLButtonElement>("button.theme").forEach((button) => {
  nameTheme(button);
  button.addEventListener("click", () => {
    root.dataset["bsTheme"] = root.dataset["bsTheme"] === "dark" ? "light" : "dark";
    localStorage.setItem("theme", root.dataset["bsTheme"] ?? "light");
    nameTheme(button);
    document.dispatchEvent(new CustomEvent("chot:theme"));
  });
});

document.querySelectorAll<HTMLButtonElement>(".menu-button").forEach((button) => {
  button.addEventListener("click", () => {
    const open = document.body.classList.toggle("menu-open");
    button.setAttribute("aria-expanded", String(open));
  });
});

// A form that hurts asks once more, in words that the page gives.
document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  const question = form.dataset["confirm"];
  if (question && !window.confirm(question)) event.preventDefault();
});

// Filters apply as soon as they are chosen; without script there is a button.
document.addEventListener("change", (event) => {
  const field = event.target as HTMLElement;
  const form = field.closest<HTMLFormElement>("form[data-auto]");
  if (form) form.requestSubmit();
});
