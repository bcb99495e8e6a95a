// What was typed into a form stays in this tab until the portal has taken it, also when the session had ended.
//
// When a form is posted, the text and the choices that were changed in it are noted in sessionStorage, under the path of the page and the
// address of the form: no passwords, codes, files, hidden or ticked fields. The page that comes next decides:
//   - a page with data-hold (sign-in, second step, an error): the post was not taken, and the note waits;
//   - a page reached by going back: no answer came between, so the post was not taken either;
//   - any other page is the answer, and the note goes.
// A note that waits is put back when its form is on the page again, into fields that read as they did before the typing; a line in the form
// says so. Notes belong to the person of the page (data-person); they go when somebody else signs in, or with a form[data-forget].
import { TEXT } from "./carry.js";
import { say } from "./said.js";

const PREFIX = "kept ";
const CODES = "[autocomplete=one-time-code]";

export function keepForms() {
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-forget]")) for (const [key] of notes()) forget(key);
    else if (event.target.method === "post" && !onHold()) write(event.target);
  });
  if (onHold()) for (const [key, note] of notes()) put(key, { ...note, waits: true });
  else document.addEventListener("DOMContentLoaded", read); // when the other scripts of the page listen
}

const onHold = () => Boolean(document.querySelector("[data-hold]"));
const person = () => document.body.dataset.person || "";
const keyOf = (form) => `${PREFIX}${window.location.pathname} ${new URL(form.action, window.location.href).pathname}`;

// Every field that can be noted: its name, what it holds, and what it held when the page came.
function* fields(form) {
  for (const field of form.elements) {
    if (!field.name) continue;
    if (field.matches(TEXT) && !field.matches(CODES)) {
      yield { field, name: field.name, value: field.value, was: field.defaultValue };
    } else if (field.localName === "select" && !field.multiple) {
      const first = [...field.options].find((option) => option.defaultSelected) || field.options[0];
      yield { field, name: field.name, value: field.value, was: first?.value ?? "" };
    } else if (field.type === "radio" && field === form.querySelector(`input[type=radio][name="${CSS.escape(field.name)}"]`)) {
      const all = [...form.querySelectorAll(`input[type=radio][name="${CSS.escape(field.name)}"]`)];
      yield {
        field,
        name: field.name,
        value: all.find((radio) => radio.checked)?.value ?? "",
        was: all.find((radio) => radio.defaultChecked)?.value ?? "",
      };
    }
  }
}

function write(form) {
  const typed = {};
  for (const { name, value, was } of fields(form)) if (value !== was) typed[name] = { value, was };
  if (Object.keys(typed).length) put(keyOf(form), { typed, person: person(), waits: false });
  else forget(keyOf(form));
}

function read() {
  const back = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
  for (const [key, note] of notes()) {
    const strange = person() && note.person !== person();
    if (strange || !(note.waits || back)) forget(key);
    else if (!note.waits) put(key, { ...note, waits: true });
  }
  const waiting = new Map(notes());
  if (!person() || !waiting.size) return;
  for (const form of document.forms) {
    const note = waiting.get(keyOf(form));
    if (note && form.method === "post") restore(form, note.typed);
  }
}

function restore(form, typed) {
  const restored = [];
  for (const { field, name, value } of fields(form)) {
    const note = typed[name];
    if (!note || value === note.value || (value !== note.was && value !== "")) continue;
    if (field.type === "radio") {
      const radio = form.querySelector(`input[type=radio][name="${CSS.escape(name)}"][value="${CSS.escape(note.value)}"]`);
      if (!radio) continue;
      radio.checked = true;
    } else {
      field.value = note.value;
    }
    restored.push(field);
  }
  for (const field of restored) {
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
  if (!restored.length) return;
  const words = document.getElementById("said")?.dataset.putBack;
  const line = document.createElement("p");
  line.className = "notice mb-3";
  line.dataset.putBack = "";
  line.textContent = words;
  form.prepend(line);
  say(words);
}

function notes() {
  try {
    return Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX)).map((key) => [key, JSON.parse(sessionStorage.getItem(key))]);
  } catch {
    return []; // the browser keeps nothing
  }
}

function put(key, note) {
  try {
    sessionStorage.setItem(key, JSON.stringify(note));
  } catch {
    // full, or not allowed: the form works all the same
  }
}

function forget(key) {
  sessionStorage.removeItem(key);
}
