// What was heard of the trailer, skipped and heard again: told to the server in seconds of the trailer, now and then.
// It adds them up per second of each track for all listeners together (docs/listening.md). Playing never waits for this.

import { request } from "./http.js";
import { RENEWED } from "./page_parts.js";

/** @typedef {{kind: "heard" | "skipped" | "replayed", start: number, end: number}} Span */

const REPORT_SECONDS = 15;
const MOST_SPANS = 64;
/** Between two signs of life of a player; after more than this nobody knows what was played. */
const LONGEST_STEP = 3;
/** Who leaves a place sooner has not heard enough of it to skip it. */
const LEAST_HEARD = 0.5;

/** @type {HTMLAudioElement | null} */
let audio = null;
let playlist = "";
let trailer = "";
/** Position up to which everything is written down; null until something plays. @type {number | null} */
let at = null;
/** Seconds played since the last jump. */
let since = 0;
let jumping = false;
/** What was heard on this page already, in order. @type {[number, number][]} */
let known = [];
/** @type {Span[]} */
let spans = [];

const unwanted = () =>
  /** @type {any} */ (navigator).globalPrivacyControl === true || navigator.doNotTrack === "1";

/** @param {Span["kind"]} kind @param {number} start @param {number} end */
function note(kind, start, end) {
  if (end - start < 0.01) return;
  const last = spans.at(-1);
  if (last && last.kind === kind && Math.abs(last.end - start) < 0.01) last.end = end;
  else spans.push({ kind, start, end });
}

/** Write down that a part was played, apart what was heard before and what is new. @param {number} start @param {number} end */
function played(start, end) {
  let from = start;
  for (const [first, last] of known) {
    if (last <= from || first >= end) continue;
    note("heard", from, Math.max(from, first));
    note("replayed", Math.max(from, first), Math.min(end, last));
    from = Math.min(end, last);
  }
  note("heard", from, end);
  const apart = known.filter(([first, last]) => last < start || first > end);
  const joined = known.filter(([first, last]) => last >= start && first <= end).flat();
  known = [...apart, /** @type {[number, number]} */ ([Math.min(start, ...joined), Math.max(end, ...joined)])];
  known.sort((a, b) => a[0] - b[0]);
}

/** @param {Event} event */
function follow(event) {
  if (event.target !== audio || jumping || audio.seeking) return;
  const now = audio.currentTime;
  if (at !== null && now > at && now - at <= LONGEST_STEP * Math.max(1, audio.playbackRate)) {
    played(at, now);
    since += now - at;
  }
  at = now;
}

/** A jump begins: the place it leads to is known already, the last one played is `at`. @param {Event} event */
function jump(event) {
  if (event.target !== audio || jumping) return;
  jumping = true;
  const to = audio.currentTime;
  if (at !== null && to > at && since >= LEAST_HEARD) note("skipped", at, to);
  since = 0;
}

/** @param {Event} event */
function land(event) {
  if (event.target !== audio) return;
  jumping = false;
  // Before anything was played there is nothing to go on from.
  if (at !== null || !audio.paused) at = audio.currentTime;
}

/** @param {Event} event */
function begin(event) {
  if (event.target === audio && at === null) at = audio.currentTime;
}

function report() {
  while (spans.length) {
    const some = spans.splice(0, MOST_SPANS);
    const rounded = some
      .map(({ kind, start, end }) => ({ kind, start: Number(start.toFixed(3)), end: Number(end.toFixed(3)) }))
      .filter(({ start, end }) => end > start);
    if (!rounded.length) continue;
    // What does not arrive is lost: it is not worth another try, nor a word to anybody.
    const body = { playlist, trailer, spans: rounded };
    request("/api/v1/heard", { method: "POST", body, seconds: 10, keepalive: true }).catch(() => null);
  }
}

/** Listen to the player that is in the page now; a new one begins anew. */
function mount() {
  const player = /** @type {HTMLElement | null} */ (document.querySelector("[data-player][data-heard]"));
  const found = /** @type {HTMLAudioElement | null} */ (player?.querySelector("[data-audio]") ?? null);
  if (found === audio) return;
  report();
  for (const [name, listener] of LISTENERS) audio?.removeEventListener(name, listener);
  audio = unwanted() ? null : found;
  if (!audio || !player) return;
  [playlist, trailer] = [player.dataset.heard ?? "", player.dataset.trailer ?? ""];
  [at, since, jumping, known, spans] = [null, 0, false, [], []];
  for (const [name, listener] of LISTENERS) audio.addEventListener(name, listener);
}

/** @type {[string, (event: Event) => void][]} */
const LISTENERS = [
  ["playing", begin],
  ["timeupdate", follow],
  ["pause", follow],
  ["ended", follow],
  ["seeking", jump],
  ["seeked", land],
];

setInterval(report, REPORT_SECONDS * 1000);
addEventListener("pagehide", report);
document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && report());
document.addEventListener(RENEWED, mount);
mount();
