// <form data-autosave="…">: sends the whole form as a draft when something was changed, and says when it was kept.
const QUIET = 1500; // milliseconds without typing

export function autosaveIn(root) {
  for (const form of root.querySelectorAll("form[data-autosave]")) {
    if (form.dataset.autosaveReady) continue;
    form.dataset.autosaveReady = "1";
    enhance(form);
  }
}

function enhance(form) {
  const line = document.querySelector("[data-autosave-said]");
  let timer = 0;
  let turn = 0;

  async function save() {
    const mine = ++turn;
    const data = new FormData(form);
    for (const [name, value] of [...data.entries()]) {
      if (value instanceof File) data.delete(name); // files have their own way
    }
    let kept = false;
    try {
      const response = await fetch(form.dataset.autosave, { method: "POST", body: data, credentials: "same-origin" });
      kept = response.ok && !response.redirected;
    } catch {
      kept = false;
    }
    if (mine !== turn || !line) return; // a later draft is on its way
    const at = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Shanghai" }).format(new Date());
    line.querySelector("[data-words]").textContent = kept ? `${line.dataset.saved} ${at}` : line.dataset.failed;
  }

  function later() {
    window.clearTimeout(timer);
    timer = window.setTimeout(save, QUIET);
  }
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("submit", () => window.clearTimeout(timer));
}
