// Tells screen readers what changed without moving the focus.
export function say(text) {
  const region = document.getElementById("said");
  if (!region || !text) return;
  region.textContent = "";
  // the same words twice would otherwise not be read the second time
  window.setTimeout(() => { region.textContent = text; }, 50);
}
