// <form data-upload>: drag and drop, progress and cancel over the same form and the same answer of the server.
import { say } from "./said.js";

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

function send(form, input) {
  if (form.dataset.sending) return;
  const file = input.files[0];
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
  };
  request.addEventListener("load", () => {
    finish();
    answer(form, input, request);
  });
  for (const name of ["error", "timeout"]) {
    request.addEventListener(name, () => {
      finish();
      fail(form, input, failed);
    });
  }
  request.addEventListener("abort", () => {
    finish();
    input.value = "";
    input.focus();
  });
  box.querySelector("[data-cancel]").onclick = () => request.abort();
  request.send(new FormData(form));
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
    const adopted = document.importNode(fresh, true);
    old.replaceWith(adopted);
    adopted.dispatchEvent(new CustomEvent("portal:replaced", { bubbles: true }));
    const wrong = adopted.querySelector("[aria-invalid=true]");
    if (wrong) wrong.focus();
    say(wrong ? adopted.querySelector("[data-error]:not([hidden])")?.textContent.trim() : page.querySelector(".toast-line")?.textContent.trim());
    return;
  }
  if (request.status < 400) {
    window.location.assign(request.responseURL || window.location.href);
    return;
  }
  const words = page?.querySelector("[data-error]:not([hidden]), .err, .fault p")?.textContent.trim();
  fail(form, input, words || (request.status === 413 && form.dataset.tooLarge) || form.dataset.failed);
}

function fail(form, input, words) {
  const box = form.querySelector("[data-error]");
  box.querySelector("span").textContent = words || "";
  box.hidden = !words;
  if (words) {
    input.setAttribute("aria-invalid", "true");
    say(words);
  } else {
    input.removeAttribute("aria-invalid");
  }
}
