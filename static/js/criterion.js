// The editor of criteria: its buttons draw the editor anew in place, instead of loading the page. Without this they load it.
function editorIn(root, id) {
  return root.querySelector(`[data-criterion][id="${CSS.escape(id)}"]`);
}

async function redraw(editor, button) {
  const form = editor.closest("form");
  const body = new FormData(form);
  body.append(button.name, button.value);
  const place = button.value;
  let page;
  try {
    const answer = await fetch(form.action || location.href, { method: "POST", body, redirect: "error" });
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    page = null;
  }
  const fresh = page && editorIn(page, editor.id);
  if (!fresh) {
    form.requestSubmit(button);
    return;
  }
  editor.replaceWith(fresh);
  prepare(fresh);
  const path = place.slice(place.indexOf(":") + 1);
  const next =
    fresh.querySelector(`[name="${CSS.escape(path)}.value"]`) ||
    fresh.querySelector(`[id="${CSS.escape(path)}.new"]`) ||
    fresh.querySelector("select, input:not([type=hidden])");
  next?.focus();
}

function prepare(editor) {
  for (const button of editor.querySelectorAll("[data-criterion-redraw]")) button.hidden = true;
  editor.addEventListener("click", (event) => {
    const button = event.target.closest("button[type=submit]");
    if (!button) return;
    event.preventDefault();
    redraw(editor, button);
  });
  editor.addEventListener("change", (event) => {
    if (!event.target.matches("[data-criterion-redraws]")) return;
    redraw(editor, event.target.parentElement.querySelector("[data-criterion-redraw]"));
  });
}

for (const editor of document.querySelectorAll("[data-criterion]")) prepare(editor);
