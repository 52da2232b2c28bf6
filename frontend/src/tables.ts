// A table that fits its panel keeps its head in sight; one that does not can be scrolled by keyboard.
const watcher = new ResizeObserver((entries) => {
  for (const entry of entries) fit(entry.target as HTMLElement);
});

function fit(panel: HTMLElement): void {
  panel.classList.remove("fits");
  const fits = panel.scrollWidth <= panel.clientWidth + 1;
  panel.classList.toggle("fits", fits);
  if (fits) panel.removeAttribute("tabindex");
  else panel.tabIndex = 0;
}

function watch(within: ParentNode): void {
  within.querySelectorAll<HTMLElement>(".panel.flush").forEach((panel) => watcher.observe(panel));
}

watch(document);
document.addEventListener("htmx:load", (event) => watch(event.target as HTMLElement));
