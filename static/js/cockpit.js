// <form data-submits>: a choice in it takes effect at once; its button is for those without scripts.
for (const form of document.querySelectorAll("form[data-submits]")) {
  form.querySelector("button")?.setAttribute("hidden", "");
  form.addEventListener("change", () => form.requestSubmit());
}
