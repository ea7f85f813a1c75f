import { encodeMulaw } from "../../lib/audio/g711.ts";
import { readWav, resampleTo } from "../../lib/audio/wav.ts";

/** How the stand-in of the model speaks and hears; as `OPENAI_AUDIO_FORMAT`. */
export type Format = "pcm" | "pcmu";

const SPEECH = new URL("../../samples/question.wav", import.meta.url);

/** Bytes of a millisecond of the model's audio. */
export const bytesPerMs = (format: Format): number => format === "pcm" ? 48 : 8;

/** Real speech for both sides: what detectors of tones and voices make of noise is not what a call costs. */
export class Sound {
  readonly #samples: Int16Array;
  readonly #sampleRate: number;

  private constructor(samples: Int16Array, sampleRate: number) {
    this.#samples = samples;
    this.#sampleRate = sampleRate;
  }

  static async read(): Promise<Sound> {
    const { samples, sampleRate } = readWav(await Deno.readFile(SPEECH));
    return new Sound(samples, sampleRate);
  }

  /** The caller's frames of 20 ms as base64, as the line carries them; as many as there is speech for. */
  callerFrames(): string[] {
    const bytes = bytesOf(resampleTo(this.#samples, this.#sampleRate, 8000));
    const count = Math.floor(bytes.length / 320);
    return Array.from({ length: count }, (_, at) => bytes.subarray(at * 320, (at + 1) * 320).toBase64());
  }

  /** Cuts the agent's audio into base64 of the model's format: first this many milliseconds, then the next. */
  agentAudio(format: Format): (startMs: number, lengthMs: number) => string {
    const rate = format === "pcm" ? 24_000 : 8000;
    const samples = resampleTo(this.#samples, this.#sampleRate, rate);
    const bytes = format === "pcm" ? bytesOf(samples) : encodeMulaw(samples).slice();
    const twice = new Uint8Array(2 * bytes.length);
    twice.set(bytes);
    twice.set(bytes, bytes.length);
    return (startMs, lengthMs) => {
      const from = startMs * bytesPerMs(format) % bytes.length;
      return twice.subarray(from, from + lengthMs * bytesPerMs(format)).toBase64();
    };
  }
}

function bytesOf(samples: Int16Array): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

/** Bytes that so much base64 holds. @param padding how many `=` it ends with */
export const base64Bytes = (chars: number, padding: number): number => chars / 4 * 3 - padding;
