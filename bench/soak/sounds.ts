import { resampleTo } from "../../lib/audio/wav.ts";
import { createToneSpeech } from "../../lib/simulator/speech.ts";
import { joined } from "../load/wire.ts";
import { messageFrame } from "./line.ts";

const FRAME_SAMPLES = 160;
/** Letters of 60 ms each: longer than any caller speaks. */
const WORDS = "thequickbrownfoxjumpsoverthelazydog";

/** What callers send, made once for all of them. */
export interface Sounds {
  readonly silence: Uint8Array;
  /** 20 ms each. */
  readonly speech: readonly Uint8Array[];
  /** More messages at once than a line may send. */
  readonly flood: Uint8Array;
  /** A message longer than a line may send. */
  readonly giant: Uint8Array;
}

export async function makeSounds(): Promise<Sounds> {
  const samples = resampleTo(await createToneSpeech().say(WORDS, "caller"), 24_000, 8000);
  const silence = audio(new Int16Array(FRAME_SAMPLES));
  return {
    silence,
    speech: Array.from(
      { length: Math.floor(samples.length / FRAME_SAMPLES) },
      (_, at) => audio(samples.subarray(at * FRAME_SAMPLES, (at + 1) * FRAME_SAMPLES)),
    ),
    flood: joined(Array.from({ length: 4000 }, () => silence)),
    giant: messageFrame({ type: "audio", audio: "A".repeat(1_200_000) }),
  };
}

function audio(samples: Int16Array): Uint8Array {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  return messageFrame({ type: "audio", audio: bytes.toBase64() });
}
