import { readWav } from "../../lib/audio/wav.ts";
import type { Random } from "./line.ts";

const FOLDER = new URL("../../tests/fixtures/speech/", import.meta.url);

function clip(name: string): Int16Array {
  return readWav(Deno.readFileSync(new URL(`${name}.wav`, FOLDER))).samples;
}

/** Real speech: what the agent says and what callers say. The voice is the same, which makes it harder. */
export interface Clips {
  readonly agent: Int16Array;
  readonly callers: readonly Int16Array[];
}

export function loadClips(): Clips {
  return {
    agent: clip("demo-echotest"),
    callers: [clip("agent-incorrect"), clip("unidentified-no-callback")],
  };
}

const FRAME = 160;
const LOUD_POWER = (32768 * 10 ** (-38 / 20)) ** 2;

/** A stretch of a clip that begins with the first sound after a pause, at random. */
export function phrase(clips: readonly Int16Array[], ms: number, random: Random): Int16Array {
  const samples = clips[Math.floor(random() * clips.length)]!;
  const starts: number[] = [];
  for (let at = 0; at + ms * 8 <= samples.length; at += FRAME) {
    const quietBefore = [1, 2, 3].every((n) => at < n * FRAME || !loud(samples, at - n * FRAME));
    // A click before the word is none: it goes on.
    if (quietBefore && loud(samples, at) && loud(samples, at + FRAME) && loud(samples, at + 2 * FRAME)) {
      starts.push(at);
    }
  }
  const from = starts[Math.floor(random() * starts.length)]!;
  return fadedOut(samples.slice(from, from + ms * 8));
}

function loud(samples: Int16Array, at: number): boolean {
  let sum = 0;
  for (let i = 0; i < FRAME; i++) sum += (samples[at + i] ?? 0) ** 2;
  return sum / FRAME > LOUD_POWER;
}

/** The last 20 ms fall to nothing: a cut in the middle of a vowel would click. */
function fadedOut(samples: Int16Array): Int16Array {
  for (let i = 1; i <= FRAME; i++) {
    samples[samples.length - i] = samples[samples.length - i]! * (i - 1) / FRAME;
  }
  return samples;
}
