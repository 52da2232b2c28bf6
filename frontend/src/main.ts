// The frame of every page: styles, htmx, the menu on a phone, light and dark.
import "@fontsource-variable/inter/index.css";
import "./style.css";
import "./phone.css";
import "./wallboard.css";
import "./keyboard";
import "./tables";
import "./bell";
import "./board";
import "./days";
import "./times";
import "./files";
import "./menus";
import htmx from "htmx.org";

htmx.config.allowEval = false;
htmx.config.responseHandling = [{ code: "204", swap: false }, { code: "[23]..", swap: true }, { code: "422", swap: true }, { code: "[45]..", swap: false, error: true }];
htmx.config.includeIndicatorStyles = false; // the content security policy allows no inline style sheet
htmx.config.historyCacheSize = 0; // pages show pay: none of them stays in the browser's storage

const root = document.documentElement;

// Light and dark change at once; the form's cookie makes the next page arrive so. theme.js has done the first page.
document.querySelectorAll<HTMLFormElement>("form.theme").forEach((form) => {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = (event.submitter as HTMLButtonElement).value;
    const told = new FormData(form, event.submitter);
    root.dataset["theme"] = chosen;
    root.dataset["bsTheme"] = chosen;
    document.dispatchEvent(new CustomEvent("chot:theme"));
    void fetch(form.action, { method: "POST", body: told, redirect: "manual", keepalive: true });
    form.querySelectorAll<HTMLButtonElement>("button").forEach((each) => each.checkVisibility() && each.focus());
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

// A part of a page that could not be loaded says so, with the number that the log has.
function tell(text: string): void {
  document.querySelector("#told")?.remove();
  const notice = Object.assign(document.createElement("p"), { id: "told", className: "notice error", textContent: text });
  notice.setAttribute("role", "alert");
  document.querySelector("main")?.prepend(notice);
}
document.addEventListener("htmx:responseError", (event) => {
  const answer = (event as CustomEvent<{ xhr: XMLHttpRequest }>).detail.xhr;
  tell(`${document.body.dataset["failed"] ?? ""} ${answer.getResponseHeader("X-Incident") ?? answer.status}`);
});
document.addEventListener("htmx:sendError", () => tell(document.body.dataset["offline"] ?? ""));
