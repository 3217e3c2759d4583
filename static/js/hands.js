// Keep, remove, replace, more, less, extend, undo: at once and in place. Without this script each is a reload.

import { RequestFailed } from "./http.js";
import { askForPage, renew, wholeRows } from "./page_parts.js";

/** Clicks that wait for the one before them; what is clicked beyond that is not heard. */
const MOST_WAITING = 8;
const SAID_SECONDS = 8;
const SLOW_SECONDS = 0.6;

const form = /** @type {HTMLFormElement} */ (document.querySelector("[data-hands]"));
const said = /** @type {HTMLElement} */ (document.querySelector("[data-said]"));
let waiting = 0;
let before = Promise.resolve();
let quiet = 0;

/** @param {string} text @param {boolean} [stays] whether it is to be read for longer */
function say(text, stays = false) {
  clearTimeout(quiet);
  said.textContent = text;
  if (!stays) quiet = setTimeout(() => { said.textContent = ""; }, SAID_SECONDS * 1000);
}

const rowOf = (/** @type {Element | null} */ element) => /** @type {HTMLElement | null} */ (element?.closest(".entry") ?? null);
const rows = () => /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".entry")]);

/**
 * @typedef {object} Place  Where the reader was when a button was pressed.
 * @property {boolean} focused
 * @property {string} id  of the button, outside of the list
 * @property {string} [act]
 * @property {string} [track]
 * @property {number} at  row in the list
 * @property {number} top  of that row on the screen
 */

/** @param {HTMLButtonElement} button @returns {Place} */
function placeOf(button) {
  const row = rowOf(button);
  const focus = /** @type {HTMLElement} */ (document.activeElement);
  const beside = row !== null && rowOf(focus) === row;
  return {
    focused: focus === button || focus === document.body || beside,
    id: button.id,
    act: (beside && focus.dataset.act) || button.dataset.act,
    track: row?.dataset.track,
    at: row ? rows().indexOf(row) : -1,
    top: row?.getBoundingClientRect().top ?? 0,
  };
}

/** The list is new: show the reader the same place, with the focus where it was or next to it. @param {Place} place */
function comeBackTo(place) {
  const all = rows();
  const same = all.find((row) => row.dataset.track === place.track);
  const row = place.at < 0 ? null : (same ?? all[Math.min(place.at, all.length - 1)]);
  if (row) scrollBy({ top: row.getBoundingClientRect().top - place.top, behavior: "instant" });
  if (!place.focused) return;
  const twin = row ? row.querySelector(`[data-act="${place.act}"]`) : place.id && document.getElementById(place.id);
  const beside = place.act === "back" ? "[data-slide]" : "[data-menu]";
  const shown = twin && twin.checkVisibility() ? twin : row?.querySelector(beside);
  /** @type {HTMLElement} */ (shown ?? document.getElementById("list-title")).focus({ preventScroll: true });
}

/** @param {string} act @param {string} title @param {Document} page */
function tell(act, title, page) {
  if (act.startsWith("lock ") || act.startsWith("unlock ")) {
    return (act.startsWith("lock ") ? form.dataset.kept : form.dataset.free).replace("{title}", () => title);
  }
  if (act.startsWith("neither ")) return form.dataset.neither.replace("{title}", () => title);
  const done = act === "undo" ? "" : (page.querySelector("[data-told]")?.textContent ?? "");
  const notes = [...page.querySelectorAll("[data-notices] .notice")].map((note) => note.textContent.trim());
  const count = page.querySelector("#list-title")?.textContent.replace(/\s+/g, " ").trim() ?? "";
  return [done, count, ...notes].filter(Boolean).join(" ");
}

/** @param {Place} place @param {string} title @param {Document} page */
function tellMove(place, title, page) {
  const row = [...page.querySelectorAll(".entry")].find((one) => one.dataset.track === place.track);
  const span = row?.querySelector("[data-span]")?.textContent ?? "";
  return form.dataset.moved.replace("{title}", () => title).replace("{span}", span);
}

/**
 * @param {HTMLFormElement} sent the form of the whole list, or one of a row
 * @param {HTMLButtonElement} button
 * @param {string} title
 * @param {Place} place
 */
async function carryOut(sent, button, title, place) {
  const slow = setTimeout(() => {
    say(form.dataset.working, true);
    document.querySelector('[data-region="list"]').ariaBusy = "true";
  }, SLOW_SECONDS * 1000);
  try {
    const body = new URLSearchParams(/** @type {any} */ (new FormData(sent)));
    if (button.name) body.set(button.name, button.value);
    body.delete("open");
    for (const row of wholeRows()) body.append("open", row.dataset.track);
    const { page, status } = await askForPage(sent.action, { body });
    const failure = page.querySelector("[data-notices] .notice strong")?.textContent;
    const words = sent === form ? tell(button.value, title, page) : tellMove(place, title, page);
    document.querySelector(".acts[open]")?.removeAttribute("open");
    if (!renew(page)) {
      // No page of this playlist: the login has ended, or it is gone. The browser's own way shows which.
      location.reload();
      return;
    }
    comeBackTo(place);
    say(status < 400 ? words : (failure ?? ""), status >= 400);
    if (status >= 400) document.querySelector("[data-notices]").scrollIntoView({ block: "nearest" });
  } catch (error) {
    say(error instanceof RequestFailed && error.status ? form.dataset.late : form.dataset.offline, true);
  } finally {
    clearTimeout(slow);
    document.querySelector('[data-region="list"]')?.removeAttribute("aria-busy");
  }
}

document.addEventListener("submit", (event) => {
  const sent = /** @type {HTMLFormElement} */ (event.target);
  if (sent !== form && !sent.matches("[data-hands-of-row]")) return;
  event.preventDefault();
  const button = /** @type {HTMLButtonElement} */ (event.submitter);
  if (!button || waiting >= MOST_WAITING) return;
  const title = rowOf(button)?.querySelector("[data-title]")?.textContent ?? "";
  const place = placeOf(button);
  waiting += 1;
  // One after the other: each is made for the list that the one before has left.
  before = before.then(() => carryOut(sent, button, title, place)).finally(() => { waiting -= 1; });
}, { capture: true });

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector(".acts[open]");
  if (!menu) return;
  menu.removeAttribute("open");
  menu.querySelector("summary").focus();
});

document.addEventListener("click", (event) => {
  const open = document.querySelector(".acts[open]");
  if (open && !open.contains(/** @type {Node} */ (event.target))) open.removeAttribute("open");
});
