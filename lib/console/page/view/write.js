import { byId, input } from "./dom.js";

/** A line to write on, for those who can't or won't speak. */
export class WriteView {
  #text = input("text");
  #form = byId("write", HTMLFormElement);

  /** @param {(text: string) => void} onText */
  constructor(onText) {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = this.#text.value.trim();
      if (text === "") return;
      onText(text);
      this.#text.value = "";
    });
  }

  /** @param {boolean} enabled */
  enable(enabled) {
    this.#text.disabled = !enabled;
    const send = this.#form.querySelector("button");
    if (send) send.disabled = !enabled;
  }
}
