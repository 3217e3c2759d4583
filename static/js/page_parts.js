// Parts of a page of ours taken from a fresh copy of it, so that nothing scrolls and what is typed or played stays.

import { RequestFailed } from "./http.js";
import { localiseClocks } from "./page.js";

/** On `document` after parts were renewed; whoever works on them looks for its own again. */
export const RENEWED = "renewed";

/**
 * Ask for a page of our own as a document. The browser reads it as it reads any page, scripts left out: no text is
 * made into markup by us, which the policy of these pages forbids.
 * @param {string} url
 * @param {{body?: URLSearchParams, seconds?: number}} [options] with a body it is posted
 * @returns {Promise<{page: Document, status: number}>}
 */
export function askForPage(url, { body, seconds = 20 } = {}) {
  return new Promise((resolve, reject) => {
    const asked = new XMLHttpRequest();
    asked.open(body ? "POST" : "GET", url);
    asked.responseType = "document";
    asked.timeout = seconds * 1000;
    asked.setRequestHeader("Accept", "text/html");
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
 * @returns {boolean} whether it was a copy of this page
 */
export function renew(page) {
  const fresh = new Map([...page.querySelectorAll("[data-region]")].map((part) => [part.dataset.region, part]));
  const ours = [...document.querySelectorAll("[data-region]")];
  if (!ours.every((part) => fresh.has(part.dataset.region))) return false;
  for (const part of ours) {
    const next = fresh.get(part.dataset.region);
    if (part.dataset.key && part.dataset.key === next.dataset.key) continue;
    keepTyped(part, next);
    part.replaceWith(document.adoptNode(next));
  }
  localiseClocks();
  document.dispatchEvent(new CustomEvent(RENEWED));
  return true;
}

/** Renew this page as it is now; where that fails, load it again. */
export async function renewFromServer() {
  try {
    const { page, status } = await askForPage(location.pathname);
    if (status === 200 && renew(page)) return;
  } catch {
    // then the browser's own way
  }
  location.reload();
}

function keepTyped(part, next) {
  for (const field of part.querySelectorAll("input[type=text]")) {
    const twin = next.querySelector(`#${CSS.escape(field.id)}`);
    if (twin && field.value !== field.defaultValue) twin.value = field.value;
  }
  for (const choice of part.querySelectorAll("input[type=radio]:checked")) {
    const twin = next.querySelector(`input[name="${CSS.escape(choice.name)}"][value="${CSS.escape(choice.value)}"]`);
    if (twin && !choice.defaultChecked) twin.checked = true;
  }
}
