// The trailer: play, seek, chapters, whole tracks. Native audio controls stay where this script does not run.

import { RENEWED } from "./page_parts.js";

/**
 * @typedef {object} Chapter
 * @property {number} start  seconds in the trailer
 * @property {number} end
 * @property {HTMLElement} row
 * @property {string} title
 * @property {string} by
 */

/** On `document` when a whole track begins; `detail.track` is its id. */
export const FULL_PLAY = "hooklist:full-play";

const STEP_SECONDS = 5;
const SHORTCUTS_KEY = "hooklist.shortcuts";
/** So far into a track, "previous" goes to its start instead of to the one before. */
const RESTART_SECONDS = 2;
const CALM_TICK = 250;

const session = /** @type {MediaSession | undefined} */ (navigator.mediaSession);
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** @type {HTMLElement | null} */
let root = null;
/** @type {HTMLAudioElement} */
let audio;
/** @type {HTMLInputElement} */
let seek;
let played;
/** @type {HTMLInputElement} */
let shortcuts;
let duration = 0;
/** @type {Chapter[]} */
let chapters = [];
/** @type {Chapter | null} */
let current = null;
/** The bar at the bottom is there while the player's own buttons are out of sight: it never lies over them. */
const sight = new IntersectionObserver((seen) => {
  document.querySelector("[data-dock]")?.toggleAttribute("data-away", seen.at(-1).intersectionRatio >= 0.5);
}, { threshold: 0.5 });
/** The whole track that plays instead of the trailer, which waits. @type {{sound: HTMLAudioElement, row: HTMLElement, resume: boolean} | null} */
let full = null;

const part = (/** @type {string} */ name) => /** @type {HTMLElement | null} */ (root?.querySelector(`[data-${name}]`) ?? null);
const sound = () => full?.sound ?? audio;
const length = () => (full ? full.sound.duration || 0 : duration);

/** @param {HTMLElement} row */
const titleOf = (row) => row.querySelector("[data-title]").textContent.trim();
/** @param {HTMLElement} row */
const byOf = (row) => row.querySelector("[data-by]").textContent.trim();

/** @returns {Chapter[]} in the order they are heard */
function readChapters() {
  return [...document.querySelectorAll("[data-chapter]")]
    .map((row) => ({ start: Number(row.dataset.start), end: Number(row.dataset.end), row, title: titleOf(row), by: byOf(row) }))
    .sort((a, b) => a.start - b.start);
}

/** @param {number} seconds */
export function clock(seconds) {
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
  sound().currentTime = Math.min(Math.max(0, time), Math.max(0, length() - 0.05));
  render();
}

function play() {
  // A refusal (no sound device, data saver) leaves the button as it was; the error event tells more.
  sound().play().catch(() => setPlaying(false));
}

const toggle = () => (sound().paused ? play() : sound().pause());

/** @param {Chapter | undefined} chapter */
function hear(chapter) {
  if (!chapter) return;
  leaveFull(false);
  goTo(chapter.start);
}

/** @param {1 | -1} direction */
function skip(direction) {
  const index = chapters.indexOf(chapterAt(audio.currentTime));
  const into = audio.currentTime - (chapters[index]?.start ?? 0);
  const target = direction === 1 ? index + 1 : index - (into > RESTART_SECONDS ? 0 : 1);
  const going = !sound().paused;
  hear(chapters[Math.min(Math.max(0, target), chapters.length - 1)]);
  if (going) play();
}

/** @param {boolean} playing */
function setPlaying(playing) {
  for (const place of document.querySelectorAll("[data-player], [data-dock]")) place.classList.toggle("playing", playing);
  for (const button of document.querySelectorAll("[data-play]")) {
    button.setAttribute("aria-label", playing ? button.dataset.labelPause : button.dataset.labelPlay);
  }
  if (session) session.playbackState = playing ? "playing" : "paused";
}

