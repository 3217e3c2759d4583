// What a row leaves out until it is opened: fetched then, once. Without this script a link in the row leads to it.

import { RENEWED, askForPage, renewFromServer } from "./page_parts.js";

const words = /** @type {HTMLElement} */ (document.querySelector("[data-hands]")).dataset;
const said = /** @type {HTMLElement} */ (document.querySelector("[data-said]"));

/** @param {string} text */
function say(text) {
  said.textContent = text;
  setTimeout(() => { if (said.textContent === text) said.textContent = ""; }, 8000);
}

/** @param {HTMLElement} moment a row's highlight, open */
async function complete(moment) {
  const link = /** @type {HTMLAnchorElement | null} */ (moment.querySelector("[data-part]"));
  if (!link || moment.ariaBusy === "true") return;
  const row = moment.closest(".entry");
  moment.ariaBusy = "true";
  try {
    const { page } = await askForPage(link.href, { alone: true });
    // The list was made anew meanwhile: the row that took this one's place asks for itself.
    if (!link.isConnected) return;
    const fresh = /** @type {HTMLElement | null} */ (page.querySelector(`[id="${row.id}"]`));
    const body = fresh?.querySelector(".moment-body");
    if (!body || fresh.dataset.track !== row.getAttribute("data-track")) {
      // Another list than this one, or none any more.
      await renewFromServer();
      return;
    }
    const focused = link === document.activeElement;
    moment.querySelector("summary").replaceChildren(...fresh.querySelector(".moment summary").childNodes);
    link.replaceWith(document.adoptNode(body));
    document.dispatchEvent(new CustomEvent(RENEWED));
    if (focused) /** @type {HTMLElement} */ (body.querySelector("input:not([type=hidden])")).focus({ preventScroll: true });
  } catch {
    say(words.unread);
  } finally {
    moment.removeAttribute("aria-busy");
  }
}

// A row is opened by its summary, by the browser's search in the page, or because it was open before.
document.addEventListener("toggle", ({ target }) => {
  const moment = /** @type {HTMLDetailsElement} */ (target);
  if (moment.open && moment.matches("[data-moment]")) complete(moment);
}, { capture: true });

document.addEventListener("click", (event) => {
  const link = /** @type {Element} */ (event.target).closest("[data-part]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  complete(link.closest("[data-moment]"));
});

// Whatever was opened before this script was there.
for (const moment of document.querySelectorAll("[data-moment][open]")) complete(/** @type {HTMLElement} */ (moment));
