/** Mono 16-bit PCM and its rate. */
export interface Wav {
  /** Hz. */
  readonly sampleRate: number;
  readonly samples: Int16Array;
}

/** Rates that `resampleTo` converts between, Hz. */
export const WAV_RATES = [8000, 16000, 24000] as const;

const HEADER_BYTES = 44;
const PCM = 1;
const EXTENSIBLE = 0xfffe;
const FORMATS: Readonly<Record<number, string>> = {
  2: "ADPCM",
  3: "float",
  6: "A-law",
  7: "mu-law",
  85: "MP3",
};

/**
 * Reads a WAV file of mono 16-bit PCM. Chunks may come in any order; a data chunk that promises more than there is
 * (a recording cut short, a header written for a stream) gives what is there.
 * @throws Error that says what the file is instead
 */
export function readWav(bytes: Uint8Array): Wav {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const name = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (name(0) !== "RIFF" || name(8) !== "WAVE") {
    throw new Error(`Could not read the WAV: it does not begin with RIFF and WAVE (${bytes.length} bytes)`);
  }
  let sampleRate: number | undefined;
  let data: Uint8Array | undefined;
  for (let at = 12; at + 8 <= bytes.length;) {
    const size = view.getUint32(at + 4, true);
    const from = at + 8;
    if (name(at) === "fmt ") sampleRate ??= rateOf(bytes.subarray(from, from + size));
    if (name(at) === "data") data ??= bytes.subarray(from, from + size);
    // A chunk of odd size is followed by a byte that is not counted.
    at = from + size + (size & 1);
  }
  if (sampleRate === undefined) throw new Error("Could not read the WAV: it has no fmt chunk");
  if (!data) throw new Error("Could not read the WAV: it has no data chunk");
  // A copy: samples need an even offset, and half a sample at the end is none.
  return { sampleRate, samples: new Int16Array(data.slice(0, data.length & ~1).buffer) };
}

/** The rate that a fmt chunk gives, Hz, if the rest of it is what we can read. */
function rateOf(chunk: Uint8Array): number {
  if (chunk.length < 16) {
    throw new Error(`Could not read the WAV: its fmt chunk has ${chunk.length} of 16 bytes`);
  }
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const tag = view.getUint16(0, true);
  const format = tag === EXTENSIBLE && chunk.length >= 26 ? view.getUint16(24, true) : tag;
  const channels = view.getUint16(2, true);
  const sampleRate = view.getUint32(4, true);
  const bits = view.getUint16(14, true);
  if (format === PCM && channels === 1 && bits === 16 && sampleRate > 0) return sampleRate;
  const kind = format === PCM ? "PCM" : FORMATS[format] ?? `format ${format}`;
  throw new Error(
    `Could not read the WAV: need mono 16-bit PCM, this is ${kind}, ${channels} channel(s), ${bits} bits, ${sampleRate} Hz`,
  );
}

/** Makes a WAV file of mono 16-bit PCM at `sampleRate` Hz. */
export function writeWav(sampleRate: number, samples: Int16Array): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(HEADER_BYTES + samples.byteLength);
  const view = new DataView(file.buffer);
  const name = (at: number, text: string) => file.set(new TextEncoder().encode(text), at);
  name(0, "RIFF");
  view.setUint32(4, file.length - 8, true);
  name(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, PCM, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  name(36, "data");
  view.setUint32(40, samples.byteLength, true);
  file.set(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), HEADER_BYTES);
  return file;
}

/** Half the filter's length, in periods of the lower rate, and the Kaiser window's shape: 80 dB from 0.575 of it on. */
const HALF_PERIODS = 18;
const KAISER_BETA = 7.9;

/**
 * Converts a whole recording between 8, 16 and 24 kHz, in time with the original: a windowed sinc that passes 0.425 of
 * the lower rate (Kaiser's design; Oppenheim and Schafer, Discrete-Time Signal Processing, 7.5.3). Not for streams.
 * @throws Error for another rate
 */
export function resampleTo(samples: Int16Array, fromHz: number, toHz: number): Int16Array {
  for (const rate of [fromHz, toHz]) {
    if (!(WAV_RATES as readonly number[]).includes(rate)) {
      throw new Error(`Could not convert the audio: need ${WAV_RATES.join(", ")} Hz, this is ${rate} Hz`);
    }
  }
  if (fromHz === toHz) return samples.slice();
  const result = new Int16Array(Math.round(samples.length * toHz / fromHz));
  // Of the lower rate's sinc, per input sample.
  const scale = Math.min(1, toHz / fromHz);
  const reach = Math.ceil(HALF_PERIODS / scale);
  const phases = phasesOf(fromHz, toHz, scale, reach);
  for (let to = 0; to < result.length; to++) {
    const taps = phases[to % phases.length]!;
    const first = Math.floor(to * fromHz / toHz) - reach + 1;
    let sum = 0;
    for (let index = 0; index < taps.length; index++) sum += (samples[first + index] ?? 0) * taps[index]!;
    result[to] = Math.max(-32768, Math.min(32767, Math.round(sum)));
  }
  return result;
}

/** The filter's taps for each position that an output sample can have between two input samples. */
function phasesOf(fromHz: number, toHz: number, scale: number, reach: number): Float64Array[] {
  // 24 to 8 kHz has one such position, 8 to 24 kHz three, 24 to 16 kHz two: at most toHz / 8000.
  return Array.from({ length: toHz / 8000 }, (_, phase) => {
    const fraction = (phase * fromHz / toHz) % 1;
    const taps = Float64Array.from({ length: 2 * reach }, (_, index) => {
      const distance = index - reach + 1 - fraction;
      return sinc(distance * scale) * kaiser(distance / reach);
    });
    const gain = taps.reduce((sum, tap) => sum + tap, 0);
    return taps.map((tap) => tap / gain);
  });
}

const sinc = (x: number) => x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
const kaiser = (x: number) =>
  Math.abs(x) >= 1 ? 0 : bessel(KAISER_BETA * Math.sqrt(1 - x * x)) / bessel(KAISER_BETA);

/** The modified Bessel function of the first kind, order 0, by its series. */
function bessel(x: number): number {
  let sum = 1;
  for (let term = 1, n = 1; term > sum * 1e-12; n++) sum += term *= (x / (2 * n)) ** 2;
  return sum;
}
