// Signing in, also in another tab, makes the tokens of older pages void. Their cookie always holds one that counts.
export function token() {
  return document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/)?.[1] || "";
}

export function freshTokens(root) {
  root.addEventListener("submit", (event) => {
    const input = event.target.querySelector("input[name=csrfmiddlewaretoken]");
    if (input && token()) input.value = token();
  }, true);
}
