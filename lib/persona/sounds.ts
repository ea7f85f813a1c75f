import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { readWav, resampleTo, WAV_RATES } from "../audio/wav.ts";
import { messageOf } from "../errors.ts";
import type { Outage, PersonaDefinition } from "./define.ts";

/** What a caller hears when the model is away. */
export type PhraseKind = keyof Outage;
export const PHRASE_KINDS: readonly PhraseKind[] = ["bridge", "apology"];

/** The recordings of a persona, 8 kHz. */
export type Sounds = ReadonlyMap<PhraseKind, Int16Array>;

const RATE_HZ = 8000;
const MAX_SECONDS = 15;
/** More than 15 seconds at any rate and much besides: what is larger is not even read. */
const MAX_BYTES = 2 * 1024 * 1024;

/**
 * Reads the recordings that a persona names.
 * @param file the persona's own; they have to be in its folder, as the service may read no other
 * @returns them, or one line for each that can't be used
 */
export async function readSounds(
  file: string,
  { outage = {} }: Pick<PersonaDefinition, "outage">,
): Promise<{ sounds: Sounds } | { faults: string[] }> {
  const sounds = new Map<PhraseKind, Int16Array>();
  const faults: string[] = [];
  for (const kind of PHRASE_KINDS) {
    const phrase = outage[kind];
    if (typeof phrase !== "object") continue;
    try {
      sounds.set(kind, await readSound(dirname(resolve(file)), phrase.file));
    } catch (error) {
      faults.push(`outage.${kind}.file ${messageOf(error)}: ${JSON.stringify(phrase.file)}`);
    }
  }
  return faults.length > 0 ? { faults } : { sounds };
}

async function readSound(folder: string, name: string): Promise<Int16Array> {
  const path = resolve(folder, name);
  const within = relative(folder, path);
  if (within === ".." || within.startsWith(`..${sep}`) || isAbsolute(within)) {
    throw new Error("must be in the folder of the persona");
  }
  const { sampleRate, samples } = wavOf(await readBytes(path));
  if (!(WAV_RATES as readonly number[]).includes(sampleRate)) {
    throw new Error(`must have 8000, 16000 or 24000 Hz, not ${sampleRate}`);
  }
  if (samples.length === 0) throw new Error("holds no sound");
  const seconds = samples.length / sampleRate;
  if (seconds > MAX_SECONDS) {
    throw new Error(`must not be longer than ${MAX_SECONDS} seconds, and has ${seconds.toFixed(1)}`);
  }
  return resampleTo(samples, sampleRate, RATE_HZ);
}

async function readBytes(path: string): Promise<Uint8Array> {
  let size: number;
  let isFile: boolean;
  try {
    ({ size, isFile } = await Deno.stat(path));
  } catch (error) {
    // Deno's own message has the whole path, and its code.
    throw new Error(error instanceof Deno.errors.NotFound ? "does not exist" : "can't be read");
  }
  // Reading a pipe would never end.
  if (!isFile) throw new Error("must be a file");
  if (size > MAX_BYTES) throw new Error(`must not be larger than ${MAX_BYTES} bytes, and has ${size}`);
  return await Deno.readFile(path);
}

function wavOf(bytes: Uint8Array): ReturnType<typeof readWav> {
  try {
    return readWav(bytes);
  } catch (error) {
    throw new Error(`can't be used: ${messageOf(error).replace(/^Could not read the WAV: /, "")}`);
  }
}
