import { bytesFromBase64 } from "../audio/base64.ts";
import { type AudioFormat, createDownlink } from "../audio/codec.ts";
import { trimSilence } from "../audio/trim.ts";
import type { FinishedResponse } from "./events.ts";
import { hasWords } from "./exact-words.ts";

const MAX_SECONDS = 15;
const MAX_SAMPLES = MAX_SECONDS * 8000;
/** More than is ever said in 15 seconds. */
const MAX_TRANSCRIPT = 2_000;

/** What the model says in one response, up to 15 seconds. */
export class Recording {
  readonly #decoder: ReturnType<typeof createDownlink>;
  readonly #parts: Int16Array[] = [];
  #length = 0;
  #transcript = "";

  constructor(format: AudioFormat) {
    this.#decoder = createDownlink(format);
  }

  /** @throws {Error} when it is no audio, or too much of it. */
  audio(base64: string): void {
    const bytes = bytesFromBase64(base64);
    if (!bytes) throw new Error("The audio is not base64");
    this.#add(this.#decoder.decode(bytes));
  }

  /** The next item is a sound of its own. */
  itemDone(): void {
    this.#add(this.#decoder.flush());
  }

  transcript(text: string): void {
    this.#transcript = `${this.#transcript} ${text}`.slice(0, MAX_TRANSCRIPT);
  }

  /** All of it, 8 kHz, without the silence around it. @throws {Error} when it is not these words. */
  finish({ status, reason, error }: FinishedResponse, words: string): Int16Array {
    if (status !== "completed") {
      throw new Error(`The response is ${status}: ${error?.code || reason || "no reason given"}`);
    }
    if (!hasWords(this.#transcript, words)) throw new Error("The model said other words");
    this.itemDone();
    const all = new Int16Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    const sound = trimSilence(all);
    if (sound.length === 0) throw new Error("The model's audio is silent");
    return sound;
  }

  #add(samples: Int16Array): void {
    if (samples.length === 0) return;
    this.#length += samples.length;
    if (this.#length > MAX_SAMPLES) throw new Error(`The audio is longer than ${MAX_SECONDS} seconds`);
    // The decoder's next samples take the place of these.
    this.#parts.push(samples.slice());
  }
}
