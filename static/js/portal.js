// What every page gets. Each part looks for its own data attributes and does nothing without them.
import { confirmIn } from "./confirm.js";
import { uploadsIn } from "./upload.js";
import { liveIn } from "./live.js";
import { autosaveIn } from "./autosave.js";
import { keysIn } from "./keys.js";
import { guardSubmits } from "./submit.js";
import { freshTokens } from "./token.js";
import { keepForms } from "./keep.js";
import { fieldIn } from "./field.js";

function enhance(root) {
  confirmIn(root);
  uploadsIn(root);
  liveIn(root);
  autosaveIn(root);
  keysIn(root);
}

freshTokens(document);
guardSubmits(document);
keepForms();
enhance(document);
fieldIn(document);
document.querySelector("[data-focus]")?.focus();

// Fragments that one of the parts puts into the page are enhanced like the page itself.
document.addEventListener("portal:replaced", (event) => enhance(event.target));

// One menu at a time; Escape and a click beside it close it.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary")?.focus();
  }
});
