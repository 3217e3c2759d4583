// The shape of a playlist: ready-made ones in place, and what was chosen kept for the next page.

import { draw } from "./energy_curve.js";
import { RequestFailed, pause, request } from "./http.js";
import { keepWaiting, takeWaiting } from "./waiting.js";

const form = /** @type {HTMLFormElement} */ (document.querySelector("[data-make]"));
const shape = /** @type {HTMLDetailsElement} */ (form.querySelector("[data-shape]"));
const bridge = /** @type {HTMLInputElement} */ (shape.querySelector("[data-bridge] input"));
const presets = /** @type {HTMLButtonElement[]} */ ([...form.querySelectorAll("[data-preset]")]);
const touched = /** @type {HTMLElement} */ (shape.querySelector("[data-shape-touched]"));
/** @type {Promise<void> | null} */
let keeping = null;
let changed = false;

/** All fields below the basket as they stand; a box that is not ticked has no value. */
function values() {
  const data = new FormData(form);
  const own = ["csrf_token", "idempotency_key", "back", "shape"];
  return Object.fromEntries([...data].filter(([name]) => !own.includes(name)));
}

/** @param {Record<string, string>} wanted */
function put(wanted) {
  for (const [name, value] of Object.entries(wanted)) {
    const field = form.elements.namedItem(name);
    if (field instanceof RadioNodeList || field instanceof HTMLSelectElement) field.value = value;
    else if (field instanceof HTMLInputElement && field.type === "checkbox") field.checked = Boolean(value) && !field.disabled;
    else if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) field.value = value;
  }
  draw();
  press();
}

/** Tell which ready-made shape the fields are, if any. */
function press() {
  const now = values();
  for (const button of presets) {
    const wanted = Object.entries(JSON.parse(button.dataset.preset));
    const same = wanted.every(([name, value]) => (now[name] ?? "") === value || (name.startsWith("point_") && now.curve !== "own"));
    button.setAttribute("aria-pressed", String(same));
  }
}

async function send() {
  changed = false;
  const body = values();
  try {
    await request("/api/v1/shape", { method: "PUT", body, seconds: 10, keepalive: true });
  } catch (error) {
    // The session has ended: what was chosen is put back after the login.
    if (error instanceof RequestFailed && error.status === 401) keepWaiting("shape", body);
  }
}

// One request after the other: of two at once, the older could arrive last.
async function sendAll() {
  while (changed) await send();
  keeping = null;
}

function keep() {
  changed = true;
  keeping ??= sendAll();
}

/** Resolve once what was chosen has arrived, or after five seconds. */
export const kept = () => Promise.race([keeping, pause(5)]);

form.addEventListener("change", (event) => {
  if (/** @type {HTMLInputElement} */ (event.target).name !== "length") touched.hidden = false;
  press();
  keep();
});

document.addEventListener("submit", (event) => {
  const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
  if (!button?.dataset.preset) return;
  event.preventDefault();
  put(JSON.parse(button.dataset.preset));
  touched.hidden = false;
  keep();
}, { capture: true });

// Another tab of this page is a page of its own: it is asked for once what was chosen has arrived.
document.addEventListener("click", async (event) => {
  const link = /** @type {HTMLElement} */ (event.target).closest("a[href]");
  if (!(link instanceof HTMLAnchorElement) || link.target || event.defaultPrevented) return;
  if (!keeping || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  await kept();
  location.assign(link.href);
});

document.addEventListener("basket", (event) => {
  const seeds = /** @type {CustomEvent} */ (event).detail.seeds;
  bridge.disabled = seeds < 2;
  if (bridge.disabled) bridge.checked = false;
  /** @type {HTMLElement} */ (shape.querySelector("[data-bridge-why]")).hidden = !bridge.disabled;
});

// Nothing waits for the answer of a page that is being left.
addEventListener("pagehide", () => {
  if (changed) send();
});

// Open it would cover a telephone's screen.
if (matchMedia("(width < 60rem)").matches) shape.open = false;

const waiting = takeWaiting("shape");
if (waiting) {
  put(waiting);
  shape.open = true;
  keep();
}
