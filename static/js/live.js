// A trailer that is still being made is heard already; once it is there, the player goes on at the same place.

import { PROGRESS } from "./job_progress.js";
import { RENEWED } from "./page_parts.js";
import { clock, takeOver, version } from "./player.js";

/** What plays, outside of the page, so that it plays on while the page changes. @type {HTMLAudioElement | null} */
let sound = null;
let address = "";
/** Of its job. @type {Element | null} */
let stage = null;

const box = () => /** @type {HTMLElement | null} */ (document.querySelector("[data-live]"));

function render() {
  const shown = box();
  if (!shown) return;
  shown.hidden = !address;
  const button = shown.querySelector("button");
  const playing = sound !== null && !sound.paused;
  shown.classList.toggle("playing", playing);
  button.querySelector("[data-words]").textContent = playing ? button.dataset.labelPause : button.dataset.labelPlay;
  shown.querySelector("[data-live-time]").textContent = sound ? clock(sound.currentTime) : "";
}

function begin() {
  sound = new Audio(address);
  for (const name of ["play", "pause", "ended", "timeupdate"]) sound.addEventListener(name, render);
  sound.addEventListener("error", render);
}

document.addEventListener(PROGRESS, (event) => {
  const { live } = /** @type {CustomEvent} */ (event).detail;
  if (!live || live === address) return;
  sound?.pause();
  [sound, address, stage] = [null, live, /** @type {Element} */ (event.target)];
  render();
});

document.addEventListener("click", (event) => {
  if (!(/** @type {HTMLElement} */ (event.target)).closest("[data-live-play]")) return;
  if (!sound) begin();
  if (sound.paused) sound.play().catch(render);
  else sound.pause();
});

document.addEventListener(RENEWED, () => {
  if (!address) return;
  if (stage?.isConnected) return; // still being made
  const of = new URL(address, location.href).searchParams.get("of");
  // Another list, or none: what plays is no longer what is shown.
  if (sound && version() === of) takeOver(sound);
  else sound?.pause();
  [sound, address] = [null, ""];
});
