import { bytesFromBase64 } from "../../../lib/audio/base64.ts";
import { decodeMulaw } from "../../../lib/audio/g711.ts";

/** One frame of the caller's: 20 ms at 8 kHz. */
export const FRAME_SAMPLES = 160;
export const FRAME_MS = 20;

/** Far too low for a voice, and on the right side of zero after G.711. */
const LEVEL = 100;
const SYNC = [1, -1, 1, 1, -1, 1, -1, -1, 1, -1, -1, 1];
const SERIAL_BITS = 20;

/**
 * A frame that can be told from every other of its call when it comes out on the model's side, as mu-law: its number is
 * written into its first samples.
 * @param sound what the caller says in it; silence without it
 */
export function marked(serial: number, sound?: Int16Array): Int16Array {
  const frame = new Int16Array(FRAME_SAMPLES);
  if (sound) frame.set(sound);
  SYNC.forEach((sign, at) => frame[at] = sign * LEVEL);
  for (let bit = 0; bit < SERIAL_BITS; bit++) {
    frame[SYNC.length + bit] = (serial >> bit) & 1 ? LEVEL : -LEVEL;
  }
  return frame;
}

/** The number of a frame; `silence` for one that we filled a gap with; undefined for one that nobody sent. */
function markOf(frame: Int16Array): number | "silence" | undefined {
  if (frame.every((sample) => sample === 0)) return "silence";
  if (SYNC.some((sign, at) => Math.sign(frame[at] ?? 0) !== sign)) return undefined;
  let serial = 0;
  for (let bit = 0; bit < SERIAL_BITS; bit++) {
    if (frame[SYNC.length + bit]! > 0) serial |= 1 << bit;
  }
  return serial;
}

/** Numbers of the caller's frames in audio, mu-law; NaN for sound that no caller made. */
export function marksIn(base64: string): number[] {
  const samples = decodeMulaw(bytesFromBase64(base64)!).slice();
  const marks: number[] = [];
  for (let at = 0; at < samples.length; at += FRAME_SAMPLES) {
    const mark = markOf(samples.subarray(at, at + FRAME_SAMPLES));
    if (mark !== "silence") marks.push(mark ?? NaN);
  }
  return marks;
}
