import { button, dress, input, part } from "./dom.js";

/** @import { Timeline } from "./timeline.js" */

/** Plays the recording of the call that is over; its position is that of the timeline. */
export class Player {
  #audio = new Audio();
  #seek = input("seek");
  #play = button("play");
  #timeline;
  #url = "";
  #durationMs = 1;

  /** @param {Timeline} timeline */
  constructor(timeline) {
    this.#timeline = timeline;
    this.#play.addEventListener("click", () => {
      if (this.#audio.paused) void this.#audio.play();
      else this.#audio.pause();
    });
    this.#seek.addEventListener("input", () => this.seek(Number(this.#seek.value) / 1000 * this.#durationMs));
    for (const type of ["play", "pause", "ended"]) this.#audio.addEventListener(type, () => this.#show());
    this.#audio.addEventListener("play", () => this.#follow());
  }

  /**
   * @param {Blob} recording
   * @param {number} durationMs
   */
  load(recording, durationMs) {
    this.unload();
    this.#url = URL.createObjectURL(recording);
    this.#audio.src = this.#url;
    this.#durationMs = Math.max(1, durationMs);
    this.#seek.value = "0";
    this.#seek.hidden = false;
  }

  unload() {
    this.#audio.pause();
    this.#audio.removeAttribute("src");
    URL.revokeObjectURL(this.#url);
    this.#seek.hidden = true;
    this.#show();
  }

  /** @param {number} ms */
  seek(ms) {
    if (this.#seek.hidden) return;
    this.#audio.currentTime = ms / 1000;
    this.#move(ms);
  }

  /** @param {number} ms */
  playFrom(ms) {
    if (this.#seek.hidden) return;
    this.seek(ms);
    void this.#audio.play();
  }

  #show() {
    const plays = !this.#audio.paused && !this.#audio.ended;
    dress(this.#play, plays ? "pause" : "play");
    this.#play.setAttribute("aria-label", plays ? "Pause the recording" : "Play the recording");
    part("timeline").dataset.plays = String(plays);
  }

  #follow() {
    if (this.#audio.paused) return;
    this.#move(this.#audio.currentTime * 1000);
    requestAnimationFrame(() => this.#follow());
  }

  /** @param {number} ms */
  #move(ms) {
    this.#seek.value = String(Math.round(1000 * ms / this.#durationMs));
    this.#timeline.at(ms);
  }
}
