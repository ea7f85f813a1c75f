import { type AudioFormat, bytesPerMs } from "../audio/codec.ts";
import { encodeAlaw, encodeMulaw } from "../audio/g711.ts";
import { Downsampler } from "../audio/resample.ts";
import type { Random, Range } from "./ids.ts";

/**
 * Speech as the session wants it.
 * @param samples 24 kHz
 * @param speed 0.25 to 1.5; by resampling, so the pitch follows it
 */
export function encode(samples: Int16Array, format: AudioFormat, speed = 1): Uint8Array {
  const paced = speed === 1 ? samples : atSpeed(samples, speed);
  if (format === "pcm") return new Uint8Array(paced.slice().buffer);
  const down = new Downsampler();
  // What the resampler returns is valid until its next call only.
  const head = down.push(paced).slice();
  const tail = down.flush();
  const narrow = new Int16Array(head.length + tail.length);
  narrow.set(head);
  narrow.set(tail, head.length);
  return format === "pcmu" ? encodeMulaw(narrow) : encodeAlaw(narrow);
}

/** Cuts encoded speech into deltas; the last holds what is left. */
export function slices(bytes: Uint8Array, format: AudioFormat, deltaMs: Range, random: Random): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = Math.max(2, Math.round(random.between(deltaMs) * bytesPerMs(format) / 2) * 2);
    parts.push(bytes.slice(at, at + length));
    at += length;
  }
  return parts;
}

/** The words of a text, each with the space before it, the last also with the space after it. */
export function words(text: string): string[] {
  return text.match(/\s*\S+(?:\s+$)?/g) ?? [];
}

function atSpeed(samples: Int16Array, speed: number): Int16Array {
  const out = new Int16Array(Math.floor(samples.length / speed));
  for (let index = 0; index < out.length; index++) {
    const at = index * speed;
    const before = samples[Math.floor(at)]!;
    const after = samples[Math.min(Math.floor(at) + 1, samples.length - 1)]!;
    out[index] = before + (after - before) * (at % 1);
  }
  return out;
}
