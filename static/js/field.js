// <form data-field="17">: a report written in the field, where the network comes and goes.
//
// What is typed is noted in localStorage at once, so that it outlives the tab, and is put back when the form is opened again. The form is
// sent by a script that waits for the answer: only an answer removes the note. Without a connection it says so, and the same report, with
// the same report_key, goes out again when the connection is back: the portal takes it once.
// Notes belong to the person of the page; they go when somebody else signs in, with a form[data-forget], and when the visit is over.
import { say } from "./said.js";
import { token } from "./token.js";

const PREFIX = "report ";
const AGAIN = 8000; // until the next try when the portal cannot be reached
const PATIENCE = 30000; // for one answer
const UNSENT = ["csrfmiddlewaretoken"];

export function fieldIn(root) {
  tidy(root);
  for (const form of root.querySelectorAll("form[data-field]")) {
    if (form.dataset.fieldReady) continue;
    form.dataset.fieldReady = "1";
    enhance(form);
  }
}

const person = () => document.body.dataset.person || "";

// A visit that is over needs no note, and nobody finds the notes of somebody else.
function tidy(root) {
  const over = root.querySelector("[data-report-over]")?.dataset.reportOver;
  if (over) forget(PREFIX + over);
  for (const [key, note] of notes()) if (person() && note.person !== person()) forget(key);
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-forget]")) for (const [key] of notes()) forget(key);
  });
}

function enhance(form) {
  const key = PREFIX + form.dataset.field;
  const line = form.querySelector("[data-field-said]");
  let timer = 0;
  let flying = false;

  function tell(words, { aloud = true } = {}) {
    if (line.textContent === words) return;
    line.textContent = words;
    line.className = words === form.dataset.waiting || words === form.dataset.signedOut ? "notice mb-3" : "sm muted";
    if (aloud) say(words);
  }

  function fields() {
    const all = {};
    for (const [name, value] of new FormData(form)) if (!UNSENT.includes(name) && typeof value === "string") all[name] = value;
    return all;
  }

  function note(waits) {
    const kept = put(key, { fields: fields(), waits, person: person() });
    if (!kept) tell(form.dataset.unkept);
    return kept;
  }

  async function send() {
    window.clearTimeout(timer);
    if (flying) return;
    flying = true;
    form.setAttribute("aria-busy", "true");
    tell(form.dataset.sending);
    const outcome = await post(form);
    flying = false;
    form.removeAttribute("aria-busy");
    if (outcome.url) {
      forget(key);
      window.location.assign(outcome.url);
    } else if (outcome.signedOut) {
      note(false);
      tell(form.dataset.signedOut);
    } else if (outcome.answered) {
      note(false);
      form.dataset.plain = "1";
      form.submit(); // the portal has something to say about it: its own page shows what
    } else {
      tell(form.dataset.waiting);
      timer = window.setTimeout(send, AGAIN);
    }
  }

  const waits = () => Boolean(get(key)?.waits);
  form.addEventListener("input", () => {
    if (note(waits()) && !waits()) tell(form.dataset.kept, { aloud: false });
  });
  form.addEventListener("change", () => note(waits()));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    note(true);
    send();
  });
  window.addEventListener("online", () => { if (waits()) send(); });
  window.addEventListener("pageshow", (event) => { if (event.persisted && waits()) send(); });

  const before = get(key);
  if (!before) return;
  const answered = form.querySelector("[aria-invalid=true]") || document.querySelector(".errsum");
  if (answered) return; // the form is back with its faults, and holds what was sent
  restore(form, before.fields);
  tell(before.waits ? form.dataset.waiting : form.dataset.restored);
  if (before.waits) send();
}

function restore(form, kept) {
  for (const [name, value] of Object.entries(kept)) {
    const field = form.elements[name];
    if (field) field.value = value; // also of a group of radio buttons
  }
}

// Where to go on (url), signedOut, answered (it says what is wrong), or nothing: no connection.
async function post(form) {
  try {
    const response = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json", "X-CSRFToken": token() },
      credentials: "same-origin",
      redirect: "manual", // a redirect leads to the sign-in
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (response.type === "opaqueredirect" || response.status === 401 || response.status === 403) return { signedOut: true };
    if (response.ok) return await response.json();
    return response.status >= 500 ? {} : { answered: true };
  } catch {
    return {};
  }
}

function notes() {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).map((key) => [key, get(key)]).filter(([, note]) => note);
  } catch {
    return []; // the browser keeps nothing
  }
}

function get(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

function put(key, note) {
  try {
    localStorage.setItem(key, JSON.stringify(note));
    return true;
  } catch {
    return false;
  }
}

function forget(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    // there is nothing to forget
  }
}
