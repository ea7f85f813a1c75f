/**
 * G.711 by table, after ITU-T Recommendation G.711 (11/88): both laws carry 13 or 14 bits of a sample in 8, with the
 * step doubling from segment to segment. A sample on a decision value belongs to the interval above it on both sides of
 * zero, as in the reference software (G.191): the negative half is mirrored about -1/2.
 */
import { scratchOfBytes, scratchOfSamples } from "./scratch.ts";

/** Of the 14 bits, 33; here in 16. Moves the segments' ends to powers of two. */
const MULAW_BIAS = 132;
/** The largest magnitude that still fits once the bias is on it. */
const MULAW_CLIP = 32635;

/** A sample's distance from the middle of the scale, which lies between 0 and -1. */
const magnitudeOf = (sample: number) => sample < 0 ? ~sample : sample;

/** The segment, 0 to 7, of a magnitude shifted so that its smallest segment ends at 255. */
function segmentOf(magnitude: number): number {
  let segment = 0;
  for (let rest = magnitude >> 8; rest > 0; rest >>= 1) segment++;
  return segment;
}

function mulawByte(sample: number): number {
  const magnitude = Math.min(magnitudeOf(sample), MULAW_CLIP) + MULAW_BIAS;
  const segment = segmentOf(magnitude);
  const mantissa = (magnitude >> (segment + 3)) & 0x0f;
  // All bits are sent inverted, so that silence is full of ones.
  return ~((sample < 0 ? 0x80 : 0) | (segment << 4) | mantissa) & 0xff;
}

function mulawSample(byte: number): number {
  const bits = ~byte & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + MULAW_BIAS) << ((bits >> 4) & 0x07)) - MULAW_BIAS;
  return bits & 0x80 ? -magnitude : magnitude;
}

function alawByte(sample: number): number {
  const magnitude = magnitudeOf(sample);
  const segment = segmentOf(magnitude);
  // The two smallest segments have the same step.
  const mantissa = (magnitude >> (Math.max(1, segment) + 3)) & 0x0f;
  // Even bits are sent inverted.
  return ((sample >= 0 ? 0x80 : 0) | (segment << 4) | mantissa) ^ 0x55;
}

function alawSample(byte: number): number {
  const bits = byte ^ 0x55;
  const segment = (bits >> 4) & 0x07;
  const step = ((bits & 0x0f) << 4) + 8;
  const magnitude = segment === 0 ? step : (step + 0x100) << (segment - 1);
  return bits & 0x80 ? magnitude : -magnitude;
}

const decoding = (sampleOf: (byte: number) => number) =>
  Int16Array.from({ length: 0x100 }, (_, index) => sampleOf(index));

/** What a law makes of the upper half of the scale, by magnitude without the bits that it never looks at. */
interface Encoding {
  readonly bytes: Uint8Array;
  readonly bias: number;
  readonly clip: number;
  readonly shift: number;
  /** What a negative sample's byte differs by. */
  readonly sign: number;
}

/** 4 KiB at most: a table of all samples would not stay in the processor's first cache. */
function encoding(byteOf: (sample: number) => number, bias: number, clip: number, shift: number): Encoding {
  const sizes = (clip + bias >> shift) + 1;
  const bytes = Uint8Array.from({ length: sizes }, (_, at) => byteOf(Math.max(0, (at << shift) - bias)));
  return { bytes, bias, clip, shift, sign: byteOf(0) ^ byteOf(-1) };
}

const MULAW = encoding(mulawByte, MULAW_BIAS, MULAW_CLIP, 3);
const ALAW = encoding(alawByte, 0, 0x7fff, 4);
const MULAW_SAMPLES = decoding(mulawSample);
const ALAW_SAMPLES = decoding(alawSample);

/** Shared by all calls of the process; each result is used before the next. */
const bytes = scratchOfBytes();
const samples = scratchOfSamples();

function encode(pcm: Int16Array, law: Encoding): Uint8Array {
  const encoded = bytes.take(pcm.length);
  const { bytes: table, bias, clip, shift, sign } = law;
  for (let at = 0; at < pcm.length; at++) {
    // 0 or -1: the negative half is the other one's mirror image.
    const negative = pcm[at]! >> 15;
    const magnitude = Math.min(pcm[at]! ^ negative, clip) + bias;
    encoded[at] = table[magnitude >> shift]! ^ (negative & sign);
  }
  return encoded;
}

function decode(encoded: Uint8Array, table: Int16Array): Int16Array {
  const pcm = samples.take(encoded.length);
  for (let at = 0; at < encoded.length; at++) pcm[at] = table[encoded[at]!]!;
  return pcm;
}

/** 16-bit samples to mu-law bytes; a view valid until the next call of this module. */
export const encodeMulaw = (pcm: Int16Array): Uint8Array => encode(pcm, MULAW);
/** Mu-law bytes to 16-bit samples; a view valid until the next call of this module. */
export const decodeMulaw = (encoded: Uint8Array): Int16Array => decode(encoded, MULAW_SAMPLES);
/** 16-bit samples to A-law bytes; a view valid until the next call of this module. */
export const encodeAlaw = (pcm: Int16Array): Uint8Array => encode(pcm, ALAW);
/** A-law bytes to 16-bit samples; a view valid until the next call of this module. */
export const decodeAlaw = (encoded: Uint8Array): Int16Array => decode(encoded, ALAW_SAMPLES);
