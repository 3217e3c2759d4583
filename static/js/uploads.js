// A visitor's own files: dropped, sent two at a time, followed until they are heard, played, mixed.

import { pause, request } from "./http.js";
import { localiseClocks } from "./page.js";
import { RENEWED, askForPage, renew } from "./page_parts.js";
import { createSending } from "./uploads_sending.js";

const ALOUD_SECONDS = 8;
const zone = /** @type {HTMLFormElement} */ (document.querySelector("[data-dropzone]"));
const said = /** @type {HTMLElement} */ (document.querySelector("[data-said]"));
const words = /** @type {HTMLTemplateElement} */ (document.getElementById("sending-row")).dataset;
const look = /** @type {string} */ (zone.dataset.look);
let quiet = 0;

/** @param {string} text @param {boolean} [stays] */
function say(text, stays = false) {
  clearTimeout(quiet);
  said.textContent = text;
  if (!stays) quiet = setTimeout(() => { said.textContent = ""; }, ALOUD_SECONDS * 1000);
}

// --- the page as the server has it ---

let key = said.dataset.pageKey;
let renewing = Promise.resolve();
let following = false;

/** Take parts from a fresh copy of the page, one copy after the other. @param {URLSearchParams} [body] @param {string} [url] */
function refresh(url = location.pathname, body = undefined) {
  const turn = renewing.then(async () => {
    const { page, status } = await askForPage(url, { body });
    const fresh = /** @type {HTMLElement | null} */ (page.querySelector("[data-page-key]"));
    if (!fresh) {
      location.reload();
      return { page, status };
    }
    // The shape of the page changes with its first file and its last: then its parts are others.
    const whole = () => /** @type {HTMLElement} */ (document.querySelector('[data-region="shape"]'));
    const next = /** @type {HTMLElement} */ (page.querySelector('[data-region="shape"]'));
    if (whole().dataset.key !== next.dataset.key) {
      whole().replaceWith(document.adoptNode(next));
      for (const part of page.querySelectorAll("[data-region]")) {
        const ours = document.querySelector(`[data-region="${part.getAttribute("data-region")}"]`);
        ours?.replaceWith(document.adoptNode(part));
      }
      for (const sound of document.querySelectorAll("audio[src]")) /** @type {HTMLAudioElement} */ (sound).load();
      localiseClocks();
      document.dispatchEvent(new CustomEvent(RENEWED));
    } else renew(page, { unasked: !body });
    key = fresh.dataset.pageKey;
    said.dataset.nextPlace = fresh.dataset.nextPlace;
    if (fresh.dataset.busy) follow();
    return { page, status };
  });
  renewing = turn.then(() => undefined, () => undefined);
  return turn;
}

/** Look once a second as long as anything changes by itself. */
async function follow() {
  if (following) return;
  following = true;
  let seconds = 1;
  let before = { waiting: 0, mixing: false };
  for (;;) {
    let now;
    try {
      now = await request(look, { seconds: 10 });
      seconds = 1;
    } catch {
      seconds = Math.min(15, seconds * 2);
      await pause(seconds);
      continue;
    }
    showMix(now.mix);
    if (now.key !== key) {
      try {
        await refresh();
      } catch {
        // then at the next look
      }
    }
    if (before.waiting && !now.waiting) say(words.heard ?? "");
    if (before.mixing && now.mix.state === "ready") say(words.mixed ?? "");
    before = { waiting: now.waiting, mixing: now.mix.state === "pending" };
    if (!now.busy) break;
    await pause(document.hidden ? 4 : 1);
  }
  following = false;
}

/** @param {{state: string, sentence: string, done: number, total: number}} mix */
function showMix(mix) {
  const sentence = document.querySelector("[data-mix-sentence]");
  const bar = /** @type {HTMLProgressElement | null} */ (document.querySelector("[data-mix-bar]"));
  if (!sentence || !bar || mix.state !== "pending") return;
  if (sentence.textContent !== mix.sentence) sentence.textContent = mix.sentence;
  if (!mix.total) return;
  bar.max = mix.total;
  bar.value = mix.done;
}

// --- files on their way ---

const sending = createSending({ zone, words, say, arrived: () => refresh().then(follow, follow) });
zone.dataset.scripted = "";
document.body.classList.add("scripted");
/** @type {HTMLElement} */ (zone.querySelector("[data-chooser]")).hidden = false;
const invite = /** @type {HTMLElement} */ (zone.querySelector("[data-invite]"));
invite.textContent = invite.dataset.wordsDrop ?? "";
const chooser = /** @type {HTMLInputElement} */ (zone.querySelector("input[type=file]"));
chooser.addEventListener("change", () => {
  sending.add([...(chooser.files ?? [])]);
  chooser.value = "";
});
const holdsFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files") ?? false;
// Anywhere on the page: a file that misses the zone would otherwise take the page's place.
document.addEventListener("dragover", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  zone.dataset.over = "";
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) delete zone.dataset.over;
});
document.addEventListener("drop", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  delete zone.dataset.over;
  sending.add([...(event.dataTransfer?.files ?? [])]);
});

