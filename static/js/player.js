// The trailer: play, seek, chapters. Native audio controls stay where this script does not run.

import { RENEWED } from "./page_parts.js";

/**
 * @typedef {object} Chapter
 * @property {number} start  seconds in the trailer
 * @property {number} end
 * @property {HTMLElement} row
 * @property {string} title
 * @property {string} by
 */

const STEP_SECONDS = 5;
const SHORTCUTS_KEY = "hooklist.shortcuts";
/** So far into a track, "previous" goes to its start instead of to the one before. */
const RESTART_SECONDS = 2;

/** @type {HTMLElement | null} */
let root = null;
/** @type {HTMLAudioElement} */
let audio;
/** @type {HTMLInputElement} */
let seek;
let played;
/** @type {HTMLInputElement} */
let shortcuts;
/** @type {HTMLElement} */
let dock;
let duration = 0;
/** @type {Chapter[]} */
let chapters = [];
/** @type {Chapter | null} */
let current = null;

/** @returns {Chapter[]} in the order they are heard */
function readChapters() {
  return [...document.querySelectorAll("[data-chapter]")]
    .map((row) => ({
      start: Number(row.dataset.start),
      end: Number(row.dataset.end),
      row,
      title: row.querySelector("[data-title]").textContent.trim(),
      by: row.querySelector("[data-by]").textContent.trim(),
    }))
    .sort((a, b) => a.start - b.start);
}

/** @param {number} seconds */
function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** @param {number} time */
function chapterAt(time) {
  let found = chapters[0] ?? null;
  for (const chapter of chapters) if (chapter.start <= time + 0.01) found = chapter;
  return found;
}

/** @param {number} time */
function goTo(time) {
  audio.currentTime = Math.min(Math.max(0, time), duration - 0.05);
  render();
}

function play() {
  // A refusal (no sound device, data saver) leaves the button as it was; the error event tells more.
  audio.play().catch(() => setPlaying(false));
}

const toggle = () => (audio.paused ? play() : audio.pause());

/** @param {1 | -1} direction */
function skip(direction) {
  const index = chapters.indexOf(chapterAt(audio.currentTime));
  const into = audio.currentTime - (chapters[index]?.start ?? 0);
  const target = direction === 1 ? index + 1 : index - (into > RESTART_SECONDS ? 0 : 1);
  goTo(chapters[Math.min(Math.max(0, target), chapters.length - 1)]?.start ?? 0);
}

/** @param {boolean} playing */
function setPlaying(playing) {
  for (const place of [root, dock]) place?.classList.toggle("playing", playing);
  for (const button of document.querySelectorAll("[data-play]")) {
    button.setAttribute("aria-label", playing ? button.dataset.labelPause : button.dataset.labelPlay);
  }
  if ("mediaSession" in navigator) navigator.mediaSession.playbackState = playing ? "playing" : "paused";
}

function render() {
  if (!root) return;
  const time = audio.currentTime;
  seek.value = String(time);
  played.setAttribute("width", String((1000 * time) / duration));
  root.querySelector("[data-time]").textContent = clock(time);
  const chapter = chapterAt(time);
  const words = seek.dataset.valuetext.replace("{now}", clock(time)).replace("{total}", clock(duration));
  seek.setAttribute("aria-valuetext", chapter ? `${words}, ${chapter.title}` : words);
  if (chapter === current || (current === null && audio.paused && time === 0)) return;
  current?.row.classList.remove("current");
  current?.row.querySelector("[data-jump]").removeAttribute("aria-current");
  current = chapter;
  if (!chapter) return;
  chapter.row.classList.add("current");
  chapter.row.querySelector("[data-jump]").setAttribute("aria-current", "true");
  for (const place of document.querySelectorAll("[data-now-title]")) place.textContent = chapter.title;
  root.querySelector("[data-now-by]").textContent = chapter.by;
  if ("mediaSession" in navigator) {
    navigator.mediaSession.metadata = new MediaMetadata({ title: chapter.title, artist: chapter.by, album: document.title });
  }
}

function smoothly() {
  render();
  if (!audio.paused) requestAnimationFrame(smoothly);
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (!root || !shortcuts.checked || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
  const target = /** @type {HTMLElement} */ (event.target);
  const onSlider = target === seek;
  if (!onSlider && target.closest("input, textarea, select, summary, [contenteditable]")) return;
  const onButton = target.closest("button, a") !== null;
  if (event.key === "k" || event.key === "K" || (event.key === " " && !onButton)) toggle();
  else if (event.key === "ArrowLeft") event.shiftKey ? skip(-1) : goTo(audio.currentTime - STEP_SECONDS);
  else if (event.key === "ArrowRight") event.shiftKey ? skip(1) : goTo(audio.currentTime + STEP_SECONDS);
  else return;
  event.preventDefault();
}

function remembered() {
  try {
    return localStorage.getItem(SHORTCUTS_KEY) !== "off";
  } catch {
    return true; // storage may be switched off; then the choice lasts for this page
  }
}

/** Take charge of the player that is in the page now, or of the list that is new beside it. */
function mount() {
  const shown = /** @type {HTMLElement | null} */ (document.querySelector("[data-player]"));
  if (shown && shown === root) {
    chapters = readChapters();
    current = null;
    render();
    return;
  }
  audio?.pause();
  root = shown;
  if (!root) return;
  audio = root.querySelector("[data-audio]");
  seek = root.querySelector("[data-seek]");
  played = root.querySelector("[data-played]");
  shortcuts = root.querySelector("[data-shortcuts]");
  dock = document.querySelector("[data-dock]");
  duration = Number(root.dataset.duration);
  chapters = readChapters();
  current = null;
  audio.controls = false;
  audio.hidden = true;
  for (const part of root.querySelectorAll("[data-controls]")) part.hidden = false;
  dock.hidden = false;
  shortcuts.checked = remembered();
  listen();
}

function listen() {
  seek.addEventListener("input", () => goTo(Number(seek.value)));
  shortcuts.addEventListener("change", () => {
    try {
      localStorage.setItem(SHORTCUTS_KEY, shortcuts.checked ? "on" : "off");
    } catch {
      // see remembered()
    }
  });
  audio.addEventListener("play", () => {
    setPlaying(true);
    smoothly();
  });
  audio.addEventListener("pause", () => setPlaying(false));
  audio.addEventListener("ended", () => setPlaying(false));
  audio.addEventListener("seeked", render);
  audio.addEventListener("error", () => {
    setPlaying(false);
    root?.querySelector("[data-audio-failed]").removeAttribute("hidden");
  });
}

document.addEventListener("click", (event) => {
  const button = /** @type {HTMLElement} */ (event.target).closest("[data-play], [data-previous], [data-next], [data-jump]");
  if (!button || !root) return;
  if (button.matches("[data-play]")) toggle();
  else if (button.matches("[data-previous]")) skip(-1);
  else if (button.matches("[data-next]")) skip(1);
  else {
    const chapter = chapters.find(({ row }) => row === button.closest("[data-chapter]"));
    if (!chapter) return;
    goTo(chapter.start);
    play();
  }
});
document.addEventListener("keydown", onKey);
if ("mediaSession" in navigator) {
  navigator.mediaSession.setActionHandler("previoustrack", () => root && skip(-1));
  navigator.mediaSession.setActionHandler("nexttrack", () => root && skip(1));
}
document.addEventListener(RENEWED, mount);
mount();
