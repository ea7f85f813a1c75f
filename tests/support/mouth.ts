import { audioMessage, type Phone } from "./phone.ts";

const FRAME_MS = 20;
const FRAME_SAMPLES = 160;

/**
 * Sends samples at 8 kHz in real time, 20 ms at a time, and then silence: a line sends all the while. Never early, and
 * what is late is made good for.
 * @returns when the first and the last of the samples were spoken, by `performance.now()`; and how late a frame was at most
 */
export async function speakInto(
  phone: Phone,
  samples: Int16Array,
  silenceMs = 0,
): Promise<{ startMs: number; endMs: number; lateMs: number }> {
  const startMs = performance.now();
  const lengthMs = samples.length / 8;
  let lateMs = 0;
  for (let atMs = 0; atMs < lengthMs + silenceMs; atMs += FRAME_MS) {
    // A frame leaves when all of it has been spoken.
    const waitMs = startMs + atMs + FRAME_MS - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    lateMs = Math.max(lateMs, performance.now() - startMs - atMs - FRAME_MS);
    const frame = new Int16Array(FRAME_SAMPLES);
    frame.set(samples.subarray(atMs * 8, atMs * 8 + FRAME_SAMPLES));
    phone.send(audioMessage(frame));
  }
  return { startMs, endMs: startMs + lengthMs, lateMs };
}

/** Nothing said for so long. */
export async function silence(phone: Phone, ms: number): Promise<void> {
  await speakInto(phone, new Int16Array(0), ms);
}
