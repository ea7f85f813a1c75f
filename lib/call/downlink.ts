import { bytesFromBase64 } from "../audio/base64.ts";
import { type AudioFormat, bytesPerMs, createDownlink } from "../audio/codec.ts";
import { Framer } from "../audio/frames.ts";
import type { Playback } from "./playback.ts";

const SAMPLES_PER_MS = 8;
const FRAME_SAMPLES = 160;
const FRAME_MS = FRAME_SAMPLES / SAMPLES_PER_MS;

/** The agent's audio on its way from the model to the line: decoded, cut into 20 ms frames, entered in the ledger. */
export class Downlink {
  readonly #playback: Playback;
  readonly #send: (frame: Int16Array, playsAtMs: number) => void;
  readonly #decoder: ReturnType<typeof createDownlink>;
  readonly #bytesPerMs: number;
  readonly #framer = new Framer();
  /** The item whose audio is in the decoder and the framer. */
  #itemId = "";

  /** @param send takes each frame, and when it begins to play on the phone side, by the clock */
  constructor(
    format: AudioFormat,
    playback: Playback,
    send: (frame: Int16Array, playsAtMs: number) => void,
  ) {
    this.#playback = playback;
    this.#send = send;
    this.#decoder = createDownlink(format);
    this.#bytesPerMs = bytesPerMs(format);
  }

  /** Takes one delta of an item's audio; returns false, and drops it, when it is not valid base64. */
  delta(responseId: string, itemId: string, contentIndex: number, base64: string): boolean {
    const bytes = bytesFromBase64(base64);
    if (!bytes) return false;
    if (itemId !== this.#itemId) {
      this.finish();
      this.#itemId = itemId;
    }
    this.#playback.generated(responseId, itemId, contentIndex, bytes.length / this.#bytesPerMs);
    this.#framer.push(this.#decoder.decode(bytes), this.#emit);
    return true;
  }

  /** The item has no more audio: its tail and the rest under a frame go out at once, padded with silence. */
  finish(): void {
    if (this.#itemId === "") return;
    this.#framer.push(this.#decoder.flush(), this.#emit);
    const restSamples = this.#framer.pendingSamples;
    this.#framer.flush((frame) => this.#emit(frame, restSamples));
    this.reset();
  }

  /** Forgets what has not left yet: the item was interrupted. */
  reset(): void {
    this.#itemId = "";
    this.#decoder.reset();
    this.#framer.reset();
  }

  readonly #emit = (frame: Int16Array, samples = FRAME_SAMPLES): void => {
    this.#send(frame, this.#playback.sent(this.#itemId, samples / SAMPLES_PER_MS, FRAME_MS));
  };
}
