import { decodeAlaw, decodeMulaw, encodeAlaw, encodeMulaw } from "./g711.ts";
import { Downsampler, Upsampler } from "./resample.ts";

/** How audio travels between us and the model: PCM16 at 24 kHz, or G.711 mu-law or A-law at 8 kHz. */
export const AUDIO_FORMATS = ["pcm", "pcmu", "pcma"] as const;
export type AudioFormat = typeof AUDIO_FORMATS[number];

/** One call's audio towards the model. */
export interface UplinkCodec {
  /** Samples at 8 kHz to bytes of the format; a view valid until the next call of any codec. */
  encode(samples: Int16Array): Uint8Array;
  reset(): void;
}

/** One call's audio from the model. */
export interface DownlinkCodec {
  /** Bytes of the format, cut anywhere, to samples at 8 kHz; a view valid until the next call of any codec. */
  decode(bytes: Uint8Array): Int16Array;
  /** What the filter still holds; the stream starts anew then. */
  flush(): Int16Array;
  reset(): void;
}

const NO_SAMPLES = new Int16Array(0);

/** Bytes of one millisecond of mono audio in `format`. */
export function bytesPerMs(format: AudioFormat): number {
  return format === "pcm" ? 48 : 8;
}

/** Makes the encoder of one call. */
export function createUplink(format: AudioFormat): UplinkCodec {
  if (format === "pcmu") return { encode: encodeMulaw, reset() {} };
  if (format === "pcma") return { encode: encodeAlaw, reset() {} };
  const upsampler = new Upsampler();
  let wide: Int16Array = NO_SAMPLES;
  let bytes: Uint8Array = new Uint8Array(0);
  return {
    encode(samples) {
      const latest = upsampler.push(samples);
      // Frames of one length come in one and the same array: no need for another view of it.
      if (latest !== wide) bytes = new Uint8Array(latest.buffer, latest.byteOffset, latest.byteLength);
      wide = latest;
      return bytes;
    },
    reset: () => upsampler.reset(),
  };
}

/** Makes the decoder of one call. */
export function createDownlink(format: AudioFormat): DownlinkCodec {
  if (format !== "pcm") {
    const decode = format === "pcmu" ? decodeMulaw : decodeAlaw;
    return { decode, flush: () => NO_SAMPLES, reset() {} };
  }
  const downsampler = new Downsampler();
  /** The first byte of a sample that was cut in two. */
  let half: number | undefined;
  return {
    decode(bytes) {
      if (half === undefined && bytes.length % 2 === 0) return downsampler.push(samplesOf(bytes));
      const joined = half === undefined ? bytes : after(half, bytes);
      half = joined.length % 2 === 1 ? joined[joined.length - 1] : undefined;
      return downsampler.push(samplesOf(joined.subarray(0, joined.length & ~1)));
    },
    flush() {
      half = undefined;
      return downsampler.flush();
    },
    reset() {
      half = undefined;
      downsampler.reset();
    },
  };
}

function after(first: number, rest: Uint8Array): Uint8Array {
  const joined = new Uint8Array(1 + rest.length);
  joined[0] = first;
  joined.set(rest, 1);
  return joined;
}

/** Little-endian 16-bit samples, in place where the bytes are aligned. */
function samplesOf(bytes: Uint8Array): Int16Array {
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  return new Int16Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 2);
}
