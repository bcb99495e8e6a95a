// <section data-live-url="…" data-live-said="…">: asks every five seconds whether the fragment has changed (ETag) and replaces its content.
// data-live-every="30" asks every 30 seconds instead. A hidden page does not ask; a part somebody is typing in is left alone until they leave it.
import { carry, TEXT } from "./carry.js";
import { say } from "./said.js";

const EVERY = 5000; // milliseconds
const AT_MOST = 60000;

export function liveIn(root) {
  const found = [...root.querySelectorAll("[data-live-url]")];
  if (root.matches?.("[data-live-url]")) found.push(root);
  for (const part of found) {
    if (part.dataset.ready) continue;
    part.dataset.ready = "1";
    watch(part);
  }
}

function watch(part) {
  const every = Number(part.dataset.liveEvery || 0) * 1000 || EVERY;
  let tag = part.dataset.liveTag || "";
  let wait = every;

  async function ask() {
    if (!part.isConnected) return;
    if (!document.hidden && !busy(part)) {
      try {
        const headers = { "HX-Request": "true" };
        if (tag) headers["If-None-Match"] = tag;
        const response = await fetch(part.dataset.liveUrl, { headers, cache: "no-store", credentials: "same-origin" });
        wait = every;
        if (response.status === 200 && !response.redirected) {
          const text = await response.text();
          if (!busy(part)) {
            replace(part, text, tag === "");
            tag = response.headers.get("ETag") || "";
          }
        } else if (response.redirected || response.status === 401 || response.status === 403 || response.status === 404) {
          return; // signed out, or no longer ours to see
        } else if (response.status !== 304) {
          wait = Math.min(wait * 2, AT_MOST);
        }
      } catch {
        wait = Math.min(wait * 2, AT_MOST); // the network is away: ask less often
      }
    }
    window.setTimeout(ask, wait);
  }
  window.setTimeout(ask, wait);
}

function busy(part) {
  const focused = document.activeElement;
  const typing = part.contains(focused) && focused.matches("input, textarea, select");
  const typed = [...part.querySelectorAll(TEXT)].some((field) => field.value !== field.defaultValue);
  return typing || typed || Boolean(part.querySelector("dialog[open], form[aria-busy], [data-sending]"));
}

function replace(part, text, first) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const fresh = (part.id && page.getElementById(part.id)) || page.body;
  if (plain(part) === plain(fresh)) return;
  const newer = document.importNode(fresh, true);
  const refocus = carry(part, newer);
  part.replaceChildren(...newer.childNodes);
  refocus();
  part.dispatchEvent(new CustomEvent("portal:replaced", { bubbles: true }));
  if (!first) say(fresh.dataset?.liveSaid || part.dataset.liveSaid);
}

function plain(node) {
  return node.textContent.replace(/\s+/g, " ").trim();
}
