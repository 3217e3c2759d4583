// Where seeds are looked for, without reloads: tabs, pages, search as you type. One question at a time: a newer one
// calls the older off, so that no late answer takes the place of a newer.

import { RequestFailed } from "./http.js";
import { showFailure } from "./notice.js";
import { localiseClocks } from "./page.js";
import { askForPage } from "./page_parts.js";

const TYPING_MS = 350;
/** Sooner nothing is shown, so that quick answers do not flicker. */
const SKELETON_MS = 200;
const SLOW_SECONDS = 4;
const VERY_SLOW_SECONDS = 20;
const LONGEST_SECONDS = 60;

const look = /** @type {HTMLElement} */ (document.querySelector("[data-look]"));
const notices = document.querySelector("[data-notices]");
const status = look.parentElement.querySelector("[data-look-status]");
const back = /** @type {HTMLInputElement} */ (document.querySelector('#make input[name="back"]'));
/** @type {AbortController | null} */
let asking = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let typing;

const results = () => /** @type {HTMLElement} */ (look.querySelector("[data-results]"));
const words = () => look.dataset;

/** Show that something is on its way: places for the rows, and after a while that it takes long. */
function wait() {
  const template = /** @type {HTMLTemplateElement} */ (look.parentElement.querySelector("template[data-skeleton]"));
  const timers = [
    setTimeout(() => {
      // A page that was sent without its rows has the places already, and has told why.
      if (!results().querySelector("[data-slow]")) results().replaceChildren(template.content.cloneNode(true));
      results().ariaBusy = "true";
    }, SKELETON_MS),
    setTimeout(() => tell(words().toldSlow), SLOW_SECONDS * 1000),
    setTimeout(() => tell(words().toldVerySlow), VERY_SLOW_SECONDS * 1000),
  ];
  return () => timers.forEach(clearTimeout);
}

/** @param {string} text */
function tell(text) {
  const line = results().querySelector("[data-slow]");
  if (!line) return;
  line.removeAttribute("data-hidden");
  line.querySelector("span").textContent = text;
  status.textContent = text;
}

/**
 * @param {string} url  of a state of this page
 * @param {{typed?: boolean, push?: boolean, focus?: string}} [how]
 */
export async function go(url, { typed = false, push = true, focus = "" } = {}) {
  clearTimeout(typing);
  asking?.abort();
  const mine = (asking = new AbortController());
  const over = wait();
  try {
    const { page, status: answered } = await askForPage(url, { seconds: LONGEST_SECONDS, signal: mine.signal, patient: true });
    if (mine.signal.aborted) return;
    const next = page.querySelector("[data-look]");
    // Another page: the session has ended, say. It speaks for itself.
    if (!next || answered !== 200) return location.assign(url);
    show(page, next, typed);
    if (typed || !push) history.replaceState({ seeds: true }, "", url);
    else history.pushState({ seeds: true }, "", url);
    if (focus) /** @type {HTMLElement | null} */ (look.querySelector(focus))?.focus({ preventScroll: !focus.includes("results") });
  } catch (error) {
    if (mine.signal.aborted) return;
    const gone = error instanceof RequestFailed && error.status === 0;
    results().replaceChildren();
    showFailure(results(), { title: gone ? words().offline : words().late, tone: "warn", action: { url, label: words().again } });
    status.textContent = gone ? words().offline : words().late;
  } finally {
    over();
    if (asking === mine) asking = null;
    results().ariaBusy = null;
  }
}

function show(page, next, typed) {
  // While somebody types, the field stays: only what was found is new.
  if (typed) results().replaceWith(document.adoptNode(next.querySelector("[data-results]")));
  else look.replaceChildren(...document.adoptNode(next).childNodes);
  const said = page.querySelector("[data-notices]");
  notices.replaceChildren(...document.adoptNode(said).childNodes);
  back.value = page.querySelector('#make input[name="back"]')?.value ?? back.value;
  document.title = page.title;
  status.textContent = results().dataset.found ?? "";
  localiseClocks();
}

function stop() {
  asking?.abort();
  results().replaceChildren();
  showFailure(results(), { title: words().stopped, tone: "warn", action: { url: location.href, label: words().again } });
  status.textContent = words().stopped;
}

look.addEventListener("click", (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  if (target.closest("[data-stop]")) return stop();
  const link = target.closest("a[href]");
  if (!(link instanceof HTMLAnchorElement) || link.target || link.pathname !== location.pathname || link.origin !== location.origin) return;
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const tab = link.closest(".tabs") ? (link.search.includes("tab=search") ? "#query" : ".tabs [aria-current]") : "[data-results] h2";
  go(link.href, { focus: link.closest(".spans") ? ".spans [aria-current]" : tab });
});

/** @param {HTMLFormElement} form */
function addressOf(form) {
  const asked = new URLSearchParams();
  for (const [name, value] of new FormData(form)) asked.append(name, String(value).trim());
  return `${form.action}?${asked}`;
}

look.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!form.matches("[role=search]")) return;
  event.preventDefault();
  go(addressOf(form), { typed: true });
});

look.addEventListener("input", (event) => {
  const field = /** @type {HTMLInputElement} */ (event.target);
  const form = field.form;
  if (!form?.matches("[role=search]")) return;
  clearTimeout(typing);
  const text = field.value.trim();
  // Two letters say something; so does one that is a word of its own.
  if (text.length < 2 && !/[^\u0000-\u024f]/.test(text)) return;
  typing = setTimeout(() => go(addressOf(form), { typed: true }), TYPING_MS);
});

addEventListener("popstate", () => go(location.href, { push: false }));

// The page came without its rows because Spotify is slow: they are asked for now, with more patience.
if (results().dataset.waiting !== undefined) go(location.href, { push: false });
