// On every page: moments in the reader's own time, forms that cannot be sent twice, whether there is a connection.

/** Write each moment as the reader's clock shows it; with the day, unless it is today. */
export function localiseClocks(root = document) {
  for (const element of root.querySelectorAll("time[data-clock]")) {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.valueOf())) continue;
    const today = moment.toDateString() === new Date().toDateString();
    const { lang } = document.documentElement;
    // The region decides how a clock is written, where it is one of the page's language.
    const language = navigator.language.startsWith(lang) ? navigator.language : lang;
    element.textContent = moment.toLocaleString(language, today
      ? { hour: "2-digit", minute: "2-digit" }
      : { dateStyle: "medium", timeStyle: "short" });
  }
}

localiseClocks();

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  // After the form data is taken; a disabled button would be missing from it.
  setTimeout(() => event.submitter?.setAttribute("aria-disabled", "true"));
});

// A page that comes back from the browser's own cache must work again.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.elements) button.removeAttribute("aria-disabled");
  }
});

// Whether there is a connection, as far as the browser knows; said once when it goes and once when it is back.
const connection = /** @type {HTMLElement | null} */ (document.querySelector("[data-connection]"));
/** @type {ReturnType<typeof setTimeout> | undefined} */
let hiding;
function tellConnection() {
  clearTimeout(hiding);
  connection.textContent = navigator.onLine ? connection.dataset.back : connection.dataset.gone;
  if (navigator.onLine) hiding = setTimeout(() => connection.replaceChildren(), 4000);
}
if (connection) {
  addEventListener("offline", tellConnection);
  addEventListener("online", tellConnection);
  if (!navigator.onLine) tellConnection();
}