/** Tell the system where it is, so that its own controls can show and move it. */
function tellPosition() {
  const total = length();
  if (!total || !Number.isFinite(total)) return;
  session?.setPositionState?.({ duration: total, position: Math.min(sound().currentTime, total), playbackRate: 1 });
}

/** Show a row as what is heard now. @param {HTMLElement} row */
function showNow(row) {
  for (const place of document.querySelectorAll("[data-now-title]")) place.textContent = titleOf(row);
  part("now-by").textContent = byOf(row);
  const join = full ? [] : [...row.querySelectorAll(".join > *")];
  part("now-join").replaceChildren(...join.map((one) => one.cloneNode(true)));
  const from = /** @type {HTMLAnchorElement | null} */ (row.querySelector("[data-out]"));
  const out = /** @type {HTMLAnchorElement} */ (part("now-out"));
  out.hidden = !from;
  if (from) {
    out.href = from.href;
    out.querySelector("[data-words]").textContent = (from.querySelector("span") ?? from).textContent;
  }
  part("full-now").hidden = full !== null || !row.querySelector("[data-full]");
  const cover = /** @type {HTMLImageElement} */ (part("now-cover"));
  const address = row.dataset.cover ?? "";
  if (cover.getAttribute("src") !== address) {
    cover.hidden = true;
    if (address) cover.src = address;
    else cover.removeAttribute("src");
  }
  describe(row);
}

/** What the system shows of it; the cover once it is there. @param {HTMLElement} row */
function describe(row) {
  const cover = /** @type {HTMLImageElement} */ (part("now-cover"));
  if (!session) return;
  const artwork = cover.hidden ? [] : [{ src: cover.src }];
  session.metadata = new MediaMetadata({ title: titleOf(row), artist: byOf(row), album: document.title, artwork });
}

function render() {
  if (!root) return;
  const time = sound().currentTime;
  const slider = /** @type {HTMLInputElement} */ (full ? part("full-seek") : seek);
  slider.value = String(time);
  part("time").textContent = clock(time);
  part("total").textContent = clock(length());
  const chapter = full ? null : chapterAt(time);
  const words = slider.dataset.valuetext.replace("{now}", clock(time)).replace("{total}", clock(length()));
  slider.setAttribute("aria-valuetext", chapter ? `${words}, ${chapter.title}` : words);
  if (full) return;
  played.setAttribute("width", String((1000 * time) / duration));
  if (chapter === current || (current === null && audio.paused && time === 0)) return;
  current?.row.classList.remove("current");
  current?.row.querySelector("[data-jump]").removeAttribute("aria-current");
  current = chapter;
  if (!chapter) return;
  chapter.row.classList.add("current");
  chapter.row.querySelector("[data-jump]").setAttribute("aria-current", "true");
  showNow(chapter.row);
  tellPosition();
}

function follow() {
  render();
  if (sound().paused) return;
  if (calm.matches) setTimeout(follow, CALM_TICK);
  else requestAnimationFrame(follow);
}

/** Play all of a track from its highlight on; the trailer waits where it is. @param {HTMLElement} row */
function playFull(row) {
  const link = /** @type {HTMLAnchorElement} */ (row.querySelector("[data-full]"));
  const resume = full ? full.resume : !audio.paused;
  full?.sound.remove();
  audio.pause();
  const whole = new Audio();
  whole.hidden = true;
  root.append(whole); // in the page, where others may listen to how it goes
  full = { sound: whole, row, resume };
  // Asked for from there on, so that nothing before it has to come first.
  whole.src = `${link.href}#t=${Number(row.dataset.highlight ?? 0)}`;
  listenTo(whole);
  whole.addEventListener("loadedmetadata", () => {
    /** @type {HTMLInputElement} */ (part("full-seek")).max = String(whole.duration);
    tellPosition();
  });
  whole.addEventListener("error", () => {
    if (full?.sound !== whole) return;
    leaveFull(false);
    part("full-failed").hidden = false;
  });
  showMode();
  showNow(row);
  play();
  document.dispatchEvent(new CustomEvent(FULL_PLAY, { detail: { track: row.dataset.track } }));
}

