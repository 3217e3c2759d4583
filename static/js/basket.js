// The basket of seeds without reloads. Every form here also works without this script.

import { RequestFailed, request } from "./http.js";
import { showFailure } from "./notice.js";

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

/** @param {{spotify_id: string, title: string, artists: string[]}} seed */
function chipOf(seed) {
  const template = /** @type {HTMLTemplateElement} */ (basket.querySelector("template[data-chip]"));
  const chip = /** @type {HTMLElement} */ (template.content.firstElementChild.cloneNode(true));
  chip.dataset.seed = seed.spotify_id;
  chip.querySelector("b").textContent = seed.title || words.untitled;
  chip.querySelector("i").textContent = seed.artists.join(", ");
  chip.querySelector('[name="spotify_id"]').value = seed.spotify_id;
  const button = chip.querySelector("button");
  button.setAttribute("aria-label", fill(button.dataset.label, { title: seed.title }));
  return chip;
}

/** Show the basket as the server has it. @param {{seeds: any[]}} answer */
function show({ seeds }) {
  const shown = new Map([...chips.children].map((chip) => [chip.dataset.seed, chip]));
  chips.replaceChildren(...seeds.map((seed) => shown.get(seed.spotify_id) ?? chipOf(seed)));
  const chosen = new Set(seeds.map((seed) => seed.spotify_id));
  for (const row of document.querySelectorAll(".track[data-seed]")) {
    const inside = chosen.has(row.dataset.seed);
    row.querySelector('[data-basket="add"]').hidden = inside;
    row.querySelector('[data-basket="remove"]').hidden = !inside;
  }
  basket.querySelector("[data-count]").textContent = fill(words.count, { count: seeds.length, most });
  makeButton.disabled = seeds.length === 0;
}

/** After a change the pressed button is gone; the focus goes to what took its place. */
function keepFocus(form, id) {
  const row = document.querySelector(`.track[data-seed="${CSS.escape(id)}"]`);
  const twin = form.closest(".track") && row?.querySelector("form:not([hidden]) button");
  const chip = chips.querySelector("button");
  /** @type {HTMLElement} */ (twin || chip || document.querySelector("#main")).focus();
}

document.addEventListener("submit", async (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const kind = form.dataset.basket;
  if (!kind) return;
  event.preventDefault();
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  const data = new FormData(form);
  const seed = kind === "add" ? JSON.parse(String(data.get("seed"))) : null;
  const id = seed?.spotify_id ?? String(data.get("spotify_id"));
  const title = seed?.title
    ?? (chips.querySelector(`[data-seed="${CSS.escape(id)}"] b`)?.textContent || words.untitled);
  try {
    const answer = seed
      ? await request("/api/v1/seeds", { method: "POST", body: seed })
      : await request(`/api/v1/seeds/${encodeURIComponent(id)}`, { method: "DELETE" });
    show(answer);
    showFailure(notices, null);
    status.textContent = fill(seed ? words.added : words.removed, { title: title || words.untitled });
    keepFocus(form, id);
  } catch (error) {
    const failure = error instanceof RequestFailed ? error.failure : null;
    showFailure(notices, failure ?? { title: words.offline, tone: "warn" });
    notices.scrollIntoView({ block: "nearest" });
  } finally {
    form.ariaBusy = null;
  }
}, { capture: true });
