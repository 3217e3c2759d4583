// JSON to and from our own server, bounded in time, with the session's secret where it is needed.

/**
 * @typedef {object} Failure  What an error of the server says; texts are translated already.
 * @property {string} [title]
 * @property {string} [why]  What happened, in words that fit into a sentence.
 * @property {string} [sentence]
 * @property {string} [kept]
 * @property {string} [advice]
 * @property {string} [tone]
 * @property {{iso: string, utc: string}} [until]
 * @property {{url: string, label: string}} [action]
 */

/** An answer that is no success. `failure` is null where the server could not be reached. */
export class RequestFailed extends Error {
  /** @param {number} status @param {Failure | null} failure */
  constructor(status, failure) {
    super(failure?.title ?? `status ${status}`);
    this.status = status;
    this.failure = failure;
  }
}

/**
 * @param {string} url
 * @param {{method?: string, body?: object, seconds?: number, keepalive?: boolean}} [options]
 * @returns {Promise<any>}
 */
export async function request(url, { method = "GET", body, seconds = 30, keepalive = false } = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (method !== "GET") {
    const meta = document.querySelector('meta[name="csrf-token"]');
    headers["X-CSRFToken"] = meta instanceof HTMLMetaElement ? meta.content : "";
  }
  if (body) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(url, {
      method,
      headers,
      keepalive,
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(seconds * 1000),
    });
  } catch {
    throw new RequestFailed(0, null);
  }
  const data = await answer.json().catch(() => null);
  if (!answer.ok) throw new RequestFailed(answer.status, data?.error ? wordsOf(data.error, answer.status) : null);
  return data;
}

/** @param {{words?: Failure}} error @param {number} status @returns {Failure} */
const wordsOf = (error, status) => ({
  ...error.words,
  action: status === 401 ? wayBack() : undefined,
  tone: status === 401 ? "warn" : undefined,
});

/** The login, and from there back to this page. */
function wayBack() {
  const template = /** @type {HTMLElement | null} */ (document.querySelector("template#notice"));
  const url = `/login?next=${encodeURIComponent(location.pathname + location.search)}`;
  return { url, label: template?.dataset.login ?? "" };
}

/** Resolve after so many seconds. @param {number} seconds */
export const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
