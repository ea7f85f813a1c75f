import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { readWav, resampleTo, WAV_RATES } from "../audio/wav.ts";
import { messageOf } from "../errors.ts";
import type { Sound } from "../persona/rehearsal.ts";
import { speak, type Speech } from "../simulator/speech.ts";
import type { SceneTime } from "./time.ts";

/** Of the telephone, and of the simulator's voices. */
const LINE_HZ = 8000;
const SPEECH_HZ = 24_000;

/** What the caller says, at 8 kHz, and its words where they are known. */
export interface SpokenWords {
  readonly samples: Int16Array;
  readonly words: string | undefined;
}

/** What the callers' words sound like. */
export interface CallerVoice {
  say(words: string, voice: string): Promise<SpokenWords>;
}

/** Who speaks where a scene does not say. */
export const CALLER_VOICE = "marin";

/** Speaks each line once, however often it is said; keeps them all. */
export function keptVoice(speech: Speech): CallerVoice {
  const kept = new Map<string, Promise<SpokenWords>>();
  const speakNow = async (words: string, voice: string): Promise<SpokenWords> => {
    return { samples: resampleTo(await speech.say(words, voice), SPEECH_HZ, LINE_HZ), words };
  };
  return {
    say(words, voice) {
      const key = `${voice} ${words}`;
      const known = kept.get(key) ?? speakNow(words, voice);
      kept.set(key, known);
      return known;
    },
  };
}

/**
 * Reads a recording.
 * @param file of the rehearsal; the recording has to be in its folder, as no other may be read
 * @throws Error that says what is wrong with it
 */
export async function recorded(file: string, { file: name, words }: Sound): Promise<SpokenWords> {
  const folder = dirname(resolve(file));
  const path = resolve(folder, name);
  const within = relative(folder, path);
  if (within === ".." || within.startsWith(`..${sep}`) || isAbsolute(within)) {
    throw new Error("must be in the folder of the rehearsal");
  }
  const { sampleRate, samples } = wavOf(await bytesOf(path));
  if (!(WAV_RATES as readonly number[]).includes(sampleRate)) {
    throw new Error(`must have ${WAV_RATES.join(", ")} Hz, not ${sampleRate}`);
  }
  if (samples.length === 0) throw new Error("holds no sound");
  return { samples: resampleTo(samples, sampleRate, LINE_HZ), words };
}

/** A voice whose work is not the call's time. */
export function held(speech: Speech, time: SceneTime): Speech {
  return {
    say: (text, voice) => time.hold(speech.say(text, voice)),
    async *stream(text, voice) {
      const sentences = speak(speech, text, voice);
      try {
        for (;;) {
          const next = await time.hold(sentences.next());
          if (next.done) return;
          yield next.value;
        }
      } finally {
        await sentences.return(undefined);
      }
    },
    close: () => speech.close(),
  };
}

async function bytesOf(path: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    // Deno's own message has the whole path, and its code.
    throw new Error(error instanceof Deno.errors.NotFound ? "does not exist" : "can't be read");
  }
}

function wavOf(bytes: Uint8Array): ReturnType<typeof readWav> {
  try {
    return readWav(bytes);
  } catch (error) {
    throw new Error(`can't be used: ${messageOf(error).replace(/^Could not read the WAV: /, "")}`);
  }
}
