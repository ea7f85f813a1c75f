import { LOWPASS } from "./lowpass.ts";
import { scratchOfSamples } from "./scratch.ts";

/** Rate of the model's PCM over the line's: 24 kHz to 8 kHz. */
const RATIO = 3;
/** Longer input is worked through in blocks of this many samples at 8 kHz, so that memory stays small. */
const BLOCK = 160;
const TAPS = LOWPASS.length;
const CENTRE = (TAPS - 1) / 2;

/*
 * Upsampling runs LOWPASS over the input with two zeros after each sample, so each output sees every third tap: phase
 * 0, 1 or 2. The filter's symmetry (83 = 6 * 13 + 5) makes phase 1 the mirror image of phase 0, and phase 2 its own.
 * With s and d the sum and difference of two mirrored samples, phases 0 and 1 are A + B and A - B, where A weighs the
 * s and B the d: half of the multiplications are saved. The factor 3 makes up for the zeros.
 */
const PHASE_TAPS = Math.ceil(TAPS / RATIO);
const PAIRS = PHASE_TAPS / 2;
const phase0 = (index: number) => RATIO * LOWPASS[RATIO * index]!;
const EVEN = Float64Array.from({ length: PAIRS }, (_, k) => (phase0(k) + phase0(PHASE_TAPS - 1 - k)) / 2);
const ODD = Float64Array.from({ length: PAIRS }, (_, k) => (phase0(k) - phase0(PHASE_TAPS - 1 - k)) / 2);
/** The last is the middle tap, halved: its pair is one sample twice. */
const PHASE2 = Float64Array.from({ length: PAIRS }, (_, k) => {
  const tap = RATIO * LOWPASS[RATIO * k + 2]!;
  return k === PAIRS - 1 ? tap / 2 : tap;
});

/** Shared by all resamplers of the process: one runs at a time, and each result is used before the next. */
const work = new Float64Array(RATIO * BLOCK + TAPS - 1);
/** One for each direction, so that a result of one can be the input of the other. */
const wide = scratchOfSamples(), narrow = scratchOfSamples();
const SILENCE = new Int16Array(TAPS + 1);

/** Rounds and clamps: a filter overshoots on full-scale input, and wrapping round would click. */
function sample(value: number): number {
  if (value >= 32767) return 32767;
  if (value <= -32768) return -32768;
  return value >= 0 ? (value + 0.5) | 0 : (value - 0.5) | 0;
}

/** The last samples of a stream, which the next ones need, and the shared work space. */
class History {
  readonly #samples: Int16Array;
  /** Nothing has come since the start. */
  isEmpty = true;

  constructor(length: number) {
    this.#samples = new Int16Array(length);
  }

  /** Lays out what came before, then `count` samples of `input`, and keeps the last of them for the next time. */
  lay(input: Int16Array, from: number, count: number): void {
    const samples = work, before = this.#samples, kept = before.length;
    for (let at = 0; at < kept; at++) samples[at] = before[at]!;
    for (let at = 0; at < count; at++) samples[kept + at] = input[from + at]!;
    for (let at = 0; at < kept; at++) before[at] = samples[count + at]!;
    this.isEmpty = false;
  }

  clear(): void {
    this.#samples.fill(0);
    this.isEmpty = true;
  }
}

/** 8 kHz to 24 kHz for one stream, by a polyphase FIR; 1.71 ms of delay. */
export class Upsampler {
  readonly #history = new History(PHASE_TAPS - 1);

  /** Takes any number of samples; returns three times as many, a view valid until the next call of any upsampler. */
  push(input: Int16Array): Int16Array {
    const result = wide.take(input.length * RATIO);
    for (let at = 0; at < input.length; at += BLOCK) this.#block(input, at, result);
    return result;
  }

  /** What the filter still holds of the stream, 3.4 ms, or nothing if none came; it starts anew then. */
  flush(): Int16Array {
    if (this.#history.isEmpty) return wide.take(0);
    const tail = this.push(SILENCE.subarray(0, PHASE_TAPS - 1));
    this.reset();
    return tail;
  }

  /** Forgets the stream. */
  reset(): void {
    this.#history.clear();
  }

  #block(input: Int16Array, from: number, result: Int16Array): void {
    const count = Math.min(BLOCK, input.length - from);
    this.#history.lay(input, from, count);
    // Local names spare the inner loop a look-up of the module's variables: a third of its time.
    const samples = work, even = EVEN, odd = ODD, phase2 = PHASE2;
    for (let at = 0, to = from * RATIO; at < count; at++, to += RATIO) {
      const last = at + PHASE_TAPS - 1;
      let a = 0, b = 0, c = 0;
      let oldest = samples[at]!;
      for (let k = 0; k < PAIRS; k++) {
        const newest = samples[last - k]!;
        const next = samples[at + k + 1]!;
        a += even[k]! * (newest + oldest);
        b += odd[k]! * (newest - oldest);
        c += phase2[k]! * (newest + next);
        oldest = next;
      }
      result[to] = sample(a + b);
      result[to + 1] = sample(a - b);
      result[to + 2] = sample(c);
    }
  }
}

/** 24 kHz to 8 kHz for one stream, by the same filter; 1.71 ms of delay. */
export class Downsampler {
  readonly #history = new History(TAPS - 1);
  /** Input samples until the next one that completes an output sample: every third does, the third being the first. */
  #skip = RATIO - 1;

  /** Takes any number of samples; returns a third of them, a view valid until the next call of any downsampler. */
  push(input: Int16Array): Int16Array {
    const result = narrow.take(Math.floor((input.length - this.#skip + RATIO - 1) / RATIO));
    let to = 0;
    for (let at = 0; at < input.length; at += RATIO * BLOCK) to = this.#block(input, at, result, to);
    return result;
  }

  /** What the filter still holds of the stream, 3.5 ms, or nothing if none came; it starts anew then. */
  flush(): Int16Array {
    if (this.#history.isEmpty) return narrow.take(0);
    const tail = this.push(SILENCE);
    this.reset();
    return tail;
  }

  /** Forgets the stream. */
  reset(): void {
    this.#history.clear();
    this.#skip = RATIO - 1;
  }

  #block(input: Int16Array, from: number, result: Int16Array, to: number): number {
    const count = Math.min(RATIO * BLOCK, input.length - from);
    this.#history.lay(input, from, count);
    const samples = work, taps = LOWPASS;
    let at = this.#skip;
    for (; at < count; at += RATIO) {
      // The taps mirror: a pair costs one multiplication. Two sums, so that neither waits for the other.
      let a = taps[CENTRE]! * samples[at + CENTRE]!;
      let b = taps[CENTRE - 1]! * (samples[at + CENTRE - 1]! + samples[at + CENTRE + 1]!);
      for (let k = 0, first = at, last = at + TAPS - 1; k < CENTRE - 1; k += 2, first += 2, last -= 2) {
        a += taps[k]! * (samples[first]! + samples[last]!);
        b += taps[k + 1]! * (samples[first + 1]! + samples[last - 1]!);
      }
      result[to++] = sample(a + b);
    }
    this.#skip = at - count;
    return to;
  }
}
