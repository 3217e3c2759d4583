// The frame's half: the device. What plays is decided by the stand-in's Web API, heard here if it was generated.
const POLL = 150; // milliseconds between two looks at what the Web API was told
const audio = new Audio();
let token = "", device = "", revision = 0, timer = 0;
let tracks = [], index = 0, paused = true;
let position = 0, since = 0; // milliseconds of the track at the moment `since`

const tell = (name, data) => parent.postMessage({ name, data }, "*");
const track = () => tracks[index];
const place = () => Math.min(position + (paused ? 0 : performance.now() - since), track()?.duration_ms ?? 0);

function state() {
  if (!track()) return null;
  return {
    paused, position: place(), duration: track().duration_ms, timestamp: Date.now(),
    track_window: { current_track: track(), previous_tracks: tracks.slice(0, index), next_tracks: tracks.slice(index + 1) },
  };
}

async function sound() {
  const address = track() ? `/audio/${track().id}` : "";
  if (address && !audio.src.endsWith(address)) audio.src = address;
  if (paused) return audio.pause();
  audio.currentTime = place() / 1000;
  try {
    await audio.play();
  } catch (error) {
    if (error.name === "NotAllowedError") tell("autoplay_failed", {});
  }
}

function change(where, still) {
  position = Math.max(0, where);
  since = performance.now();
  paused = still;
  sound();
  tell("player_state_changed", state());
}

function step(by) {
  const next = index + by;
  if (next < 0 || next >= tracks.length) return change(0, true);
  index = next;
  change(0, false);
}

async function ask(method, path, body) {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  return { status: answer.status, told: answer.status === 204 ? null : await answer.json() };
}

async function look() {
  try {
    const { status, told } = await ask("GET", "/v1/me/player/sdk");
    if (status === 401) tell("authentication_error", { message: "Authentication failed" });
    if (status === 200 && told.revision !== revision) {
      ({ revision, tracks, index } = told);
      change(told.position_ms, !told.playing);
    }
  } catch {
    // The stand-in is away; it is asked again.
  }
  if (track() && !paused && place() >= track().duration_ms) step(1);
  timer = setTimeout(look, POLL);
}

async function connect(given, name) {
  token = given;
  const { status, told } = await ask("POST", "/v1/me/player/sdk", { name });
  if (status === 200) {
    ({ device_id: device, revision } = told);
    clearTimeout(timer);
    look();
    tell("ready", { device_id: device });
    return true;
  }
  const premium = told?.error?.reason === "PREMIUM_REQUIRED";
  tell(premium ? "account_error" : "authentication_error", { message: told?.error?.message ?? "" });
  return false;
}

const commands = {
  connect, state, step,
  volume: () => audio.volume,
  setVolume(volume) { audio.volume = volume; },
  pause() { if (track()) change(place(), true); },
  resume() { if (track()) change(place(), false); },
  toggle() { if (track()) change(place(), !paused); },
  seek(where) { if (track()) change(where, paused); },
};

addEventListener("message", async ({ data, source, origin }) => {
  if (source !== parent || !Object.hasOwn(commands, data?.command)) return;
  const value = await commands[data.command](...(data.given ?? []));
  parent.postMessage({ number: data.number, value: value ?? null }, origin);
});
