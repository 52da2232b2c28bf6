// A file is chosen in the page's words, where the browser would speak its own language. The native field lies unseen over them: it is what is clicked, focused, dropped on and read out.
function chosenFile(native: HTMLInputElement, button: HTMLElement, name: HTMLElement): void {
  const words = document.body.dataset;
  const names = [...(native.files ?? [])].map((file) => file.name);
  button.textContent = words[native.multiple ? "filesChoose" : "fileChoose"] ?? "";
  name.textContent = names.join(", ") || (words["fileNone"] ?? "");
  native.title = name.textContent; // else the browser puts its own words there
  native.setCustomValidity("");
}

function standForFile(native: HTMLInputElement, number: number): void {
  const [room, button, name] = [document.createElement("span"), document.createElement("span"), document.createElement("span")];
  room.className = `file-field ${native.className}`;
  button.className = "file-choose";
  name.id = `file-name-${native.id || native.name}-${number}`;
  for (const each of [button, name]) each.setAttribute("aria-hidden", "true");
  native.className = "";
  native.dataset["words"] = "";
  native.setAttribute("aria-describedby", `${native.getAttribute("aria-describedby") ?? ""} ${name.id}`.trim());
  native.replaceWith(room);
  room.append(button, name, native);
  const tell = (): void => chosenFile(native, button, name);
  native.addEventListener("change", tell);
  native.addEventListener("invalid", () => {
    if (native.validity.valueMissing) native.setCustomValidity(document.body.dataset["fileWanted"] ?? "?");
  });
  native.form?.addEventListener("reset", () => window.setTimeout(tell));
  window.addEventListener("pageshow", tell); // a browser that comes back to a page may have kept the file
  tell();
}

let filesSeen = 0;
function everyFile(): void {
  document.querySelectorAll<HTMLInputElement>("input[type=file]:not([data-words])").forEach((native) => standForFile(native, ++filesSeen));
}

everyFile();
new MutationObserver(everyFile).observe(document.body, { childList: true, subtree: true });
