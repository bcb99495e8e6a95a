// <form data-autosave="…">: sends the fields that were changed on this page as a draft, and says whether they were kept.
//
// The form's hidden field "seen" is the record of what is stored, as far as this page knows. The answer brings it up to date (seen),
// names fields that were changed elsewhere too and were not kept (clashes), and what to say of it (words). "sent" holds what this page
// sent last, so that the portal does not take it for somebody else's when the answer is still on its way.
// Before the page is left, by a link, another form or a closed tab, what waits is sent. What could not be sent is sent again.
import { say } from "./said.js";
import { token } from "./token.js";

const QUIET = 1500; // milliseconds without typing
const AGAIN = 15000; // until the next try when the portal cannot be reached
const PATIENCE = 3000; // that a link waits for the draft to be kept

export function autosaveIn(root) {
  for (const form of root.querySelectorAll("form[data-autosave]")) {
    if (form.dataset.autosaveReady) continue;
    form.dataset.autosaveReady = "1";
    enhance(form);
  }
}

function enhance(form) {
  const line = document.querySelector("[data-autosave-said]");
  const seen = form.elements.seen;
  const changed = new Set();
  const sent = {};
  let timer = 0;
  let flight = null;
  let failed = false;
  let submitting = false;
  let asked = false; // what is about to happen has waited for the draft already

  const sentField = document.createElement("input");
  Object.assign(sentField, { type: "hidden", name: "sent", value: "{}" });
  form.append(sentField);

  function draft(names) {
    const all = new FormData(form);
    const data = new FormData();
    for (const name of [...names, "seen", "sent"]) {
      for (const value of all.getAll(name)) if (typeof value === "string") data.append(name, value);
    }
    return data;
  }

  function wait(milliseconds) {
    window.clearTimeout(timer);
    timer = window.setTimeout(save, milliseconds);
  }

  // One draft at a time, except when the page goes away and there is no later.
  function save({ leaving = false } = {}) {
    window.clearTimeout(timer);
    if (!changed.size || (flight && !leaving)) return flight;
    const names = [...changed];
    const data = draft(names);
    changed.clear();
    for (const name of names) sent[name] = [...(sent[name] || []), data.getAll(name).join(" ")].slice(-2);
    sentField.value = JSON.stringify(sent);
    const mine = send(form.dataset.autosave, data).then((answer) => {
      if (flight === mine) flight = null;
      take(names, answer);
    });
    flight = mine;
    return flight;
  }

  function take(names, { outcome, seen: fresh = {}, clashes = [], words = "" }) {
    failed = outcome !== "saved";
    for (const name of outcome === "over" ? [] : failed ? names : clashes) changed.add(name);
    if (seen) seen.value = JSON.stringify({ ...JSON.parse(seen.value || "{}"), ...fresh });
    tell(outcome, words);
    if (outcome === "failed") wait(AGAIN);
    else if (outcome === "saved" && [...changed].some((name) => !clashes.includes(name))) wait(QUIET);
  }

  function tell(outcome, words) {
    if (!line) return;
    const at = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Shanghai" }).format(new Date());
    const box = line.querySelector("[data-words]");
    const text = words || (outcome === "saved" ? `${line.dataset.saved} ${at}` : line.dataset[outcome]);
    const news = outcome !== "saved" || words ? text : "";
    if (news && news !== box.textContent) say(news);
    box.textContent = text;
    line.querySelector("[data-sign-in]").hidden = outcome !== "signedOut";
  }

  function note(event) {
    const name = event.target.name;
    if (!name || event.target.type === "file") return;
    changed.add(name);
    wait(QUIET);
  }
  form.addEventListener("input", note);
  form.addEventListener("change", note);
  form.addEventListener("submit", () => {
    window.clearTimeout(timer);
    submitting = true;
  });

  const flush = () => { if (!submitting) save({ leaving: true }); };
  // What is still on its way may come back refused, as when it left before the sign-in: its answer is awaited first.
  const resume = () => {
    submitting = false;
    if (failed) Promise.resolve(flight).then(() => { if (failed) save(); });
  };
  window.addEventListener("pagehide", flush);
  window.addEventListener("pageshow", resume);
  window.addEventListener("focus", resume);
  window.addEventListener("online", resume);
  document.addEventListener("visibilitychange", () => (document.hidden ? flush() : resume()));
  window.addEventListener("beforeunload", (event) => { if (failed && changed.size && !submitting) event.preventDefault(); });

  // The next page may show what is typed here: first it is kept, then we go.
  function first(event, go) {
    if (asked || submitting || event.defaultPrevented || (!changed.size && !flight)) return;
    event.preventDefault();
    const patience = new Promise((done) => { window.setTimeout(done, PATIENCE); });
    Promise.race([Promise.resolve(flight).then(() => save()), patience]).then(() => {
      asked = true;
      go();
      asked = false;
    });
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    const elsewhere = link && (link.target || link.hasAttribute("download") || link.origin !== window.location.origin);
    if (!link || elsewhere || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (link.hash && link.pathname === window.location.pathname && link.search === window.location.search) return;
    first(event, () => window.location.assign(link.href));
  });
  document.addEventListener("submit", (event) => {
    if (event.target !== form) first(event, () => event.target.requestSubmit(event.submitter));
  });
}

// What became of a draft: saved, failed (no connection), refused (the portal cannot), signedOut, or over (it is no draft any more).
async function send(url, body) {
  const mine = token();
  try {
    const response = await fetch(url, {
      method: "POST",
      body,
      headers: { "X-CSRFToken": mine },
      credentials: "same-origin",
      redirect: "manual", // a redirect leads to the sign-in
      keepalive: true, // goes on when the page is left
    });
    if (response.status === 403 && token() !== mine) return send(url, body); // signed in, in another tab, while it was on its way
    if (response.type === "opaqueredirect" || response.status === 401 || response.status === 403) return { outcome: "signedOut" };
    const answer = response.headers.get("Content-Type")?.includes("json") ? await response.json() : {};
    const outcome = response.ok ? "saved" : response.status === 409 ? "over" : "refused";
    return { ...answer, outcome };
  } catch {
    return { outcome: "failed" };
  }
}
