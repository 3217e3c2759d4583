// What could not be sent because the session had ended: it waits in this tab for the next login of the same person.

const whose = () => /** @type {HTMLElement | null} */ (document.querySelector("[data-whose]"))?.dataset.whose;

/** @param {string} name @param {any} value  plain data */
export function keepWaiting(name, value) {
  try {
    sessionStorage.setItem(`hooklist.${name}`, JSON.stringify({ whose: whose(), value }));
  } catch {
    // storage may be switched off or full: then the page says what was not kept, as without this
  }
}

/** Take out what waits, if it is of whoever is logged in now. @param {string} name */
export function takeWaiting(name) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(`hooklist.${name}`) ?? "null");
    sessionStorage.removeItem(`hooklist.${name}`);
    return kept && kept.whose === whose() ? kept.value : null;
  } catch {
    return null;
  }
}
