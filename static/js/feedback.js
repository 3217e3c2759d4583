// Ratings kept as they are chosen, and whole tracks that were played: told to the server, in passing.

import { request } from "./http.js";

const SAID_SECONDS = 8;
/** Arrow keys walk over the numbers; what is rested on counts. */
const REST_SECONDS = 0.6;
/** Played so long, or to its end, a whole track counts as played. */
const PLAYED_SECONDS = 30;
const WHOLE_TRACK = /\/audio\/([^/]+)\/track\/([^?#]+)/;

const words = () => /** @type {HTMLElement} */ (document.querySelector("[data-ratings]")).dataset;
const said = /** @type {HTMLElement} */ (document.querySelector("[data-said]"));
let quiet = 0;
/** @type {Map<string, number>} */
const resting = new Map();

/** @param {string} text */
function say(text) {
  clearTimeout(quiet);
  said.textContent = text;
  quiet = setTimeout(() => { said.textContent = ""; }, SAID_SECONDS * 1000);
}

/** @param {HTMLFormElement} form @param {number} value 0 takes it back */
async function send(form, value) {
  const { ratings, thanks, taken, failed } = words();
  const track = /** @type {HTMLInputElement} */ (form.elements.namedItem("track")).value;
  try {
    await request(ratings, value ? { method: "PUT", body: { track, value } } : { method: "DELETE", body: { track } });
  } catch (error) {
    say(error.failure?.title ?? failed);
    return;
  }
  say(value ? thanks.replace("{value}", String(value)) : taken);
  // The list may have been renewed meanwhile.
  const now = /** @type {HTMLFormElement | null} */ (document.getElementById(form.id)) ?? form;
  /** @type {HTMLElement} */ (now.querySelector("[data-unrate]")).hidden = !value;
  for (const choice of now.querySelectorAll("input[type=radio]")) {
    choice.checked = choice.defaultChecked = Number(choice.value) === value;
  }
}

document.addEventListener("change", (event) => {
  const choice = /** @type {HTMLInputElement} */ (event.target);
  const form = /** @type {HTMLFormElement | null} */ (choice.closest("[data-rating]"));
  if (!form) return;
  clearTimeout(resting.get(form.id));
  resting.set(form.id, setTimeout(() => send(form, Number(choice.value)), REST_SECONDS * 1000));
});

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!form.matches("[data-rating]")) return;
  event.preventDefault();
  clearTimeout(resting.get(form.id));
  const chosen = /** @type {HTMLInputElement | null} */ (form.querySelector(":checked"));
  const back = /** @type {HTMLElement | null} */ (event.submitter)?.matches("[data-unrate]");
  if (back) /** @type {HTMLElement} */ (form.querySelector("input[type=radio]")).focus();
  send(form, back ? 0 : Number(chosen?.value ?? 0));
}, { capture: true });

/** Seconds played of each whole track, by its address; counted once. @type {Map<string, {at: number, sum: number}>} */
const played = new Map();

/** @param {Event} event */
function follow(event) {
  const sound = /** @type {HTMLMediaElement} */ (event.target);
  const [address, playlist, track] = WHOLE_TRACK.exec(sound.currentSrc) ?? [];
  if (!address || !words().counted) return;
  const known = played.get(address) ?? { at: sound.currentTime, sum: 0 };
  const step = sound.currentTime - known.at;
  if (known.sum >= PLAYED_SECONDS) return;
  if (step > 0 && step < 3) known.sum += step;
  known.at = sound.currentTime;
  if (event.type === "ended") known.sum = PLAYED_SECONDS;
  played.set(address, known);
  if (known.sum < PLAYED_SECONDS) return;
  const body = { kind: "full_play", playlist, track: decodeURIComponent(track) };
  request("/api/v1/events", { method: "POST", body, seconds: 10, keepalive: true }).catch(() => null);
}

for (const name of ["timeupdate", "ended"]) document.addEventListener(name, follow, { capture: true });
