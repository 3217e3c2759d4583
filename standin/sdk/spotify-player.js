// The page's half of a stand-in for Spotify's Web Playback SDK: no sound here, only a frame to talk to.
(() => {
  const home = new URL(document.currentScript.src).origin;

  class Player {
    #listeners = new Map();
    #frame = null;
    #loaded = null;
    #there = false;
    #asked = new Map();
    #count = 0;
    #token;
    #options;

    constructor(options) {
      if (typeof options?.name !== "string" || typeof options.getOAuthToken !== "function") {
        throw new TypeError("A player needs a name and getOAuthToken");
      }
      this.#options = options;
      this.#token = options.getOAuthToken;
      addEventListener("message", (event) => this.#heard(event));
    }

    addListener(name, callback) {
      const known = this.#listeners.get(name) ?? [];
      this.#listeners.set(name, [...known, callback]);
      return true;
    }

    removeListener(name, callback) {
      const known = this.#listeners.get(name) ?? [];
      this.#listeners.set(name, callback ? known.filter((one) => one !== callback) : []);
      return true;
    }

    async connect() {
      if (!this.#frame) {
        this.#frame = document.createElement("iframe");
        this.#frame.allow = "encrypted-media; autoplay";
        this.#frame.title = "Stand-in Spotify";
        this.#frame.hidden = true;
        this.#loaded = new Promise((resolve) => {
          this.#frame.addEventListener("load", () => resolve((this.#there = true)), { once: true });
        });
        this.#frame.src = `${home}/sdk/embedded.html`;
        document.body.append(this.#frame);
      }
      await this.#loaded;
      const token = await new Promise((resolve) => this.#token(resolve));
      return this.#ask("connect", token, this.#options.name);
    }

    disconnect() {
      // The sound goes with the frame.
      this.#frame?.remove();
      this.#frame = null;
      this.#there = false;
    }

    getCurrentState() { return this.#ask("state"); }
    getVolume() { return this.#ask("volume"); }
    setVolume(volume) { return this.#ask("setVolume", volume); }
    pause() { return this.#ask("pause"); }
    resume() { return this.#ask("resume"); }
    togglePlay() { return this.#ask("toggle"); }
    seek(position) { return this.#ask("seek", position); }
    previousTrack() { return this.#ask("step", -1); }
    nextTrack() { return this.#ask("step", 1); }
    activateElement() { return Promise.resolve(); }

    #ask(command, ...given) {
      if (!this.#there) return Promise.resolve(null);
      const number = ++this.#count;
      this.#frame.contentWindow.postMessage({ number, command, given }, home);
      return new Promise((resolve) => this.#asked.set(number, resolve));
    }

    #heard(event) {
      if (event.origin !== home || event.source !== this.#frame?.contentWindow) return;
      const { number, value, name, data } = event.data;
      if (number) {
        this.#asked.get(number)?.(value);
        this.#asked.delete(number);
      } else {
        for (const callback of this.#listeners.get(name) ?? []) callback(data);
      }
    }
  }

  window.Spotify = { Player };
  queueMicrotask(() => window.onSpotifyWebPlaybackSDKReady?.());
})();
