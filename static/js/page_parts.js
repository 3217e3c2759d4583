// Parts of a page of ours taken from a fresh copy of it, so that nothing scrolls and what is typed or played stays.

import { RequestFailed } from "./http.js";
import { localiseClocks } from "./page.js";

/** On `document` after parts were renewed; whoever works on them looks for its own again. */
export const RENEWED = "renewed";

/**
 * Ask for a page of our own as a document. The browser reads it as it reads any page, scripts left out: no text is
 * made into markup by us, which the policy of these pages forbids.
 * @param {string} url
 * @param {{body?: URLSearchParams, seconds?: number, signal?: AbortSignal, patient?: boolean, alone?: boolean}} [options]
 *   with a body it is posted; patient: the server may wait for Spotify before it answers; alone: what was asked for is
 *   enough, without the page around it
 * @returns {Promise<{page: Document, status: number}>}
 */
export function askForPage(url, { body, seconds = 20, signal, patient = false, alone = false } = {}) {
  return new Promise((resolve, reject) => {
    const asked = new XMLHttpRequest();
    asked.open(body ? "POST" : "GET", url);
    asked.responseType = "document";
    asked.timeout = seconds * 1000;
    asked.setRequestHeader("Accept", "text/html");
    if (patient) asked.setRequestHeader("Prefer", `wait=${seconds}`);
    if (alone) asked.setRequestHeader("Prefer", "return=minimal");
    signal?.addEventListener("abort", () => asked.abort());
    asked.onabort = () => reject(new RequestFailed(0, null));
    asked.onload = () => {
      const page = asked.response;
      if (page instanceof Document) resolve({ page, status: asked.status });
      else reject(new RequestFailed(asked.status, null));
    };
    asked.onerror = () => reject(new RequestFailed(0, null));
    asked.ontimeout = () => reject(new RequestFailed(504, null));
    asked.send(body);
  });
}

/**
 * Put the parts of a fresh copy in place of ours; one with the same key is left alone.
 * @param {Document} page
 * @param {{unasked?: boolean}} [options] unasked: what the reader was told about the last action stays
 * @returns {boolean} whether it was a copy of this page
 */
export function renew(page, { unasked = false } = {}) {
  const fresh = new Map([...page.querySelectorAll("[data-region]")].map((part) => [part.dataset.region, part]));
  const ours = [...document.querySelectorAll("[data-region]")];
  if (!ours.every((part) => fresh.has(part.dataset.region))) return false;
  const back = rememberPlace(unasked);
  for (const part of ours) {
    const next = fresh.get(part.dataset.region);
    if (part.dataset.key && part.dataset.key === next.dataset.key) continue;
    if (unasked && part.querySelector("[data-notices] :is(.bad, .warn)")) continue;
    keepTyped(part, next);
    part.replaceWith(document.adoptNode(next));
    // Read outside of a window, a sound counts as one that must not be loaded; here it may.
    for (const sound of next.querySelectorAll("audio")) sound.load();
  }
  localiseClocks();
  document.dispatchEvent(new CustomEvent(RENEWED));
  back();
  return true;
}

/** Rows of a list that are here whole (row_part.js): a fresh copy has to bring them whole too. */
export const wholeRows = () => /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".entry[id^=track-]:has(> .moment > .moment-body)")]);

/** Renew this page as it is now; where that fails, load it again. */
export async function renewFromServer() {
  const open = wholeRows().map((row) => `open=${row.id.replace(/\D/g, "")}`).join("&");
  try {
    const { page, status } = await askForPage(open ? `${location.pathname}?${open}` : location.pathname);
    if (status === 200 && renew(page, { unasked: true })) return;
  } catch {
    // then the browser's own way
  }
  location.reload();
}

/**
 * Remember where the reader is, and return what leads back there: same row, same menu, same focus, and what was typed
 * into a row where nothing was sent.
 * @param {boolean} unasked
 */
function rememberPlace(unasked) {
  const rowOf = (/** @type {string | undefined} */ track) => document.querySelector(`.entry[data-track="${CSS.escape(track ?? "")}"]`);
  const seen = [...document.querySelectorAll(".entry")].find((row) => row.getBoundingClientRect().top >= 0);
  const top = seen?.getBoundingClientRect().top ?? 0;
  const open = document.querySelector(".acts[open]")?.closest(".entry").dataset.track;
  const moments = [...document.querySelectorAll(".moment[open]")].map((one) => one.closest(".entry").dataset.track);
  const typed = [...document.querySelectorAll("[data-start-field]")]
    .filter((field) => unasked && field.value !== field.defaultValue)
    .map((field) => ({ track: field.closest(".entry").dataset.track, value: field.value }));
  const focus = /** @type {HTMLElement} */ (document.activeElement);
  const track = focus.closest(".entry")?.dataset.track;
  const inRow = focus.dataset.act ? `[data-act="${focus.dataset.act}"]` : "[data-menu]";
  return () => {
    for (const moment of document.querySelectorAll(".moment")) {
      moment.toggleAttribute("open", moments.includes(moment.closest(".entry").dataset.track));
    }
    for (const { track: one, value } of typed) {
      const field = rowOf(one)?.querySelector("[data-start-field]");
      if (field) field.value = value;
    }
    const row = scrollY && rowOf(seen?.dataset.track);
    if (row) scrollBy({ top: row.getBoundingClientRect().top - top, behavior: "instant" });
    if (open) rowOf(open)?.querySelector(".acts").setAttribute("open", "");
    if (focus.isConnected) return;
    const twin = focus.id ? document.getElementById(focus.id) : track && rowOf(track)?.querySelector(inRow);
    if (twin) twin.focus({ preventScroll: true });
  };
}

function keepTyped(part, next) {
  for (const field of part.querySelectorAll("input[type=text][id]:not([data-start-field])")) {
    const twin = next.querySelector(`#${CSS.escape(field.id)}`);
    if (twin && field.value !== field.defaultValue) twin.value = field.value;
  }
  for (const choice of part.querySelectorAll("input[type=radio]:checked")) {
    const twin = next.querySelector(`input[name="${CSS.escape(choice.name)}"][value="${CSS.escape(choice.value)}"]`);
    if (twin && !choice.defaultChecked) twin.checked = true;
  }
}
