// Search as you type: <form data-finder="ID"> is asked for in the background, and the element with that id is replaced.
// The address follows, so that a reload and a link show the same. A letter that is still being composed is not searched for.
import { say } from "./said.js";

const PAUSE = 200; // milliseconds after the last key

for (const form of document.querySelectorAll("form[data-finder]")) find(form);

function find(form) {
  const box = form.querySelector("[data-search]");
  let timer = 0;
  let asked = null;

  form.querySelector("[data-finder-button]")?.classList.add("visually-hidden");
  box.addEventListener("input", (event) => { if (!event.isComposing) wait(PAUSE); });
  box.addEventListener("compositionend", () => wait(PAUSE));
  form.addEventListener("change", (event) => { if (event.target !== box) wait(0); });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown") return;
    const first = list().querySelector("a[data-open]");
    if (!first) return;
    event.preventDefault();
    first.closest("[data-row]")?.classList.add("cur");
    first.focus();
  });

  const list = () => document.getElementById(form.dataset.finder);

  function wait(time) {
    window.clearTimeout(timer);
    timer = window.setTimeout(ask, time);
  }

  async function ask() {
    asked?.abort();
    const mine = new AbortController();
    asked = mine;
    const fields = [...new FormData(form)].filter(([, value]) => value !== "");
    const address = `${form.getAttribute("action")}?${new URLSearchParams(fields)}`;
    try {
      const response = await fetch(address, { credentials: "same-origin", signal: mine.signal });
      if (!response.ok || response.redirected) {
        form.submit(); // signed out, or something is wrong: the page says what
        return;
      }
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = page.getElementById(form.dataset.finder);
      if (mine.signal.aborted || !fresh) return;
      list().replaceChildren(...document.importNode(fresh, true).childNodes);
      list().dispatchEvent(new CustomEvent("portal:replaced", { bubbles: true }));
      window.history.replaceState(null, "", address);
      say(list().querySelector("[data-found]")?.firstChild?.textContent.trim() || list().querySelector("h3")?.textContent);
    } catch (error) {
      if (error.name !== "AbortError") form.submit(); // the browser says that the network is away
    }
  }
}
