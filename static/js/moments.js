// The window of a highlight on a track's curve: moved by pointer, finger or keys, and kept once it rests.

import { RENEWED } from "./page_parts.js";

/** After a key, so long without another one and the place is kept. */
const REST_SECONDS = 1.2;
const PAGE_SECONDS = 10;
/** The curve's box is this wide (webapp/routes/interest_curve.py). */
const WIDTH = 600;

/** Places that are not kept yet, by track: a list that is made anew meanwhile takes them over. @type {Map<string, number>} */
const moving = new Map();
/** @type {Map<string, number>} */
const resting = new Map();

const slideOf = (/** @type {Element} */ inside) => /** @type {HTMLInputElement} */ (inside.closest(".moment").querySelector("[data-slide]"));
const trackOf = (/** @type {Element} */ inside) => /** @type {HTMLElement} */ (inside.closest(".entry")).dataset.track;

/** @param {number} seconds */
function clock(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** @param {HTMLInputElement} slide @returns {{latest: number, total: number, length: number}} seconds */
function bounds(slide) {
  const latest = Number(slide.max);
  const total = Number(/** @type {HTMLElement} */ (slide.parentElement).dataset.total);
  return { latest, total, length: total - latest };
}

const words = /** @type {HTMLElement} */ (document.querySelector("[data-span-words]")).dataset.spanWords;

/** Draw a highlight that begins at `start`. @param {HTMLInputElement} slide @param {number} start */
function show(slide, start) {
  const row = slide.closest(".moment");
  const { total, length } = bounds(slide);
  slide.value = String(start);
  slide.setAttribute("aria-valuetext", words.replace("{start}", clock(start)).replace("{end}", clock(start + length)));
  row.querySelector("[data-window]").setAttribute("x", String((WIDTH * start) / total));
  row.querySelector("[data-span]").textContent = `${clock(start)}–${clock(start + length)}`;
  row.querySelector("[data-start-field]").value = clock(start);
}

/** @param {HTMLInputElement} slide @param {number} start */
function moveTo(slide, start) {
  const within = Math.min(Math.max(0, start), bounds(slide).latest);
  moving.set(trackOf(slide), within);
  show(slide, within);
}

/** Keep the place of a track's highlight, if it is another than before. @param {string} track */
function keep(track) {
  clearTimeout(resting.get(track));
  resting.delete(track);
  const start = moving.get(track);
  const slide = /** @type {HTMLInputElement | null} */ (document.querySelector(`.entry[data-track="${CSS.escape(track)}"] [data-slide]`));
  moving.delete(track);
  if (start === undefined || !slide || Math.abs(start - Number(slide.dataset.start)) < 0.5) return;
  const form = /** @type {HTMLFormElement} */ (slide.closest(".moment").querySelector("form"));
  form.querySelector("[data-start-field]").value = start.toFixed(1);
  form.requestSubmit(form.querySelector("[data-act=move]"));
}

/** @param {string} track */
function keepOnceItRests(track) {
  clearTimeout(resting.get(track));
  resting.set(track, setTimeout(() => keep(track), REST_SECONDS * 1000));
}

/** @param {PointerEvent} event */
function onDown(event) {
  const mover = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-ready]"));
  if (!mover || event.button !== 0) return;
  const slide = slideOf(mover);
  const { total, length } = bounds(slide);
  const at = (/** @type {PointerEvent} */ { clientX }) => {
    const box = mover.getBoundingClientRect();
    return ((clientX - box.left) / box.width) * total;
  };
  const before = Number(slide.value);
  // Taken hold of where it is; elsewhere it comes to the finger, its middle first.
  const inside = at(event) >= before && at(event) <= before + length;
  const grip = inside ? at(event) - before : length / 2;
  const stop = new AbortController();
  const listen = (name, does) => mover.addEventListener(name, does, { signal: stop.signal });
  mover.setPointerCapture(event.pointerId);
  mover.dataset.held = "";
  let moved = false;
  const follow = (/** @type {PointerEvent} */ now) => {
    moved = true;
    moveTo(slide, Math.round((at(now) - grip) * 10) / 10);
  };
  const end = () => {
    stop.abort();
    delete mover.dataset.held;
  };
  listen("pointermove", follow);
  listen("pointerup", (/** @type {PointerEvent} */ now) => {
    end();
    if (!moved && !inside) follow(now);
    slide.focus({ preventScroll: true });
    keep(trackOf(slide));
  });
  // The finger scrolls the page after all: nothing is moved.
  listen("pointercancel", () => {
    end();
    moving.delete(trackOf(slide));
    show(slide, before);
  });
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const slide = /** @type {HTMLInputElement} */ (event.target);
  if (!slide.matches?.("[data-slide]") || event.altKey || event.ctrlKey || event.metaKey) return;
  const steps = { PageUp: PAGE_SECONDS, PageDown: -PAGE_SECONDS, End: Infinity, Home: -Infinity, ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1 };
  if (event.key === "Enter") keep(trackOf(slide));
  else if (event.key in steps) {
    const start = Math.round(Number(slide.value)) + steps[event.key];
    moveTo(slide, start);
    keepOnceItRests(trackOf(slide));
  } else return;
  event.preventDefault();
}

function mount() {
  for (const slide of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("[data-slide][hidden]"))) {
    slide.hidden = false;
    slide.step = "any"; // the place that was found lies on a beat, seldom on a full second
    slide.value = slide.dataset.start;
    slide.parentElement.dataset.ready = "";
    slide.closest(".moment").querySelector("[data-hint]").hidden = false;
    const start = moving.get(trackOf(slide));
    if (start === undefined) continue;
    // The list was made anew while it was being moved; whoever held it holds the old one.
    show(slide, start);
    keepOnceItRests(trackOf(slide));
  }
}

document.addEventListener("pointerdown", onDown);
document.addEventListener("keydown", onKey, { capture: true });
// Assistive technology moves a slider without keys.
document.addEventListener("input", ({ target }) => {
  const slide = /** @type {HTMLInputElement} */ (target);
  if (!slide.matches("[data-slide]")) return;
  moveTo(slide, Number(slide.value));
  keepOnceItRests(trackOf(slide));
});
document.addEventListener("focusout", ({ target }) => {
  const slide = /** @type {HTMLElement} */ (target);
  if (slide.matches?.("[data-slide]") && slide.isConnected && resting.has(trackOf(slide))) keep(trackOf(slide));
});
document.addEventListener(RENEWED, mount);
mount();
