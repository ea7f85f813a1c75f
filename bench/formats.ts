/**
 * What OPENAI_AUDIO_FORMAT costs and what it does to the sound, by real telephone speech:
 * deno run --no-prompt --allow-read bench/formats.ts
 *
 * CPU is per second of one call's audio in one direction, codec and base64 only. The error is everything that is not the
 * same sound later: quantising, the filter's ripple, and what the filter takes away near its edge. Up: what the model gets
 * of the samples that the line brought. Down: what the caller hears of what the model said, the line's own law included.
 */
import { bytesFromBase64, bytesToBase64 } from "../lib/audio/base64.ts";
import { AUDIO_FORMATS, type AudioFormat, createDownlink, createUplink } from "../lib/audio/codec.ts";
import { decodeAlaw, decodeMulaw, encodeAlaw, encodeMulaw } from "../lib/audio/g711.ts";
import { readWav, resampleTo } from "../lib/audio/wav.ts";
import { createFliteSpeech } from "../lib/simulator/speech.ts";

type Samples = Int16Array<ArrayBufferLike>;

const LAWS = {
  "linear, 16 bit": (samples: Samples) => samples,
  "G.711 mu-law": (samples: Samples) => decodeMulaw(encodeMulaw(samples)).slice(),
  "G.711 A-law": (samples: Samples) => decodeAlaw(encodeAlaw(samples)).slice(),
} as const;
const FRAME = 160;
/** Of the 83 taps, at 24 kHz: the filter delays by half its length. */
const FILTER_DELAY = 41;

/** Power of the sound over that of the error, dB; the best over whole-sample shifts up to `shifts`. */
function snrDb(sound: Samples, heard: Samples, shifts = 0): number {
  let best = -Infinity;
  for (let shift = 0; shift <= shifts; shift++) {
    let signal = 0, error = 0;
    for (let at = 0; at + shift < heard.length && at < sound.length; at++) {
      signal += sound[at]! ** 2;
      error += (sound[at]! - heard[at + shift]!) ** 2;
    }
    best = Math.max(best, error === 0 ? Infinity : 10 * Math.log10(signal / error));
  }
  return best;
}

function joined(parts: readonly Samples[]): Samples {
  const all = new Int16Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const frames = (samples: Samples, length: number): Samples[] =>
  Array.from(
    { length: Math.floor(samples.length / length) },
    (_, at) => samples.slice(at * length, (at + 1) * length),
  );

/** The bytes that a session is sent for the samples of a line. */
function up(format: AudioFormat, line: Samples): Uint8Array[] {
  const uplink = createUplink(format);
  return frames(line, FRAME).map((frame) => uplink.encode(frame).slice());
}

function upError(format: AudioFormat, line: Samples): number {
  const bytes = up(format, line);
  if (format === "pcm") {
    const wide = joined(bytes.map((part) => new Int16Array(part.buffer)));
    return snrDb(resampleTo(line, 8000, 24_000), wide.subarray(FILTER_DELAY), 2);
  }
  const decode = format === "pcmu" ? decodeMulaw : decodeAlaw;
  return snrDb(line, joined(bytes.map((part) => decode(part).slice())));
}

/** What the server would send of what it said. Its own filter is not known: an ideal one stands for it. */
function spoken(format: AudioFormat, wide: Samples): Uint8Array[] {
  if (format === "pcm") {
    return frames(wide, 3 * FRAME).map((frame) => new Uint8Array(frame.slice().buffer));
  }
  const encode = format === "pcmu" ? encodeMulaw : encodeAlaw;
  return frames(resampleTo(wide, 24_000, 8000), FRAME).map((frame) => encode(frame).slice());
}

function downError(format: AudioFormat, wide: Samples, law: (samples: Samples) => Samples): number {
  const downlink = createDownlink(format);
  const heard = joined([
    ...spoken(format, wide).map((part) => downlink.decode(part).slice()),
    downlink.flush().slice(),
  ]);
  return snrDb(resampleTo(wide, 24_000, 8000), law(heard).subarray(0), 16);
}

/** Microseconds a second of one call's audio takes; the best of several rounds. */
function cpuUs(act: () => void, seconds: number): number {
  let best = Infinity;
  for (let round = 0; round < 12; round++) {
    const startMs = performance.now();
    act();
    best = Math.min(best, (performance.now() - startMs) * 1000 / seconds);
  }
  return best;
}

const line = resampleTo(
  readWav(await Deno.readFile(new URL("../samples/question.wav", import.meta.url))).samples,
  8000,
  8000,
);
const speech = createFliteSpeech();
const wide = await speech.say(
  "Thank you for calling. Your parcel will be there on Thursday, before six.",
  "marin",
);
speech.close();

console.log("format | up, us/s | down, us/s | up, bytes/s on the wire | down, bytes/s");
for (const format of AUDIO_FORMATS) {
  const uplink = createUplink(format);
  const lineFrames = frames(line, FRAME);
  const upUs = cpuUs(
    () => lineFrames.forEach((frame) => bytesToBase64(uplink.encode(frame))),
    line.length / 8000,
  );
  const downlink = createDownlink(format);
  const deltas = spoken(format, wide).map((part) => bytesToBase64(part));
  const downUs = cpuUs(
    () => deltas.forEach((delta) => downlink.decode(bytesFromBase64(delta)!)),
    wide.length / 24_000,
  );
  const wire = (parts: readonly Uint8Array[], seconds: number) =>
    Math.round(parts.reduce((sum, part) => sum + bytesToBase64(part).length + 50, 0) / seconds);
  console.log([
    format,
    upUs.toFixed(0),
    downUs.toFixed(0),
    wire(up(format, line), line.length / 8000),
    wire(spoken(format, wide), wide.length / 24_000),
  ].join(" | "));
}

console.log("\nline | format | up, dB | down, dB");
for (const [name, law] of Object.entries(LAWS)) {
  for (const format of AUDIO_FORMATS) {
    const upDb = upError(format, law(line)).toFixed(1);
    console.log([name, format, upDb, downError(format, wide, law).toFixed(1)].join(" | "));
  }
}
