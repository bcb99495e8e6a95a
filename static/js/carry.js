// A part of the page gives way to its newer self; what the person has in hand goes along: open details, half-typed text, the focus.
//   const refocus = carry(old, fresh);   before the exchange
//   refocus();                           after it
export const TEXT = "textarea, input:is(:not([type]), [type=text], [type=search], [type=email], [type=tel], [type=url], [type=number], [type=date])";

export function carry(old, fresh) {
  for (const details of old.querySelectorAll("details[open]")) {
    const other = twin(details, old, fresh);
    if (other) other.open = true;
  }
  for (const field of old.querySelectorAll(TEXT)) {
    if (field.value === field.defaultValue) continue;
    const other = twin(field, old, fresh);
    if (other) other.value = field.value;
  }
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  if (!focused) return () => {};
  const { selectionStart, selectionEnd } = focused.matches(TEXT) ? focused : {};
  const target = twin(focused, old, fresh) || refuge(focused, old, fresh);
  return () => {
    target?.focus({ preventScroll: true });
    if (Number.isInteger(selectionStart)) target?.setSelectionRange?.(selectionStart, selectionEnd);
  };
}

// The heading (or another place that takes the focus) of what holds an element that is gone.
export function refuge(element, old, fresh) {
  for (let home = element.parentElement?.closest("[id]"); home && old.contains(home); home = home.parentElement?.closest("[id]")) {
    const there = find(home, old, fresh);
    const place = there?.matches("[tabindex]") ? there : there?.querySelector("h1, h2, h3");
    if (!place) continue;
    if (!place.hasAttribute("tabindex")) place.tabIndex = -1;
    return place;
  }
  return null;
}

// The same element in the newer part: by its id, else the one that reads the same in the same place.
function twin(element, old, fresh) {
  if (element.id) return find(element, old, fresh);
  const home = element.closest("[id]");
  const from = home && old.contains(home) ? home : old;
  const there = from === old ? fresh : find(from, old, fresh);
  if (!there) return null;
  const alike = (root) => [...root.querySelectorAll(element.localName)].filter((other) => key(other) === key(element));
  return alike(there)[alike(from).indexOf(element)] || null;
}

function find(element, old, fresh) {
  return element === old ? fresh : fresh.querySelector(`#${CSS.escape(element.id)}`);
}

function key(element) {
  const words = element.localName === "details" ? element.querySelector("summary") : element;
  return [element.name, element.getAttribute("href"), element.localName === "textarea" ? "" : words?.textContent.trim()].join("|");
}
