// The basket of seeds without reloads. Every form here also works without this script.

import { RequestFailed, request } from "./http.js";
import { showFailure } from "./notice.js";
import { keepWaiting, takeWaiting } from "./waiting.js";

const basket = /** @type {HTMLElement} */ (document.querySelector("#basket"));
const chips = basket.querySelector("[data-chips]");
const words = basket.querySelector("[data-words]").dataset;
const status = basket.querySelector("[data-basket-status]");
const makeButton = /** @type {HTMLButtonElement} */ (basket.querySelector("[data-make-button]"));
const notices = document.querySelector("[data-notices]");
const most = Number(basket.dataset.most);

/** Put values into a text like "{title} added". @param {string} text @param {object} values */
const fill = (text, values) =>
  Object.entries(values).reduce((done, [key, value]) => done.replace(`{${key}}`, String(value)), text);

/** @param {{key: string, title: string, artists: string[]}} seed */
function chipOf(seed) {
  const template = /** @type {HTMLTemplateElement} */ (basket.querySelector("template[data-chip]"));
  const chip = /** @type {HTMLElement} */ (template.content.firstElementChild.cloneNode(true));
  chip.dataset.seed = seed.key;
  chip.querySelector("b").textContent = seed.title || words.untitled;
  chip.querySelector("i").textContent = seed.artists.join(", ");
  for (const button of chip.querySelectorAll("button")) {
    button.value = seed.key;
    button.setAttribute("aria-label", fill(button.getAttribute("aria-label"), { title: seed.title }));
  }
  return chip;
}

/** @param {HTMLElement} chip @param {boolean} less */
function mark(chip, less) {
  chip.classList.toggle("away", less);
  chip.querySelector("[data-away]").hidden = !less;
  chip.querySelector('[data-basket="less"] button').setAttribute("aria-pressed", String(less));
  return chip;
}

/** Show the basket as the server has it. @param {{seeds: any[], less: string[]}} answer */
function show({ seeds, less }) {
  const shown = new Map([...chips.children].map((chip) => [chip.dataset.seed, chip]));
  const fresh = seeds.map((seed) => mark(shown.get(seed.key) ?? chipOf(seed), less.includes(seed.key)));
  // Only if another is there: moving the chips would take the focus from their buttons.
  if (fresh.length !== chips.children.length || fresh.some((chip, at) => chip !== chips.children[at])) chips.replaceChildren(...fresh);
  const chosen = new Set(seeds.map((seed) => seed.key));
  for (const row of document.querySelectorAll(".track[data-seed]")) {
    const inside = chosen.has(row.dataset.seed);
    row.querySelector('[data-basket="add"]').hidden = inside;
    row.querySelector('[data-basket="remove"]').hidden = !inside;
  }
  basket.querySelector("[data-count]").textContent = fill(words.count, { count: seeds.length, most });
  const like = seeds.length - less.length;
  makeButton.disabled = like === 0;
  document.dispatchEvent(new CustomEvent("basket", { detail: { seeds: like } }));
}

/** After a change the pressed button may be gone; the focus goes to what took its place. @param {HTMLElement} button */
function keepFocus(button, id) {
  if (button.isConnected && button.checkVisibility()) return;
  const row = document.querySelector(`.track[data-seed="${CSS.escape(id)}"]`);
  const twin = !button.closest(".chip") && row?.querySelector("[data-basket]:not([hidden]) button");
  const chip = chips.querySelector("button");
  /** @type {HTMLElement} */ (twin || chip || document.querySelector("#main")).focus();
}

/** @param {string} kind @param {HTMLButtonElement} button @param {any} seed @param {string} id */
function ask(kind, button, seed, id) {
  if (kind === "add") return request("/api/v1/seeds", { method: "POST", body: seed });
  const url = `/api/v1/seeds/${encodeURIComponent(id)}`;
  if (kind === "remove") return request(url, { method: "DELETE" });
  return request(url, { method: "PATCH", body: { less: button.ariaPressed !== "true" } });
}

document.addEventListener("submit", async (event) => {
  const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
  const place = /** @type {HTMLElement | null} */ (button?.closest("[data-basket]") ?? null);
  if (!place) return;
  event.preventDefault();
  if (place.ariaBusy === "true") return;
  place.ariaBusy = "true";
  const kind = place.dataset.basket;
  const seed = kind === "add" ? JSON.parse(button.value) : null;
  const id = seed?.spotify_id ?? button.value;
  const title = seed?.title
    ?? (chips.querySelector(`[data-seed="${CSS.escape(id)}"] b`)?.textContent || words.untitled);
  const said = { add: words.added, remove: words.removed, less: button.ariaPressed === "true" ? words.like : words.less };
  try {
    const answer = await ask(kind, button, seed, id);
    show(answer);
    showFailure(notices, null);
    status.textContent = fill(said[kind], { title: title || words.untitled });
    keepFocus(button, id);
  } catch (error) {
    const failure = error instanceof RequestFailed ? error.failure : null;
    if (error instanceof RequestFailed && error.status === 401 && seed) keepWaiting("seed", seed);
    showFailure(notices, failure ?? { title: words.offline, tone: "warn" });
    notices.scrollIntoView({ block: "nearest" });
  } finally {
    place.ariaBusy = null;
  }
}, { capture: true });

// The seed that was pressed when the session had ended comes into the basket after the login.
const waiting = takeWaiting("seed");
if (waiting) request("/api/v1/seeds", { method: "POST", body: waiting }).then(show).catch(() => null);
