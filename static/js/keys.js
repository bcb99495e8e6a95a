// The keyboard of the queue.
//   [data-keys]            around rows and batch bar      [data-row]     one row, with a[data-open] and a checkbox
//   [data-key="e"]         pressed by that letter: inside the current row first, else anywhere in the queue
//   [data-search]          focused by /                   #keys-help     dialog opened by ?
import { say } from "./said.js";

export function keysIn(root) {
  const queue = root.querySelector("[data-keys]");
  if (queue && !queue.dataset.ready) {
    queue.dataset.ready = "1";
    selection(queue);
  }
  if (!document.documentElement.dataset.keysReady && document.querySelector("[data-keys], #keys-help")) {
    document.documentElement.dataset.keysReady = "1";
    document.addEventListener("keydown", press);
    const help = document.getElementById("keys-help");
    help?.addEventListener("click", (event) => {
      if (event.target === help || event.target.closest("[data-close]")) help.close();
    });
  }
}

const rows = () => [...document.querySelectorAll("[data-keys] [data-row]")];
const current = () => document.querySelector("[data-keys] [data-row].cur");
const box = (row) => row?.querySelector("input[type=checkbox]");

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.keyCode === 229) return;
  if (event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog")) {
    if (event.key === "Escape" && !event.target.closest("dialog")) event.target.blur();
    return;
  }
  const act = actions[event.key];
  if (act ? act(event) : letter(event)) event.preventDefault();
}

const actions = {
  j: () => move(1),
  k: () => move(-1),
  Enter: (event) => !event.target.closest("a, button, summary, label") && click(current()?.querySelector("a[data-open]")),
  x: () => click(box(current())),
  "/": () => focus(document.querySelector("[data-search]")),
  "?": () => open(document.getElementById("keys-help")),
  Escape: () => clear(),
};

function move(by) {
  const all = rows();
  if (!all.length) return false;
  const here = all.indexOf(current());
  const next = all[Math.max(0, Math.min(all.length - 1, here < 0 ? 0 : here + by))];
  for (const row of all) row.classList.toggle("cur", row === next);
  const link = next.querySelector("a[data-open]");
  (link || next).focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  next.dispatchEvent(new CustomEvent("portal:current", { bubbles: true })); // the preview follows it
  return true;
}

function letter(event) {
  if (event.key.length !== 1) return false;
  const wanted = `[data-key="${CSS.escape(event.key)}"]`;
  const button = current()?.querySelector(wanted) || document.querySelector(`[data-keys] ${wanted}, [data-keys-beside] ${wanted}`);
  if (!button) return false;
  // an action on "the selected rows" with none selected means the row one stands on
  if (button.closest("[data-batch]") && !document.querySelector("[data-row] input:checked")) {
    if (!current()) return false;
    click(box(current()));
  }
  return click(button);
}

function click(element) {
  element?.click();
  return Boolean(element);
}

function focus(element) {
  element?.focus();
  return Boolean(element);
}

function open(dialog) {
  dialog?.showModal();
  return Boolean(dialog);
}

function clear() {
  const ticked = document.querySelectorAll("[data-keys] [data-row] input:checked");
  for (const input of ticked) input.click();
  return ticked.length > 0;
}

// The batch bar shows while something is selected, and says how much.
function selection(queue) {
  // looked up each time: a live queue replaces them
  const bar = () => queue.querySelector("[data-batch]");
  const every = () => queue.querySelector("[data-select-all]");
  const boxes = () => [...queue.querySelectorAll("[data-row] input[type=checkbox]")];

  function show() {
    let count = 0;
    for (const input of boxes()) {
      input.closest("[data-row]").classList.toggle("sel", input.checked);
      count += input.checked ? 1 : 0;
    }
    const all = every();
    if (all) {
      all.checked = count > 0 && count === boxes().length;
      all.indeterminate = count > 0 && !all.checked;
    }
    const actions = bar();
    if (!actions) return;
    actions.hidden = count === 0;
    const words = actions.querySelector("[data-selected]");
    if (words) words.textContent = `${words.dataset.selected} ${count}`;
    if (count) say(`${words?.dataset.selected ?? ""} ${count}`);
  }

  queue.addEventListener("change", (event) => {
    const all = every();
    if (all && event.target === all) for (const input of boxes()) input.checked = all.checked;
    show();
  });
  queue.addEventListener("click", (event) => { if (event.target.closest("[data-clear]")) clear(); });
  queue.addEventListener("portal:replaced", show);
  show();
}
