// The page of a task: letters press buttons, 1 2 3 give verdicts, materials change in the viewer without leaving the page.
const viewer = document.querySelector("[data-viewer]");
const form = document.querySelector("form[data-verdicts]");
const sets = () => [...document.querySelectorAll("fieldset[data-material]")];
const VALUES = { 1: "accepted", 2: "correction", 3: "not_applicable" };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.keyCode === 229) return;
  if (event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, dialog")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.key === "/") {
    document.querySelector("[data-search]")?.focus();
    event.preventDefault();
    return;
  }
  if (VALUES[event.key] && form) {
    judge(VALUES[event.key]);
    event.preventDefault();
    return;
  }
  const button = event.key.length === 1 && document.querySelector(`[data-task-key="${CSS.escape(event.key)}"]:not([hidden])`);
  if (button) {
    button.click();
    event.preventDefault();
  }
});

// A verdict on the material in view; the next one without a verdict comes into view, or the text of the correction.
function judge(value) {
  const all = sets();
  const here = all.find((set) => set.classList.contains("cur")) || all[0];
  const radio = here?.querySelector(`input[value=${value}]`);
  if (!radio) return;
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
  if (value === "correction") {
    document.querySelector(`[data-text-of="${here.dataset.material}"] textarea`)?.focus();
    return;
  }
  const after = all.slice(all.indexOf(here) + 1).concat(all);
  const next = after.find((set) => !set.querySelector("input:checked"));
  if (next) open(next);
}

function open(set) {
  for (const other of sets()) other.classList.toggle("cur", other === set);
  set.querySelector("[data-show]").focus({ preventScroll: true });
  const links = [...set.querySelectorAll("[data-versions] a")];
  const bar = viewer?.querySelector("[data-viewer-versions]");
  if (bar) bar.replaceChildren(...links.map((link) => link.cloneNode(true)));
  if (links.length) look(links[0]);
}

// One version in the viewer; what the browser cannot show stays a download.
function look(link) {
  const frame = viewer?.querySelector("iframe");
  if (!frame || !link.dataset.inViewer) return false;
  frame.contentWindow.location.replace(`${link.href}#navpanes=0&view=FitH`);
  frame.title = link.dataset.inViewer;
  viewer.querySelector("[data-viewer-name]").textContent = link.dataset.inViewer;
  viewer.querySelector("[data-viewer-download]").href = link.dataset.download;
  const apart = viewer.querySelector("[data-viewer-open]");
  if (apart) apart.href = link.href;
  for (const other of viewer.querySelectorAll("[data-viewer-versions] a")) other.classList.toggle("strong", other.href === link.href);
  return true;
}

document.addEventListener("click", (event) => {
  const show = event.target.closest("[data-show]");
  const link = event.target.closest("a[data-in-viewer]");
  if (show) {
    const set = show.closest("fieldset");
    const first = set.querySelector("[data-versions] a");
    if (!first?.dataset.inViewer || !viewer?.querySelector("iframe")) return;
    event.preventDefault();
    open(set);
  } else if (link && look(link)) {
    event.preventDefault();
  }
});

// The notice holds the texts of what is to be corrected, and the button that fits the verdicts is offered.
function fit() {
  if (!form) return;
  let wrong = 0;
  let decided = 0;
  for (const set of sets()) {
    const chosen = set.querySelector("input:checked")?.value;
    decided += chosen ? 1 : 0;
    wrong += chosen === "correction" ? 1 : 0;
    const text = form.querySelector(`[data-text-of="${set.dataset.material}"]`);
    text.toggleAttribute("data-off", chosen !== "correction" && !text.querySelector(".err"));
  }
  form.querySelector("[data-decided]").textContent = decided;
  form.querySelector("[data-no-text]").hidden = wrong > 0;
  form.querySelector("[data-aim=correct]").hidden = wrong === 0;
  form.querySelector("[data-aim=pass]").hidden = wrong > 0;
}
form?.addEventListener("change", fit);
fit();

// A text that is often needed goes below what is typed, without leaving the page.
form?.addEventListener("click", (event) => {
  const place = event.target.closest("button[name=insert]")?.closest("[data-ready-text]");
  if (!place) return;
  event.preventDefault();
  const chosen = place.querySelector("select").selectedOptions[0];
  const field = document.getElementById(place.dataset.readyText);
  if (!chosen?.dataset.words) return;
  field.value = `${field.value.trimEnd()}\n${chosen.dataset.words}`.trim();
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});

// What is typed and not kept is not lost by a slip.
let typed = false;
form?.addEventListener("input", () => { typed = true; });
form?.addEventListener("submit", () => { typed = false; });
window.addEventListener("beforeunload", (event) => { if (typed) event.preventDefault(); });
