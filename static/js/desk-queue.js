// The queue: what was ticked and where one stood outlive a refresh, and the current row is shown beside the list.
const live = document.getElementById("queue");
const preview = document.getElementById("preview");
const ticked = new Set();
let current = "";
let turn = 0;

document.addEventListener("change", () => {
  ticked.clear();
  for (const input of live.querySelectorAll("[data-row] input:checked")) ticked.add(input.value);
});

// before the listeners of keys.js, which count what is ticked
document.addEventListener("portal:replaced", (event) => {
  if (event.target !== live) return;
  for (const row of live.querySelectorAll("[data-row]")) {
    row.classList.toggle("cur", row.dataset.row === current);
    row.querySelector("input[type=checkbox]").checked = ticked.has(row.dataset.row);
  }
  follow();
}, true);

document.addEventListener("portal:current", (event) => show(event.target));
live.addEventListener("click", (event) => {
  const row = event.target.closest("[data-row]");
  if (!row || event.target.closest("a, button, input, label")) return;
  for (const other of live.querySelectorAll("[data-row]")) other.classList.toggle("cur", other === row);
  show(row);
});

async function show(row) {
  current = row.dataset.row;
  if (!preview || !preview.offsetParent) return; // narrow screens have no preview
  const mine = ++turn;
  const response = await fetch(row.dataset.preview, { headers: { "HX-Request": "true" }, credentials: "same-origin" }).catch(() => null);
  if (mine !== turn || !response || response.status !== 200 || response.redirected) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  preview.replaceChildren(...[...page.body.childNodes].map((node) => document.importNode(node, true)));
}

function follow() {
  for (const select of live.querySelectorAll("form[data-go] select")) {
    select.form.querySelector("[data-go-button]").hidden = true;
    select.onchange = () => select.form.requestSubmit();
  }
}
follow();
const first = live.querySelector("[data-row]");
if (first) {
  first.classList.add("cur");
  show(first);
}
