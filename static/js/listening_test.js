// Two sounds at one position: A and B are switched without starting over, by button or key.

const versions = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-version]")]);
const sounds = versions.map((one) => /** @type {HTMLAudioElement} */ (one.querySelector("audio")));
const said = /** @type {HTMLElement} */ (document.querySelector("[data-said]"));

/** Play this one from where the other stands. @param {number} which */
function play(which) {
  const [mine, other] = [sounds[which], sounds[1 - which]];
  if (!other.paused || other.currentTime > 0) {
    mine.currentTime = Math.min(other.currentTime, Number.isFinite(mine.duration) ? mine.duration : other.currentTime);
  }
  other.pause();
  mine.play().catch(() => null);
  said.textContent = versions[which].dataset.now ?? "";
}

/** @param {number} which */
function toggle(which) {
  if (sounds[which].paused) play(which);
  else sounds[which].pause();
}

sounds.forEach((sound, which) => {
  sound.addEventListener("play", () => {
    sounds[1 - which].pause();
    versions.forEach((one, at) => one.classList.toggle("playing", at === which));
  });
  sound.addEventListener("pause", () => versions[which].classList.remove("playing"));
  const button = /** @type {HTMLButtonElement} */ (versions[which].querySelector("button"));
  button.hidden = false;
  button.addEventListener("click", () => toggle(which));
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = /** @type {HTMLElement} */ (event.target).closest("input:not([type=radio]), textarea, select");
  const which = typing ? -1 : ["a", "b"].indexOf(event.key.toLowerCase());
  if (which >= 0) play(which);
});
