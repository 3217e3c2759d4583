// Follows a job once a second until it is over, through lost connections too.

import { RequestFailed, pause, request } from "./http.js";
import { showFailure } from "./notice.js";

const LATE_SECONDS = 60;

/** @param {HTMLElement} root the element with data-job */
async function follow(root) {
  const began = Date.now();
  const part = (/** @type {string} */ name) => /** @type {HTMLElement | null} */ (root.querySelector(`[data-job-${name}]`));
  const offline = /** @type {HTMLElement} */ (root.querySelector("[data-offline]"));
  let seconds = 1;
  for (;;) {
    await pause(document.hidden ? 5 : seconds);
    let job;
    try {
      job = await request(root.dataset.job, { seconds: 10 });
    } catch (error) {
      if (error instanceof RequestFailed && error.status >= 400 && error.status < 500 && error.status !== 429) {
        showFailure(part("failure"), error.failure);
        return;
      }
      offline.hidden = false;
      seconds = Math.min(15, seconds * 2);
      continue;
    }
    offline.hidden = true;
    seconds = 1;
    show(root, job, part);
    if (job.over) {
      finish(root, job, part);
      return;
    }
    const late = /** @type {HTMLElement | null} */ (root.querySelector("[data-late]"));
    if (late) late.hidden = Date.now() - began < LATE_SECONDS * 1000;
  }
}

function show(root, job, part) {
  for (const step of job.steps) {
    const line = root.querySelector(`[data-step="${CSS.escape(step.name)}"]`);
    if (!line) continue;
    line.className = `step ${step.state}`;
    if (step.state === "now") line.setAttribute("aria-current", "step");
    else line.removeAttribute("aria-current");
    line.querySelector("[data-step-count]").textContent = step.count;
  }
  const status = part("status");
  // Only a change is announced.
  if (status && status.textContent !== job.sentence) status.textContent = job.sentence;
  const bar = /** @type {HTMLProgressElement | null} */ (part("bar"));
  if (bar && job.total) {
    bar.max = job.total;
    bar.value = job.done;
  } else {
    bar?.removeAttribute("value");
  }
}

function finish(root, job, part) {
  if (root.dataset.then !== "reload") {
    if (job.url) location.replace(job.url);
    else location.reload();
    return;
  }
  // Reloading would lose what is being typed; then the reader decides when.
  const typed = [...document.querySelectorAll("form input[type=text]")].some((input) => input.value !== input.defaultValue);
  if (typed || document.querySelector("form :focus")) {
    part("status").textContent = root.dataset.ready;
    part("ready").hidden = false;
    return;
  }
  location.reload();
}

for (const root of document.querySelectorAll("[data-job]")) follow(root);
