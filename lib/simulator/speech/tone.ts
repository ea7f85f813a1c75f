import type { Speech } from "../speech.ts";

const RATE_HZ = 24_000;
const CHARACTER_MS = 60;
const CHARACTER_SAMPLES = RATE_HZ * CHARACTER_MS / 1000;
const PEAK = 8_000;
/** A space or mark is a dip, not a silence: no VAD ends a turn in it. */
const DIP = 0.3;

/**
 * Speech without a synthesizer, for tests: 60 ms per character, each a buzz of a few harmonics whose pitch
 * follows the character and the voice. An energy VAD takes it for speech; the same text gives the same samples.
 */
export function createToneSpeech(): Speech {
  const tones = new Map<string, Int16Array>();
  let closed = false;

  function speak(text: string, voice: string): Int16Array {
    const characters = [...text];
    const samples = new Int16Array(characters.length * CHARACTER_SAMPLES);
    const baseHz = 110 + hash(voice) % 97;
    characters.forEach((character, index) => {
      const peak = PEAK * (/[\p{L}\p{N}]/u.test(character) ? 1 : DIP);
      const pitchHz = baseHz + character.codePointAt(0)! % 12 * 4;
      const key = `${pitchHz} ${peak}`; // some 300 at most
      if (!tones.has(key)) tones.set(key, tone(pitchHz, peak));
      samples.set(tones.get(key)!, index * CHARACTER_SAMPLES);
    });
    return samples;
  }

  return {
    say(text, voice) {
      if (closed) return Promise.reject(new Error("Cannot speak: the speech is closed"));
      return Promise.resolve(speak(text, voice));
    },
    close() {
      closed = true;
    },
  };
}

/** One character: harmonics 1 to 8 falling by 1/n, faded over 5 ms at both ends so that nothing clicks. */
function tone(pitchHz: number, peak: number): Int16Array {
  const fade = RATE_HZ * 5 / 1000;
  return Int16Array.from({ length: CHARACTER_SAMPLES }, (_, i) => {
    let sum = 0;
    for (let n = 1; n <= 8; n++) sum += Math.sin(2 * Math.PI * pitchHz * n * i / RATE_HZ) / n;
    return Math.round(peak * sum / 2 * Math.min(1, i / fade, (CHARACTER_SAMPLES - i) / fade));
  });
}

function hash(text: string): number {
  let total = 0;
  for (const character of text) total = (total * 31 + character.codePointAt(0)!) % 65_521;
  return total;
}
