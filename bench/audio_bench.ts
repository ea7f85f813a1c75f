/**
 * What 20 ms of one call's audio costs in each step of its way. The baseline of a group is the plain way to do the same;
 * `deno task bench:micro bench/audio_bench.ts`. For resampling that is libsamplerate, which is there once bench/calls.ts
 * has installed the plain bridge.
 */
import { Buffer } from "node:buffer";
import { bytesFromBase64, pcmFromBase64, pcmToBase64 } from "../lib/audio/base64.ts";
import { createDownlink, createUplink } from "../lib/audio/codec.ts";
import { Framer } from "../lib/audio/frames.ts";
import { decodeMulaw, encodeMulaw } from "../lib/audio/g711.ts";
import { LOWPASS } from "../lib/audio/lowpass.ts";
import { Downsampler, Upsampler } from "../lib/audio/resample.ts";
import { createLibsamplerate } from "./baseline/libsamplerate.ts";

const tone = (length: number, rateHz: number) =>
  Int16Array.from({ length }, (_, at) => 12000 * Math.sin(2 * Math.PI * 440 * at / rateHz));
const line = tone(160, 8000);
const model = tone(480, 24_000);
const text = pcmToBase64(line);

/** The filter as it is defined: every tap of every output sample at 24 kHz, zeros included, no state kept. */
function direct(wide: Float64Array, step: number, gain: number): Int16Array {
  const result = new Int16Array(wide.length / step);
  for (let to = 0; to < result.length; to++) {
    let sum = 0;
    for (let tap = 0; tap < LOWPASS.length; tap++) sum += LOWPASS[tap]! * (wide[to * step - tap] ?? 0);
    result[to] = Math.max(-32768, Math.min(32767, Math.round(gain * sum)));
  }
  return result;
}

/** The whole way of the plain bridge: PCM16 in and out, floats in between. */
function plainly(samples: Int16Array, resample: (floats: Float32Array) => Float32Array): Int16Array {
  const floats = new Float32Array(samples.length);
  for (let at = 0; at < floats.length; at++) floats[at] = samples[at]! / 32768;
  const resampled = resample(floats);
  const result = new Int16Array(resampled.length);
  for (let at = 0; at < result.length; at++) {
    result[at] = Math.max(-32768, Math.min(32767, Math.round(resampled[at]! * 32768)));
  }
  return result;
}

const [up, down] = [await createLibsamplerate(8000, 24_000), await createLibsamplerate(24_000, 8000)];
const ignore = !up || !down;

Deno.bench("libsamplerate", { group: "8 to 24 kHz", baseline: true, ignore }, () => {
  plainly(line, (floats) => up!.full(floats));
});
Deno.bench("direct form", { group: "8 to 24 kHz", baseline: ignore }, () => {
  const wide = new Float64Array(480);
  for (let at = 0; at < line.length; at++) wide[3 * at] = line[at]!;
  direct(wide, 1, 3);
});
const upsampler = new Upsampler();
Deno.bench("Upsampler", { group: "8 to 24 kHz" }, () => {
  upsampler.push(line);
});

Deno.bench("libsamplerate", { group: "24 to 8 kHz", baseline: true, ignore }, () => {
  plainly(model, (floats) => down!.full(floats));
});
Deno.bench("direct form, kept samples only", { group: "24 to 8 kHz", baseline: ignore }, () => {
  direct(Float64Array.from(model), 3, 1);
});
const downsampler = new Downsampler();
Deno.bench("Downsampler", { group: "24 to 8 kHz" }, () => {
  downsampler.push(model);
});

Deno.bench("atob", { group: "base64 to samples", baseline: true }, () => {
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  new Int16Array(bytes.buffer);
});
Deno.bench("Buffer", { group: "base64 to samples" }, () => {
  const bytes = Buffer.from(text, "base64");
  new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
});
Deno.bench("Uint8Array.fromBase64", { group: "base64 to samples" }, () => {
  new Int16Array(Uint8Array.fromBase64(text).buffer);
});
Deno.bench("pcmFromBase64", { group: "base64 to samples" }, () => {
  pcmFromBase64(text);
});

Deno.bench("btoa", { group: "samples to base64", baseline: true }, () => {
  btoa(String.fromCharCode(...new Uint8Array(line.buffer)));
});
Deno.bench("Buffer", { group: "samples to base64" }, () => {
  Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString("base64");
});
Deno.bench("pcmToBase64", { group: "samples to base64" }, () => {
  pcmToBase64(line);
});

for (const format of ["pcm", "pcmu", "pcma"] as const) {
  const uplink = createUplink(format), downlink = createDownlink(format);
  const framer = new Framer();
  const delta = uplink.encode(line).slice().toBase64();
  const emit = (frame: Int16Array) => void pcmToBase64(frame);
  const baseline = format === "pcm";
  Deno.bench(`${format}: base64 in, base64 out`, { group: "caller to model", baseline }, () => {
    uplink.encode(pcmFromBase64(text)!).toBase64();
  });
  Deno.bench(`${format}: base64 in, frames of base64 out`, { group: "model to caller", baseline }, () => {
    framer.push(downlink.decode(bytesFromBase64(delta)!), emit);
  });
}

const formula = new Uint8Array(160), linear = new Int16Array(160);
Deno.bench("formula", { group: "samples to mu-law", baseline: true }, () => {
  line.forEach((sample, at) => {
    const magnitude = Math.min(sample < 0 ? ~sample : sample, 32635) + 132;
    const segment = 24 - Math.clz32(magnitude);
    formula[at] = ~((sample < 0 ? 0x80 : 0) | (segment << 4) | ((magnitude >> (segment + 3)) & 0x0f));
  });
});
Deno.bench("encodeMulaw", { group: "samples to mu-law" }, () => {
  encodeMulaw(line);
});
const encoded = encodeMulaw(line).slice();
Deno.bench("formula", { group: "mu-law to samples", baseline: true }, () => {
  encoded.forEach((byte, at) => {
    const magnitude = ((((~byte & 0x0f) << 3) + 132) << ((~byte >> 4) & 0x07)) - 132;
    linear[at] = byte & 0x80 ? magnitude : -magnitude;
  });
});
Deno.bench("decodeMulaw", { group: "mu-law to samples" }, () => {
  decodeMulaw(encoded);
});
