// <details data-confirm>: the question opens in a dialog instead of in place. Same words, same form.
export function confirmIn(root) {
  for (const details of root.querySelectorAll("details[data-confirm]")) {
    if (details.dataset.ready) continue;
    details.dataset.ready = "1";
    const body = details.querySelector(".confirm-b");
    const summary = details.querySelector("summary");
    if (!body || !summary || typeof HTMLDialogElement === "undefined") continue;

    const dialog = document.createElement("dialog");
    dialog.className = "ask";
    const heading = body.querySelector("h2");
    if (heading) {
      heading.id ||= `ask-${Math.random().toString(36).slice(2)}`;
      dialog.setAttribute("aria-labelledby", heading.id);
    }
    dialog.append(body);
    details.after(dialog); // beside, not inside: what stands in closed details is not drawn; and still inside its form
    details.open = false;

    summary.addEventListener("click", (event) => {
      event.preventDefault();
      dialog.showModal();
    });
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
    });
    dialog.addEventListener("close", () => summary.focus());
  }
}
