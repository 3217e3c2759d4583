// Follows a job once a second until it is over, through lost connections too.

import { RequestFailed, pause, request } from "./http.js";
import { showFailure } from "./notice.js";
import { RENEWED, renewFromServer } from "./page_parts.js";

/** On a job's element, and up from it, at each news of it; `detail` is the job. */
export const PROGRESS = "job-progress";

const LATE_SECONDS = 60;

/** @param {HTMLElement} root the element with data-job */
async function follow(root) {
  const began = Date.now();
  const part = (/** @type {string} */ name) => /** @type {HTMLElement | null} */ (root.querySelector(`[data-job-${name}]`));
  const offline = /** @type {HTMLElement} */ (root.querySelector("[data-offline]"));
  let seconds = 1;
  root.dataset.followed = "yes";
  for (;;) {
    await pause(document.hidden ? 5 : seconds);
    // Another job's progress may have taken its place.
    if (!root.isConnected) return;
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
    // Sound is worth asking for more often.
    seconds = job.live === "" && job.state === "running" ? 0.5 : 1;
    show(root, job, part);
    root.dispatchEvent(new CustomEvent(PROGRESS, { detail: job, bubbles: true }));
    if (job.over) {
      if (root.isConnected) finish(root, job);
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

function finish(root, job) {
  if (root.dataset.then === "reload") renewFromServer();
  else if (job.url) location.replace(job.url);
  else location.reload();
}

function followAll() {
  for (const root of document.querySelectorAll("[data-job]:not([data-followed])")) follow(/** @type {HTMLElement} */ (root));
}

document.addEventListener(RENEWED, followAll);
followAll();