/** Back to the trailer, at its place. @param {boolean} [goOn] play on if it played before */
function leaveFull(goOn = true) {
  if (!full) return;
  const { sound: whole, resume } = full;
  full = null;
  whole.remove();
  whole.removeAttribute("src");
  whole.load();
  current?.row.classList.remove("current");
  current = null;
  showMode();
  setPlaying(false);
  render();
  if (goOn && resume) play();
}

function showMode() {
  root.classList.toggle("full", full !== null);
  for (const block of root.querySelectorAll("[data-when]")) block.hidden = (block.dataset.when === "full") !== (full !== null);
  part("full-failed").hidden = true;
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (!root || !shortcuts.checked || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
  const target = /** @type {HTMLElement} */ (event.target);
  const onSlider = target.matches("[data-seek], [data-full-seek]");
  if (!onSlider && target.closest("input, textarea, select, summary, dialog, [contenteditable]")) return;
  const { key } = event;
  if (key === "k" || key === "K" || (key === " " && !target.closest("button, a"))) toggle();
  else if (key === "ArrowLeft") event.shiftKey ? skip(-1) : goTo(sound().currentTime - STEP_SECONDS);
  else if (key === "ArrowRight") event.shiftKey ? skip(1) : goTo(sound().currentTime + STEP_SECONDS);
  else if (/^[0-9]$/.test(key)) hear(chapters[Math.max(0, Number(key) - 1)]);
  else if (key === "?") {
    const keys = /** @type {HTMLDetailsElement} */ (part("keys"));
    keys.open = !keys.open;
    if (keys.open) keys.querySelector("summary").focus();
  } else return;
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
  full?.sound.pause();
  full = null;
  root = shown;
  if (!root) return;
  audio = /** @type {HTMLAudioElement} */ (part("audio"));
  seek = /** @type {HTMLInputElement} */ (part("seek"));
  played = part("played");
  shortcuts = /** @type {HTMLInputElement} */ (part("shortcuts"));
  duration = Number(root.dataset.duration);
  chapters = readChapters();
  current = null;
  audio.controls = false;
  audio.hidden = true;
  for (const block of root.querySelectorAll("[data-controls]")) {
    block.hidden = false;
    delete block.dataset.controls; // nobody keeps a place for it any more (stage.css)
  }
  const dock = /** @type {HTMLElement | null} */ (document.querySelector("[data-dock]"));
  if (dock) dock.hidden = false;
  sight.disconnect();
  sight.observe(root.querySelector(".transport"));
  shortcuts.checked = remembered();
  listen();
}

/** @param {HTMLAudioElement} heard the trailer, or a whole track */
function listenTo(heard) {
  const listener = (/** @type {() => void} */ does) => () => heard === sound() && does();
  heard.addEventListener("play", listener(() => {
    setPlaying(true);
    follow();
    tellPosition();
  }));
  for (const name of ["pause", "ended"]) heard.addEventListener(name, listener(() => setPlaying(false)));
  heard.addEventListener("seeked", listener(() => {
    render();
    tellPosition();
  }));
}

function listen() {
  seek.addEventListener("input", () => goTo(Number(seek.value)));
  const whole = /** @type {HTMLInputElement} */ (part("full-seek"));
  whole.addEventListener("input", () => goTo(Number(whole.value)));
  shortcuts.addEventListener("change", () => {
    try {
      localStorage.setItem(SHORTCUTS_KEY, shortcuts.checked ? "on" : "off");
    } catch {
      // see remembered()
    }
  });
  const cover = /** @type {HTMLImageElement} */ (part("now-cover"));
  cover.addEventListener("load", () => {
    cover.hidden = false;
    const row = full?.row ?? current?.row;
    if (row) describe(row);
  });
  listenTo(audio);
  audio.addEventListener("error", () => {
    setPlaying(false);
    part("audio-failed").hidden = false;
  });
}

/** What a button does, by its data attribute. @type {Record<string, (button: HTMLElement) => void>} */
const BUTTONS = {
  play: toggle,
  previous: () => skip(-1),
  next: () => skip(1),
  back: () => goTo(sound().currentTime - STEP_SECONDS),
  on: () => goTo(sound().currentTime + STEP_SECONDS),
  fullNow: () => current && playFull(current.row),
  fullStart: () => goTo(0),
  fullEnd: () => leaveFull(),
  full: (link) => playFull(link.closest("[data-track]")),
  jump: (button) => {
    hear(chapters.find(({ row }) => row === button.closest("[data-chapter]")));
    play();
  },
};

document.addEventListener("click", (event) => {
  const button = /** @type {HTMLElement} */ (event.target).closest("button, a[data-full]");
  const name = root && button && Object.keys(BUTTONS).find((one) => one in button.dataset);
  // A link that is to open elsewhere opens there.
  if (!name || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  BUTTONS[name](button);
});
document.addEventListener("keydown", onKey);

/** @type {[MediaSessionAction, (details: MediaSessionActionDetails) => void][]} */
const ACTIONS = [
  ["play", play],
  ["pause", () => sound().pause()],
  ["previoustrack", () => skip(-1)],
  ["nexttrack", () => skip(1)],
  ["seekbackward", ({ seekOffset }) => goTo(sound().currentTime - (seekOffset || STEP_SECONDS))],
  ["seekforward", ({ seekOffset }) => goTo(sound().currentTime + (seekOffset || STEP_SECONDS))],
  ["seekto", ({ seekTime }) => goTo(seekTime ?? 0)],
];
for (const [action, does] of ACTIONS) {
  try {
    session?.setActionHandler(action, (details) => root && does(details));
  } catch {
    // a browser that does not know the action has no key for it
  }
}
document.addEventListener(RENEWED, mount);
mount();

// Chromium starts its part for sound when it is first needed, which would make the first click wait for a quarter of a
// second. Asking what there is to play on starts it, too; the answer, nameless without permission, is of no interest.
addEventListener("load", () => {
  (window.requestIdleCallback ?? setTimeout)(() => root && navigator.mediaDevices?.enumerateDevices().catch(() => null));
});

/** The trailer that this page plays, by the version of the list it was made of. */
export const version = () => root && audio ? new URL(audio.src).searchParams.get("of") : null;

/** Go on with the trailer where `before` is, without a gap. @param {HTMLAudioElement} before plays the same sound */
export async function takeOver(before) {
  const ours = audio;
  const place = before.ended ? 0 : before.currentTime;
  if (before.error) {
    play(); // it was asked for, and has not begun
    return;
  }
  if (before.paused) {
    goTo(place);
    return;
  }
  ours.preload = "auto";
  const ready = () => ours.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA && !ours.seeking;
  const tick = () => new Promise((resolve) => { setTimeout(resolve, 5); });
  /** Wait ahead of the other and begin when it comes by. */
  for (let ahead = 0.3; ahead < 5; ahead *= 2) {
    ours.currentTime = Math.min(before.currentTime + ahead, duration - 0.05);
    while (!ready() && !ours.error) await tick();
    if (ours.error || before.currentTime < ours.currentTime - 0.02) break;
  }
  while (!before.paused && before.currentTime < ours.currentTime - 0.02) await tick();
  if (ours !== audio) return;
  try {
    await ours.play();
    root.dataset.tookOver = (ours.currentTime - before.currentTime).toFixed(3);
    before.pause();
  } catch {
    // Not allowed to go on by itself: what plays may end, and the button goes on from here.
  }
}