// --- what is done to files that are there ---

/** @param {HTMLFormElement} form @param {HTMLButtonElement | null} button */
async function carryOut(form, button) {
  const body = new URLSearchParams(/** @type {any} */ (new FormData(form)));
  if (button?.name) body.set(button.name, button.value);
  const row = /** @type {HTMLElement | null} */ (form.closest("[data-track]"));
  const title = row?.querySelector("[data-title]")?.textContent ?? "";
  const next = /** @type {HTMLElement | null} */ (row?.nextElementSibling ?? row?.previousElementSibling ?? null)?.dataset.track;
  const removes = form.querySelector("[name=file]") !== null || button?.name === "all";
  try {
    const { page, status } = await refresh(form.action, body);
    const failure = page.querySelector("[data-notices] strong") ?? document.querySelector("[data-notices] strong");
    if (status >= 400) {
      say(failure?.textContent ?? "", true);
      document.querySelector("[data-notices]")?.scrollIntoView({ block: "nearest" });
    } else if (form.matches("[data-hands-of-row]")) {
      const span = rowOf(row?.dataset.track)?.querySelector("[data-span]")?.textContent ?? "";
      say((words.moved ?? "").replace("{title}", () => title).replace("{span}", span));
    }
    // What was removed had the focus: it goes to its neighbour, or to where files are chosen.
    if (removes && document.activeElement === document.body) {
      const near = rowOf(next)?.querySelector('[data-act="remove"]') ?? document.getElementById("list-title");
      /** @type {HTMLElement} */ (near ?? chooser).focus({ preventScroll: true });
    }
    follow();
  } catch {
    say(words.gone ?? "", true);
  }
}

/** @param {string | undefined} track */
const rowOf = (track) => document.querySelector(`.entry[data-track="${CSS.escape(track ?? "")}"]`);

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!form.matches("[data-in-place], [data-hands-of-row]")) return;
  event.preventDefault();
  carryOut(form, /** @type {HTMLButtonElement | null} */ (event.submitter));
}, { capture: true });

document.addEventListener("change", async ({ target }) => {
  const box = /** @type {HTMLInputElement} */ (target);
  if (!box.matches?.("[data-pick]")) return;
  try {
    await request(`${look}/${box.value}`, { method: "PATCH", body: { picked: box.checked } });
    await refresh();
  } catch {
    box.checked = !box.checked;
    say(words.gone ?? "", true);
  }
});

// --- one highlight at a time ---

const sound = document.createElement("audio");
sound.hidden = true;
document.body.append(sound);
/** @type {string} */
let playing = "";
const buttonOf = (/** @type {string} */ url) => /** @type {HTMLElement | null} */ (url && document.querySelector(`[data-hear="${CSS.escape(url)}"]`));

function showSound() {
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-hear]"))) {
    const on = button.dataset.hear === playing && !sound.paused;
    const label = /** @type {HTMLElement} */ (button.querySelector("[data-words]"));
    label.dataset.usual ??= label.textContent ?? "";
    button.hidden = false;
    button.classList.toggle("on", on);
    button.setAttribute("aria-label", (on ? button.dataset.labelPause : button.dataset.labelPlay) ?? "");
    label.textContent = on ? clock(sound.currentTime) : label.dataset.usual;
  }
}

/** @param {number} seconds */
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

document.addEventListener("click", ({ target }) => {
  const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (target).closest("[data-hear]"));
  if (!button) return;
  const url = button.dataset.hear ?? "";
  if (playing === url && !sound.paused) {
    sound.pause();
    return;
  }
  if (playing !== url) {
    sound.src = url;
    playing = url;
  }
  button.setAttribute("aria-busy", "true");
  sound.play().catch((error) => {
    if (error.name !== "AbortError") say(words.silent ?? "");
  }).finally(() => button.removeAttribute("aria-busy"));
});
for (const name of ["play", "pause", "ended", "timeupdate"]) sound.addEventListener(name, showSound);
sound.addEventListener("error", () => { playing = ""; showSound(); });
// The mix and a highlight do not sound at once.
document.addEventListener("play", ({ target }) => { if (target !== sound) sound.pause(); }, { capture: true });
sound.addEventListener("play", () => {
  for (const other of document.querySelectorAll("audio")) if (other !== sound) other.pause();
});
document.addEventListener(RENEWED, () => {
  // A highlight that was moved has another address; what plays is its old place.
  if (playing && !buttonOf(playing)) sound.pause();
  showSound();
});

showSound();
if (said.dataset.busy) follow();
