// Tracks on the listener's own Spotify: one call names the whole list, then each is heard from its place for some
// seconds, stopped, and after a pause the next one begins. Nothing is faded, overlapped or drawn to the music.

import { pause, request } from "./http.js";
import { showFailure } from "./notice.js";

const GAP = 1.5; // seconds of silence between two tracks
const LOOK = 200; // milliseconds between two looks at where the player is
const LATE = 10; // seconds for Spotify's script, and for its device, to be there
const TRIES = 3; // a device that has just told its name may not be known everywhere yet

const root = /** @type {HTMLElement} */ (document.querySelector("[data-spotify-player]"));
const part = (/** @type {string} */ name) => /** @type {any} */ (root.querySelector(`[data-${name}]`));
const rows = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-track]")]);
const [play, next, status] = [part("play"), part("next"), part("status")];

/** @type {any} */ let player = null;
let device = "";
let begun = false; // whether Spotify was given the list
let running = false; // whether the listener wants to hear it
let current = -1; // the row that is heard
let placed = false; // whether the player has been sent to that row's place

const say = (/** @type {string} */ name, values = {}) => {
  let text = root.dataset[name] ?? "";
  for (const [key, value] of Object.entries(values)) text = text.replace(`{${key}}`, String(value));
  if (status.textContent !== text) status.textContent = text;
};

const label = () => {
  play.textContent = play.dataset[running ? "labelPause" : begun ? "labelGoOn" : "labelPlay"];
  next.disabled = !begun;
};

/** @param {string} name what to say */
function giveUp(name) {
  running = false;
  label();
  say(name);
}

/** @param {any} track as Spotify's player names it: cover, title and link are its own */
function show(track) {
  const found = rows.findIndex((row) => row.dataset.track === track.id || track.uri === `spotify:track:${row.dataset.track}`);
  if (found !== current) [current, placed] = [found, false];
  rows.forEach((row, number) => (number === found ? row.setAttribute("aria-current", "true") : row.removeAttribute("aria-current")));
  part("now").hidden = false;
  part("now-title").textContent = track.name;
  part("now-by").textContent = track.artists.map((/** @type {any} */ one) => one.name).join(", ");
  const cover = track.album?.images?.[0]?.url;
  if (cover && part("cover").src !== cover) part("cover").src = cover;
  part("now-link").href = rows[found]?.querySelector("a")?.href ?? track.external_urls?.spotify ?? "https://open.spotify.com/";
}

async function begin() {
  say("starting");
  const connected = device || ((await player.connect()) && (await within(() => device)));
  if (!connected) return running && giveUp("failed");
  for (let attempt = 1; ; attempt++) {
    try {
      await request(root.dataset.spotifyPlayer ?? "", { method: "POST", body: { device_id: device } });
      break;
    } catch (/** @type {any} */ error) {
      if (error.status === 404 && attempt < TRIES) {
        await pause(1);
        continue;
      }
      giveUp("failed");
      if (error.failure) showFailure(document.querySelector("[data-notices]"), error.failure);
      return;
    }
  }
  begun = true;
  label();
}

/** Wait until something is there. @param {() => unknown} found */
async function within(found) {
  for (let waited = 0; !found() && waited < LATE; waited += 0.1) await pause(0.1);
  return found();
}

async function heard() {
  for (;;) {
    await pause(LOOK / 1000);
    if (!running || !begun) continue;
    const state = await player.getCurrentState();
    if (!state || !running) continue;
    show(state.track_window.current_track);
    if (current < 0) continue; // the listener plays something else on this device
    if (state.paused) {
      await player.resume();
      continue;
    }
    const start = 1000 * Number(rows[current].dataset.start);
    if (!placed) {
      placed = true;
      // The first track was sent to its place by the call that named the list.
      if (Math.abs(state.position - start) > 1500) await player.seek(start);
      say("playing", { now: current + 1, all: rows.length });
    } else if (state.position >= start + 1000 * Number(part("seconds").value)) {
      await onwards();
    }
  }
}

async function onwards() {
  await player.pause();
  if (current + 1 >= rows.length) {
    begun = false;
    current = -1;
    return giveUp("done");
  }
  say("pausing");
  await pause(GAP);
  if (running) await player.nextTrack();
}

play.addEventListener("click", async () => {
  player.activateElement();
  running = !running;
  label();
  if (!running) {
    await player.pause();
    say("stopped");
  } else if (!begun) {
    await begin();
  }
});

next.addEventListener("click", async () => {
  running = true;
  label();
  await onwards();
});

// @ts-ignore: Spotify's script asks for this name
window.onSpotifyWebPlaybackSDKReady = () => {
  // @ts-ignore
  player = new window.Spotify.Player({
    name: root.dataset.name,
    getOAuthToken: async (/** @type {(token: string) => void} */ take) => {
      try {
        take((await request(root.dataset.token ?? "", { method: "POST" })).token);
      } catch (/** @type {any} */ error) {
        giveUp("refused");
        if (error.failure) showFailure(document.querySelector("[data-notices]"), error.failure);
      }
    },
  });
  player.addListener("ready", (/** @type {any} */ told) => (device = told.device_id));
  player.addListener("not_ready", () => (device = ""));
  for (const [event, words] of [["initialization_error", "missing"], ["authentication_error", "refused"], ["account_error", "premium"], ["playback_error", "failed"]]) {
    player.addListener(event, () => giveUp(words));
  }
  player.addListener("autoplay_failed", () => giveUp("stopped"));
  play.disabled = false;
  say("ready");
};

say("loading");
pause(LATE).then(() => player || say("missing"));
heard();
addEventListener("pagehide", () => player?.disconnect());
