import { createRandom } from "../../../lib/simulator/ids.ts";
import type { Speech } from "../../../lib/simulator/speech.ts";

const RATE_HZ = 24_000;
const LONGEST_MS = 12_000;
/** No two frames of two utterances line up: 480 samples are one, and 97 has no divisor in common with that. */
const STEP_SAMPLES = 97;
const UTTERANCES_MAX = 480;
/** Loud beside any sound of our own. */
const LEVEL = 9000;

const noise = (() => {
  const { next } = createRandom(5);
  return Int16Array.from(
    { length: LONGEST_MS * RATE_HZ / 1000 + UTTERANCES_MAX * STEP_SAMPLES },
    () => Math.round((next() * 2 - 1) * LEVEL),
  );
})();

/** A voice whose every frame is like no other: what comes out of a line tells where it belongs. */
export function noiseSpeech(lengthMs: number): Speech {
  let utterances = 0;
  return {
    say() {
      const from = STEP_SAMPLES * (utterances++ % UTTERANCES_MAX);
      return Promise.resolve(noise.subarray(from, from + lengthMs * RATE_HZ / 1000));
    },
    close() {},
  };
}
