// The bell keeps its number: asked for each minute while the page is seen, and at once when it is seen again.
const EVERY_MS = 60_000;
let asked = Date.now();

async function ring(): Promise<void> {
  const bell = document.querySelector<HTMLAnchorElement>(".bell");
  if (!bell?.dataset["now"] || document.hidden || !navigator.onLine || Date.now() - asked < EVERY_MS) return;
  asked = Date.now();
  try {
    const answer = await fetch(`${bell.dataset["now"]}?unread=${bell.dataset["unread"] ?? ""}`, { redirect: "error" }); // signed out: not followed
    if (answer.status !== 200) return;
    const found = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".bell");
    if (found) bell.replaceWith(found);
  } catch {
    // no connection: the next minute asks again
  }
}

window.setInterval(() => void ring(), EVERY_MS / 4);
document.addEventListener("visibilitychange", () => void ring());
