// <form data-upload>: drag and drop, progress and cancel over the same form and the same answer of the server.
// A file that did not get through is sent again by [data-again], or chosen again. After a new page for the target, the focus is on the
// heading of the material that was handed in.
import { carry, refuge } from "./carry.js";
import { say } from "./said.js";
import { token } from "./token.js";

const MEGABYTE = 1024 * 1024;

export function uploadsIn(root) {
  for (const form of root.querySelectorAll("form[data-upload]")) {
    if (form.dataset.ready) continue;
    form.dataset.ready = "1";
    enhance(form);
  }
}

function enhance(form) {
  const input = form.querySelector("input[type=file]");
  const drop = form.querySelector(".drop");
  form.querySelector("[data-submit]")?.setAttribute("hidden", "");

  input.addEventListener("change", () => { if (input.files.length) send(form, input); });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (input.files.length) send(form, input);
    else input.focus();
  });
  for (const name of ["dragenter", "dragover"]) {
    drop?.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  for (const name of ["dragleave", "drop"]) {
    drop?.addEventListener(name, () => drop.classList.remove("over"));
  }
  drop?.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    send(form, input);
  });
}

function send(form, input, file = input.files[0]) {
  if (form.dataset.sending) return;
  const { max, tooLarge, failed, working } = form.dataset;
  if (max && file.size > Number(max)) {
    fail(form, input, tooLarge);
    input.value = "";
    return;
  }
  form.dataset.sending = "1";
  fail(form, input, "");

  const box = form.querySelector("[data-progress]");
  const bar = box.querySelector("progress");
  const amount = box.querySelector("[data-amount]");
  box.hidden = false;
  bar.value = 0;
  box.querySelector("[data-file]").textContent = file.name;
  amount.textContent = "";

  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.responseType = "document";
  const started = performance.now();
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    bar.value = (100 * event.loaded) / event.total;
    const done = (event.loaded / MEGABYTE).toFixed(1);
    const all = (event.total / MEGABYTE).toFixed(1);
    amount.textContent = `${Math.round(bar.value)}% · ${done} / ${all} MB${rest(event, started)}`;
  });
  request.upload.addEventListener("load", () => { amount.textContent = working; });

  const finish = () => {
    delete form.dataset.sending;
    box.hidden = true;
    input.value = ""; // or choosing the same file once more would be no change
  };
  const again = form.querySelector("[data-again]");
  again.onclick = () => {
    send(form, input, file);
    box.querySelector("[data-cancel]").focus();
  };
  request.addEventListener("load", () => {
    finish();
    answer(form, input, request);
  });
  for (const name of ["error", "timeout"]) {
    request.addEventListener(name, () => {
      const held = form.contains(document.activeElement) || document.activeElement === document.body;
      finish();
      fail(form, input, failed, { again: true });
      if (held) again.focus();
    });
  }
  request.addEventListener("abort", () => {
    finish();
    input.focus();
  });
  box.querySelector("[data-cancel]").onclick = () => request.abort();
  const body = new FormData(form);
  body.set(input.name, file);
  if (token()) body.set("csrfmiddlewaretoken", token());
  request.send(body);
}

function rest(event, started) {
  const seconds = ((performance.now() - started) / 1000) * (event.total / event.loaded - 1);
  return seconds > 1 && Number.isFinite(seconds) ? ` · ${Math.ceil(seconds)} s` : "";
}

// The answer is a whole page (after the redirect) or a fragment. The target in it takes the place of the one here.
function answer(form, input, request) {
  const page = request.response;
  const target = form.dataset.target;
  const old = target ? document.getElementById(target) : null;
  const fresh = old && page ? page.getElementById(target) : null;
  if (fresh) {
    exchange(form, old, document.importNode(fresh, true), page);
    return;
  }
  if (page?.querySelector("[data-hold=sign-in]")) {
    fail(form, input, form.dataset.signedOut, { again: true, signIn: true });
    return;
  }
  if (request.status < 400) {
    window.location.assign(request.responseURL || window.location.href);
    return;
  }
  const words = page?.querySelector("[data-error]:not([hidden]), .err, .fault p")?.textContent.trim();
  const again = request.status >= 500;
  fail(form, input, words || (request.status === 413 && form.dataset.tooLarge) || form.dataset.failed, { again });
}

function exchange(form, old, newer, page) {
  const elsewhere = old.contains(document.activeElement) && !form.contains(document.activeElement);
  form.closest("details[open]")?.removeAttribute("open");
  const refocus = carry(old, newer);
  for (const other of old.querySelectorAll("form[data-sending], form[data-upload]:has([data-again]:not([hidden]))")) {
    // other files are on their way, or wait to be sent again
    if (other !== form) newer.querySelector(`form[data-upload][action="${CSS.escape(other.getAttribute("action"))}"]`)?.replaceWith(other);
  }
  const heading = refuge(form, form.closest(`#${old.id}`), newer);
  old.replaceWith(newer);
  newer.dispatchEvent(new CustomEvent("portal:replaced", { bubbles: true }));
  const wrong = newer.querySelector("[data-upload] [data-error]:not([hidden]):not(:has([data-again]:not([hidden])))");
  if (wrong) wrong.closest("form").querySelector("input[type=file]").focus();
  else if (elsewhere) refocus();
  else heading?.focus();
  say((wrong?.querySelector("span") || page.querySelector(".toast-line"))?.textContent.trim());
}

function fail(form, input, words, { again = false, signIn = false } = {}) {
  const box = form.querySelector("[data-error]");
  box.querySelector("span").textContent = words || "";
  box.hidden = !words;
  box.querySelector("[data-again]").hidden = !again;
  box.querySelector("[data-sign-in]").hidden = !signIn;
  if (words) {
    input.setAttribute("aria-invalid", "true");
    say(words);
  } else {
    input.removeAttribute("aria-invalid");
  }
}
