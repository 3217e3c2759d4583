// The shape of a playlist: the drawn curve, and what was chosen kept for the next page.

import { pause, request } from "./http.js";

const form = /** @type {HTMLFormElement} */ (document.querySelector("[data-make]"));
const shape = /** @type {HTMLDetailsElement} */ (form.querySelector("[data-shape]"));
const sliders = /** @type {HTMLInputElement[]} */ ([...shape.querySelectorAll("[data-own] input")]);
const line = shape.querySelector("[data-own-line]");
const bridge = /** @type {HTMLInputElement} */ (shape.querySelector("[data-bridge] input"));
/** @type {Promise<void> | null} */
let keeping = null;
let changed = false;

function draw() {
  line.setAttribute("points", sliders.map((slider, at) => `${20 * at + 10},${94 - 8.8 * Number(slider.value)}`).join(" "));
}

/** All fields below the basket as they stand; a box that is not ticked has no value. */
function values() {
  const data = new FormData(form);
  const own = ["csrf_token", "idempotency_key", "back", "shape"];
  return Object.fromEntries([...data].filter(([name]) => !own.includes(name)));
}

function send() {
  changed = false;
  return request("/api/v1/shape", { method: "PUT", body: values(), seconds: 10, keepalive: true }).catch(() => null);
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

form.addEventListener("input", (event) => {
  const field = /** @type {HTMLInputElement} */ (event.target);
  if (sliders.includes(field)) {
    draw();
    /** @type {HTMLInputElement} */ (shape.querySelector('input[name="curve"][value="own"]')).checked = true;
  }
});

form.addEventListener("change", keep);

// Another tab of this page is a page of its own: it is asked for once what was chosen has arrived.
document.addEventListener("click", async (event) => {
  const link = /** @type {HTMLElement} */ (event.target).closest("a[href]");
  if (!(link instanceof HTMLAnchorElement) || link.target || event.defaultPrevented) return;
  if (!keeping || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  await Promise.race([keeping, pause(5)]);
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

// A page from the browser's own cache shows its fields as they were left there.
addEventListener("pageshow", draw);
