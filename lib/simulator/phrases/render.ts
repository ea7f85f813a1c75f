/**
 * Renders the phrases that ship ready-made into phrases.json, 8 kHz mu-law in base64, by Flite's own voice:
 *
 *     deno run --allow-read=lib/simulator/speech --allow-write=lib/simulator/phrases lib/simulator/phrases/render.ts
 *
 * @module
 */
import { encodeMulaw } from "../../audio/g711.ts";
import { Downsampler } from "../../audio/resample.ts";
import { createFliteSpeech } from "../speech.ts";
import { PHRASES } from "../speech/phrases.ts";

const speech = createFliteSpeech();
const sounds: Record<string, string> = {};
for (const phrase of PHRASES) {
  const low = new Downsampler();
  const start = low.push(await speech.say(phrase, "marin")).slice();
  sounds[phrase] = encodeMulaw(Int16Array.of(...start, ...low.flush())).toBase64();
}
speech.close();
await Deno.writeTextFile(new URL("phrases.json", import.meta.url), JSON.stringify(sounds, null, 2) + "\n");
