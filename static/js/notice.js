// What went wrong, what was kept, what to do: the same words the server writes into pages.

import { localiseClocks } from "./page.js";

/**
 * Show a failure in `place`, or nothing. Text stays text: nothing is parsed as HTML.
 * @param {Element} place
 * @param {import("./http.js").Failure | null} failure
 */
export function showFailure(place, failure) {
  place.replaceChildren();
  if (!failure) return;
  const template = /** @type {HTMLTemplateElement} */ (document.querySelector("template#notice"));
  const box = /** @type {HTMLElement} */ (template.content.firstElementChild.cloneNode(true));
  box.classList.add(failure.tone ?? "bad");
  const inside = box.lastElementChild;
  const title = element("p");
  title.append(element("strong", "", failure.title));
  inside.append(title);
  const kept = failure.kept && template.dataset.kept.replace("{what}", failure.kept);
  for (const text of [failure.sentence, kept, failure.advice]) {
    if (text) inside.append(element("p", "", text));
  }
  if (failure.until) {
    const moment = /** @type {HTMLTimeElement} */ (element("time", "", failure.until.utc));
    moment.dateTime = failure.until.iso;
    moment.dataset.clock = "";
    const line = element("p", "", `${template.dataset.until} `);
    line.append(moment);
    inside.append(line);
  }
  if (failure.action) {
    const link = /** @type {HTMLAnchorElement} */ (element("a", "button", failure.action.label));
    link.href = failure.action.url;
    const row = element("div", "row");
    row.append(link);
    inside.append(row);
  }
  place.append(box);
  localiseClocks(place);
}

/** @param {string} name @param {string} [className] @param {string} [text] */
function element(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}
