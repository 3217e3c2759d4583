// The link of a shared playlist, into the clipboard.

import { RENEWED } from "./page_parts.js";

/** Offer copying where the browser can do it; without this script the link can be selected. */
function mount() {
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = !navigator.clipboard;
}

document.addEventListener("click", async (event) => {
  const button = /** @type {HTMLElement} */ (event.target).closest("[data-copy]");
  if (!button) return;
  const panel = button.closest("[data-share]");
  const link = /** @type {HTMLInputElement} */ (panel.querySelector("[data-share-link]"));
  const told = /** @type {HTMLElement} */ (panel.querySelector("[data-copied]"));
  link.select();
  try {
    await navigator.clipboard.writeText(link.value);
    told.textContent = told.dataset.done;
  } catch {
    told.textContent = told.dataset.failed;
  }
});
document.addEventListener(RENEWED, mount);
mount();
