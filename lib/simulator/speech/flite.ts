import { type Clock, systemClock } from "../../clock.ts";
import { messageOf } from "../../errors.ts";
import { type Log, silentLog } from "../../log.ts";
import type { Speech, Spoken } from "../speech.ts";
import { SoundCache } from "./cache.ts";
import { loadPhrases, sayable, UNSAYABLE } from "./phrases.ts";
import { pronounceable, sentences } from "./sentences.ts";
import { SPEECH_HZ } from "./sound.ts";
import { Synthesizer } from "./synthesizer.ts";
import { fliteVoice } from "./voices.ts";

export interface FliteSpeechOptions {
  /** Told once when Flite can't be had. @default a log that keeps nothing */
  log?: Log;
  /** Times the wait for the worker. @default the machine's */
  clock?: Clock;
  /** Starts the worker. A test gives one that fails. */
  start?: () => Worker;
}

/** Silence between two sentences, beside the 50 ms at the ends of each. */
const PAUSE_SAMPLES = SPEECH_HZ * 150 / 1000;

/**
 * Speaks through CMU Flite, in a worker without permissions that starts at the first word. Where it can't be
 * loaded, ready-made phrases say what they can, with one warning in the log.
 */
export function createFliteSpeech(options: FliteSpeechOptions = {}): Speech {
  const { log = silentLog, clock = systemClock, start } = options;
  const synthesizer = new Synthesizer(clock, start);
  const cache = new SoundCache();
  let warned = false;
  let closed = false;

  async function synthesize(words: string, voice: string): Promise<Int16Array | undefined> {
    const { name, pitch, pace } = fliteVoice(voice);
    // The pitch comes from playing the sound faster; the stretch takes the speed back out.
    const args = ["-voice", name, "--setf", `duration_stretch=${(pitch / pace).toFixed(3)}`, "-t", words];
    const key = `${name} ${pitch} ${pace} ${words}`;
    try {
      return cache.get(key) ?? cache.put(key, await synthesizer.run(args, pitch));
    } catch (error) {
      if (closed) throw error;
      if (!warned) {
        log.warn("Cannot run the speech synthesizer; ready-made phrases are used", {
          reason: messageOf(error),
        });
      }
      warned = true;
      return undefined;
    }
  }

  async function* stream(text: string, voice: string): AsyncGenerator<Spoken> {
    if (closed) throw closedError();
    const foreign = pronounceable(text) === "" && /[\p{L}\p{N}]/u.test(text);
    const all = foreign ? [UNSAYABLE] : sentences(text);
    let said = false;
    for (const [index, sentence] of all.entries()) {
      const words = pronounceable(sentence);
      const samples = words === "" ? new Int16Array() : await synthesize(words, voice);
      if (samples === undefined) return yield* phrases(all.slice(index), said);
      yield { text: sentence, samples: after(said, samples) };
      said ||= samples.length > 0;
    }
  }

  async function* phrases(rest: readonly string[], said: boolean): AsyncGenerator<Spoken> {
    const ready = await loadPhrases();
    const known = rest.filter((sentence) => sayable(ready, sentence));
    for (const sentence of known.length > 0 || said ? known : [UNSAYABLE]) {
      yield { text: sentence, samples: after(said, sayable(ready, sentence)!) };
      said = true;
    }
  }

  return {
    stream,
    async say(text, voice) {
      const pieces = await Array.fromAsync(stream(text, voice), ({ samples }) => samples);
      if (closed) throw closedError();
      return join(pieces);
    },
    close() {
      closed = true;
      synthesizer.end(closedError());
    },
  };
}

function closedError(): Error {
  return new Error("Cannot speak: the speech is closed");
}

/** The samples, a copy, with the pause before them where something was said. */
function after(said: boolean, samples: Int16Array): Int16Array {
  return said ? join([new Int16Array(PAUSE_SAMPLES), samples]) : samples.slice();
}

function join(pieces: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
