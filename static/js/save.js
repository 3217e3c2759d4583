// Saving to Spotify without leaving the page, so that the trailer plays on.

import { RequestFailed, pause, request } from "./http.js";
import { showFailure } from "./notice.js";
import { RENEWED } from "./page_parts.js";

/** @type {HTMLElement} */
let panel;
/** @type {HTMLFormElement} */
let form;
let button;
let problem;
let following = false;

/** Take charge of the panel that is in the page now. */
function mount() {
  const shown = /** @type {HTMLElement | null} */ (document.querySelector("[data-save]"));
  if (!shown || shown === panel) return;
  panel = shown;
  form = panel.querySelector("[data-save-form]");
  button = panel.querySelector("[data-save-button]");
  problem = panel.querySelector("[data-save-problem]");
  panel.querySelector("h2").tabIndex = -1;
  form.addEventListener("submit", submit);
  follow();
}

/** @param {any} save as the API answers it */
function show(save) {
  panel.dataset.state = save.state;
  panel.toggleAttribute("data-coming", save.cover_coming);
  for (const block of panel.querySelectorAll("[data-when]")) {
    block.hidden = !block.dataset.when.split(" ").includes(save.state);
  }
  panel.querySelector("[data-save-count]").textContent = save.sentence;
  panel.querySelector("[data-save-done]").textContent = save.sentence;
  panel.querySelector("[data-save-so-far]").textContent = save.sentence;
  panel.querySelector("[data-save-cover]").textContent = save.cover_words;
  const way = /** @type {HTMLAnchorElement} */ (panel.querySelector("[data-save-cover-way]"));
  way.parentElement.hidden = !save.cover_way;
  if (save.cover_way) {
    way.href = save.cover_way.url;
    way.textContent = save.cover_way.label;
  }
  const bar = /** @type {HTMLProgressElement} */ (panel.querySelector("[data-save-bar]"));
  bar.max = save.total || 1;
  bar.value = save.written;
  if (save.url) panel.querySelector("[data-save-link]").href = save.url;
  if (save.button) button.textContent = save.button;
  showFailure(problem, save.failure);
  const status = panel.querySelector("[data-save-status]");
  const told = save.failure?.title ?? save.sentence;
  if (save.state !== "form" && status.textContent !== told) status.textContent = told;
}

async function follow() {
  if (following) return;
  following = true;
  let seconds = 1;
  // A save that waits for a moment or for Spotify is still looked at, only less often.
  while (["writing", "waiting"].includes(panel.dataset.state) || panel.hasAttribute("data-coming")) {
    await pause(document.hidden ? 10 : seconds);
    try {
      const { save } = await request(panel.dataset.save, { seconds: 10 });
      show(save);
      // A cover comes a moment after the save, or much later.
      seconds = save.state === "waiting" ? 10 : save.cover_coming ? Math.min(10, seconds + 1) : 1;
    } catch (error) {
      if (error instanceof RequestFailed && error.status >= 400 && error.status < 500 && error.status !== 429) {
        showFailure(problem, error.failure);
        break;
      }
      seconds = Math.min(15, seconds * 2);
    }
  }
  following = false;
}

/** @param {SubmitEvent} event */
async function submit(event) {
  event.preventDefault();
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  const data = new FormData(form);
  try {
    const { save, ask } = await request(`${panel.dataset.save}/save`, {
      method: "POST",
      body: { name: String(data.get("name")), public: data.get("public") === "1", cover: data.get("cover") === "1" },
    });
    // Spotify has to ask first; its page leads back here, and the save goes on.
    if (ask) return location.assign(ask);
    const focused = form.contains(document.activeElement);
    show(save);
    if (focused && form.hidden) panel.querySelector("h2").focus();
    follow();
  } catch (error) {
    const failure = error instanceof RequestFailed ? error.failure : null;
    showFailure(problem, failure ?? { title: panel.dataset.offline, tone: "warn" });
    problem.hidden = false;
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

document.addEventListener(RENEWED, mount);
mount();
