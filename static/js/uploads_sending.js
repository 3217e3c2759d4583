// Sends files two at a time, each with its progress, its cancel button, and another attempt where one failed.

/** Files sent at the same time. */
const AT_ONCE = 2;
/** Without a byte moving for so long, an attempt is given up. */
const STILL_SECONDS = 60;

/**
 * @typedef {object} Sent
 * @property {File} file
 * @property {string} id  drawn once, so that an attempt whose answer was lost is not taken twice
 * @property {number} place  in the list: what is sent at the same time arrives in any order
 * @property {HTMLElement} row
 * @property {"waits" | "goes" | "failed"} state
 * @property {boolean} offline
 * @property {XMLHttpRequest | null} request
 */

/** @returns {string} 32 hex digits */
const drawn = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * @param {{zone: HTMLFormElement, words: DOMStringMap, say: (text: string, stays?: boolean) => void, arrived: () => Promise<unknown>}} page
 */
export function createSending({ zone, words, say, arrived }) {
  const section = /** @type {HTMLElement} */ (document.querySelector("[data-sending]"));
  const list = /** @type {HTMLElement} */ (document.querySelector("[data-sending-list]"));
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById("sending-row"));
  const endings = (zone.dataset.endings ?? "").split(",");
  const told = /** @type {HTMLElement} */ (document.querySelector("[data-next-place]"));
  let nextPlace = 0;
  /** @type {Sent[]} */
  let all = [];

  /** @param {Sent} sent @param {string} text @param {boolean} [failed] */
  function tell(sent, text, failed = false) {
    const place = /** @type {HTMLElement} */ (sent.row.querySelector("[data-state]"));
    place.textContent = text;
    place.classList.toggle("failed", failed);
  }

  /** @param {Sent} sent */
  function forget(sent) {
    const focused = sent.row.contains(document.activeElement);
    const near = /** @type {HTMLElement | null} */ (sent.row.nextElementSibling ?? sent.row.previousElementSibling);
    sent.row.remove();
    all = all.filter((one) => one !== sent);
    section.hidden = all.length === 0;
    if (focused) (/** @type {HTMLElement | null} */ (near?.querySelector("[data-cancel]") ?? null) ?? zone.querySelector("input[type=file]"))?.focus();
  }

  /** @param {Sent} sent @param {string} text @param {{offline?: boolean, again?: boolean}} [how] */
  function fail(sent, text, { offline = false, again = true } = {}) {
    sent.state = "failed";
    sent.offline = offline;
    sent.request = null;
    /** @type {HTMLElement} */ (sent.row.querySelector("[data-again]")).hidden = !again;
    /** @type {HTMLElement} */ (sent.row.querySelector("progress")).hidden = true;
    /** @type {HTMLElement} */ (sent.row.querySelector("[data-cancel-words]")).textContent = words.dismiss ?? "";
    tell(sent, text, true);
    say((words.refused ?? "").replace("{name}", () => sent.file.name).replace("{why}", () => text), true);
    next();
  }

  /** Begin with as many as may go at once. */
  function next() {
    for (const sent of all.filter(({ state }) => state === "waits")) {
      if (all.filter(({ state }) => state === "goes").length >= AT_ONCE) return;
      send(sent);
    }
  }

  /** @param {Sent} sent */
  function send(sent) {
    sent.state = "goes";
    /** @type {HTMLElement} */ (sent.row.querySelector("[data-cancel-words]")).textContent = words.cancel ?? "";
    const bar = /** @type {HTMLProgressElement} */ (sent.row.querySelector("progress"));
    bar.hidden = false;
    bar.value = 0;
    /** @type {HTMLElement} */ (sent.row.querySelector("[data-again]")).hidden = true;
    const asked = new XMLHttpRequest();
    sent.request = asked;
    const address = (zone.dataset.receive ?? "").replace("0".repeat(32), sent.id);
    asked.open("PUT", `${address}?place=${sent.place}&name=${encodeURIComponent(sent.file.name)}`);
    const meta = /** @type {HTMLMetaElement} */ (document.querySelector('meta[name="csrf-token"]'));
    asked.setRequestHeader("X-CSRFToken", meta.content);
    asked.setRequestHeader("Accept", "application/json");
    asked.setRequestHeader("Content-Type", "application/octet-stream");
    asked.responseType = "json";
    let still = 0;
    const moves = () => {
      clearTimeout(still);
      still = setTimeout(() => { asked.abort(); fail(sent, words.failed ?? ""); }, STILL_SECONDS * 1000);
    };
    moves();
    asked.upload.onprogress = ({ loaded, total }) => {
      moves();
      const percent = Math.floor((100 * loaded) / total);
      bar.value = percent;
      tell(sent, loaded < total ? (words.sending ?? "").replace("{percent}", String(percent)) : (words.checking ?? ""));
    };
    asked.onload = async () => {
      clearTimeout(still);
      const code = asked.response?.error?.code ?? "";
      const taken = asked.status === 201;
      // A verdict of ours is kept on the server and shown in the list; anything else may be tried again.
      if (!taken && !/^(uploads|audio)\./.test(code)) {
        fail(sent, asked.response?.error?.words ? sentence(asked.response.error.words) : (words.failed ?? ""));
        return;
      }
      const told = taken ? (words.taken ?? "") : (words.refused ?? "").replace("{why}", () => asked.response.error.words?.why ?? "");
      say(told.replace("{name}", () => sent.file.name), !taken);
      sent.state = "failed";
      next();
      await arrived();
      forget(sent);
    };
    asked.onerror = () => {
      clearTimeout(still);
      fail(sent, words.offline ?? "", { offline: true });
    };
    asked.onabort = () => clearTimeout(still);
    asked.send(sent.file);
  }

  /** @param {import("./http.js").Failure} words */
  const sentence = ({ title, advice }) => [title, advice].filter(Boolean).join(" ");

  /** @param {Sent} sent */
  function again(sent) {
    sent.state = "waits";
    tell(sent, words.waits ?? "");
    next();
  }

  addEventListener("online", () => {
    for (const sent of all.filter(({ offline, state }) => offline && state === "failed")) again(sent);
  });
  // Leaving the page would end what is under way.
  addEventListener("beforeunload", (event) => {
    if (all.some(({ state }) => state !== "failed")) event.preventDefault();
  });

  return {
    /** Take files in hand; what cannot be taken is told at once. @param {File[]} files */
    add(files) {
      const there = document.querySelectorAll(".entry.upload").length;
      for (const file of files) {
        const row = /** @type {HTMLElement} */ (/** @type {DocumentFragment} */ (template.content.cloneNode(true)).firstElementChild);
        nextPlace = Math.max(nextPlace, Number(told.dataset.nextPlace));
        /** @type {Sent} */
        const sent = { file, id: drawn(), place: nextPlace++, row, state: "waits", offline: false, request: null };
        /** @type {HTMLElement} */ (row.querySelector("[data-name]")).textContent = file.name;
        for (const of of row.querySelectorAll("[data-of]")) of.textContent = ` ${file.name}`;
        row.querySelector("progress")?.setAttribute("aria-label", file.name);
        row.querySelector("[data-cancel]")?.addEventListener("click", () => {
          sent.request?.abort();
          forget(sent);
          next();
        });
        row.querySelector("[data-again]")?.addEventListener("click", () => again(sent));
        tell(sent, words.waits ?? "");
        list.append(row);
        all.push(sent);
        const ending = file.name.slice(file.name.lastIndexOf(".")).toLowerCase();
        const room = there + all.filter(({ state }) => state !== "failed").length <= Number(zone.dataset.most);
        if (!endings.includes(ending)) fail(sent, words.kind ?? "", { again: false });
        else if (file.size > Number(zone.dataset.largest)) fail(sent, words.tooLarge ?? "", { again: false });
        else if (!room) fail(sent, words.tooMany ?? "");
      }
      section.hidden = all.length === 0;
      next();
    },
  };
}
