// Pages change in place, so that the phone beside <main> stays: links and forms are fetched, and <main> and the menu exchanged.
import htmx from "htmx.org";

let latest = 0;

function plainClick(event: MouseEvent): boolean {
  return event.button === 0 && !event.defaultPrevented && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
}

function ours(address: string): URL | undefined {
  const url = new URL(address, location.href);
  return url.origin === location.origin && /^https?:$/.test(url.protocol) ? url : undefined;
}

document.addEventListener("click", (event) => {
  const link = (event.target as HTMLElement).closest<HTMLAnchorElement>("a[href]");
  if (!link || !plainClick(event) || link.target || link.hasAttribute("download") || link.hasAttribute("hx-get")) return;
  const url = ours(link.href);
  if (!url || (url.hash && url.pathname === location.pathname && url.search === location.search)) return;
  event.preventDefault();
  void go(url.href, {}, true);
});

document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  const button = event.submitter as HTMLButtonElement | null;
  const method = (button?.getAttribute("formmethod") ?? form.method).toLowerCase();
  if (event.defaultPrevented || method === "dialog" || !form.closest("main") || form.target || form.hasAttribute("hx-post") || form.hasAttribute("hx-get")) return;
  const url = ours(button?.getAttribute("formaction") ?? form.action);
  if (!url) return;
  event.preventDefault();
  const given = new FormData(form, button);
  if (method === "get") {
    url.search = new URLSearchParams([...given].map(([name, value]) => [name, String(value)])).toString();
    void go(url.href, {}, true);
  } else {
    const multipart = form.enctype === "multipart/form-data";
    const body = multipart ? given : new URLSearchParams([...given].map(([name, value]) => [name, String(value)]));
    void go(url.href, { method: "POST", body }, true);
  }
});

window.addEventListener("popstate", () => void go(location.href, {}, false));
history.replaceState({ ...(history.state as object | null), chot: true }, "");

/** The same page as it is now. */
export function refresh(): void {
  void go(location.href, {}, false, true);
}

async function go(address: string, how: RequestInit, remembered: boolean, here = false): Promise<void> {
  const turn = ++latest;
  document.documentElement.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, { ...how, headers: { Accept: "text/html" }, credentials: "same-origin" });
    if (turn !== latest) return;
    const page = answer.headers.get("Content-Type")?.startsWith("text/html") && !/^attachment/.test(answer.headers.get("Content-Disposition") ?? "");
    if (!page) return await keep(answer);
    const told = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (turn !== latest) return;
    if (!told.querySelector("main") || !told.querySelector("chot-phone")) return location.assign(answer.url); // signed out, for instance
    show(told, answer.redirected || how.method !== "POST" ? answer.url + new URL(address).hash : address, remembered, here);
  } catch {
    if (turn === latest) document.dispatchEvent(new CustomEvent("htmx:sendError"));
  } finally {
    if (turn === latest) document.documentElement.removeAttribute("aria-busy");
  }
}

/** A file is kept as the browser keeps downloads. */
async function keep(answer: Response): Promise<void> {
  const name = /filename\*?=(?:UTF-8'')?"?([^";]+)/i.exec(answer.headers.get("Content-Disposition") ?? "")?.[1];
  const blob = await answer.blob();
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name ? decodeURIComponent(name) : "" });
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function show(told: Document, address: string, remembered: boolean, here: boolean): void {
  if (remembered) history.pushState({ chot: true }, "", address);
  document.title = told.title;
  document.body.classList.remove("menu-open");
  for (const part of ["nav.side", ".bell"]) {
    const [old, fresh] = [document.querySelector(part), told.querySelector(part)];
    if (old && fresh) old.replaceWith(document.adoptNode(fresh));
  }
  const next = told.querySelector<HTMLInputElement>("header.top [name=next]")?.value ?? "";
  for (const each of document.querySelectorAll<HTMLInputElement>("header.top [name=next]")) each.value = next; // language and light lead back here
  document.querySelector<HTMLButtonElement>(".keys-button")?.removeAttribute("hidden");
  const heads = document.body.getAttributeNames().filter((each) => each.startsWith("hx-"));
  for (const name of heads) document.body.setAttribute(name, told.body.getAttribute(name) ?? "");
  for (const sheet of told.querySelectorAll<HTMLLinkElement>("head link[rel=stylesheet]")) {
    if (!document.head.querySelector(`link[href="${CSS.escape(sheet.getAttribute("href") ?? "")}"]`)) document.head.append(document.importNode(sheet));
  }
  const main = document.querySelector("main");
  const fresh = document.adoptNode(told.querySelector("main") as HTMLElement);
  main?.replaceWith(fresh);
  const scripts = [...told.querySelectorAll("head script[src]"), ...fresh.querySelectorAll("script[src]")] as HTMLScriptElement[];
  for (const script of scripts) load(script);
  htmx.process(fresh);
  fresh.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true }));
  if (here) return;
  const place = location.hash ? document.getElementById(location.hash.slice(1)) : null;
  if (place) place.scrollIntoView();
  else window.scrollTo(0, 0);
  fresh.querySelector<HTMLElement>("[autofocus]")?.focus();
}

/** A script that came with the page runs once; those of the frame have run already. */
function load(script: HTMLScriptElement): void {
  const source = script.getAttribute("src") ?? "";
  if (!source || document.head.querySelector(`script[src="${CSS.escape(source)}"]`)) return;
  const fresh = Object.assign(document.createElement("script"), { type: script.type, src: source });
  document.head.append(fresh);
}
