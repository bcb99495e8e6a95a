// A second click on the same button sends nothing: the first answer is on its way.
// The button is not disabled, for then its name and value would not be sent and the focus would be lost.
export function guardSubmits(root) {
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.again !== undefined || event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    // scripts that take the form over do so in their own listener, which may still run after this one
    window.setTimeout(() => {
      if (event.defaultPrevented) return;
      form.dataset.sent = "1";
      form.setAttribute("aria-busy", "true");
    }, 0);
  });
  // a page taken back from the browser's memory may be sent again; so may one whose answer was a download
  window.addEventListener("pageshow", () => release(root));
  window.addEventListener("focus", () => release(root));
}

function release(root) {
  for (const form of root.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  }
}
