/** Rows and columns of the telephone's keys, in Hz (ITU-T Q.23). */
const ROWS_HZ = [697, 770, 852, 941] as const;
const COLUMNS_HZ = [1209, 1336, 1477, 1633] as const;

const RATE_HZ = 8000;
/** 20 ms: the shortest that tells the frequencies apart. */
const WINDOW_SAMPLES = 160;
/** Tones may be off by 1.5 % (ITU-T Q.24); the window's own width covers the half of it, these two the rest. */
const DETUNED = [0.9875, 1.0125] as const;
/** Mean square below which it may be anything: -50 dB below full scale. */
const MIN_POWER = 32768 ** 2 * 1e-5;
/** Share of all energy that the two tones have to hold; a voice spreads over many harmonics. */
const MIN_SHARE = 0.7;
/** The same once a tone is on: its end fills a part of the window only. */
const MIN_SHARE_ON = 0.4;
/** How much stronger one tone may be than the other, as a ratio of powers: 8 dB. */
const MAX_TWIST = 10 ** 0.8;
/**
 * What the column's second harmonic may hold of the column itself: -15 dB. Voices have more. The row's lies between the
 * columns, where a window this short can't tell it from them; the share bounds it.
 */
const MAX_HARMONIC = 10 ** -1.5;

/** 2 cos(2 pi f / rate): all that the Goertzel algorithm needs of a frequency. */
const coefficientOf = (hz: number) => 2 * Math.cos(2 * Math.PI * hz / RATE_HZ);

/** The coefficients of four frequencies. */
type Four = readonly [number, number, number, number];
const fourOf = (hz: readonly [number, number, number, number]): Four => [
  coefficientOf(hz[0]),
  coefficientOf(hz[1]),
  coefficientOf(hz[2]),
  coefficientOf(hz[3]),
];
const ROWS = fourOf(ROWS_HZ);
const COLUMNS = fourOf(COLUMNS_HZ);

/**
 * Tells the tones of the telephone's keys from everything else in caller audio, so that they need not reach the model
 * as sound. It does not tell which key: the line does that.
 */
export class DtmfDetector {
  /** The last 20 ms, where frames are shorter. */
  #window: Int16Array | undefined;
  #on = false;

  /** Takes 8 kHz audio of any length; whether a tone sounds in it. */
  push(frame: Int16Array): boolean {
    if (frame.length < WINDOW_SAMPLES) return this.#look(this.#slide(frame), 0);
    let found = false;
    for (let end = WINDOW_SAMPLES; end < frame.length + WINDOW_SAMPLES; end += WINDOW_SAMPLES) {
      found = this.#look(frame, Math.min(end, frame.length) - WINDOW_SAMPLES) || found;
    }
    this.#window?.set(frame.subarray(frame.length - WINDOW_SAMPLES));
    return found;
  }

  #look(samples: Int16Array, start: number): boolean {
    return this.#on = holdsTone(samples, start, this.#on ? MIN_SHARE_ON : MIN_SHARE);
  }

  /** Takes a short frame into the window, out of which as many old samples fall. */
  #slide(frame: Int16Array): Int16Array {
    const window = this.#window ??= new Int16Array(WINDOW_SAMPLES);
    window.copyWithin(0, frame.length);
    window.set(frame, WINDOW_SAMPLES - frame.length);
    return window;
  }
}

/** At least so much of a tone's power shows at the key's own frequency, however far off the tone may be. */
const NOMINAL_SHARE = 0.6;
const powers = new Float64Array(4);

/** Whether the 20 ms from `start` on are a key's tone. */
function holdsTone(samples: Int16Array, start: number, minShare: number): boolean {
  let energy = 0;
  for (let index = start; index < start + WINDOW_SAMPLES; index++) {
    energy += samples[index]! * samples[index]!;
  }
  if (energy < MIN_POWER * WINDOW_SAMPLES) return false;
  // A tone of amplitude a has the energy a²n/2, and Goertzel's power a²n²/4.
  const wanted = minShare * WINDOW_SAMPLES * energy / 2;
  goertzel(samples, start, ROWS, powers);
  const row = indexOfMax(powers);
  let rowPower = powers[row]!;
  // Most of a voice is told by so little.
  if (rowPower < wanted * NOMINAL_SHARE / (1 + MAX_TWIST)) return false;
  goertzel(samples, start, COLUMNS, powers);
  const column = indexOfMax(powers);
  let columnPower = powers[column]!;
  if (rowPower + columnPower < wanted * NOMINAL_SHARE) return false;
  const [rowHz, columnHz] = [ROWS_HZ[row]!, COLUMNS_HZ[column]!];
  const [flat, sharp] = DETUNED;
  goertzel(samples, start, fourOf([rowHz * flat, rowHz * sharp, columnHz * flat, columnHz * sharp]), powers);
  rowPower = Math.max(rowPower, powers[0]!, powers[1]!);
  columnPower = Math.max(columnPower, powers[2]!, powers[3]!);

  if (rowPower + columnPower < wanted) return false;
  if (rowPower > columnPower * MAX_TWIST || columnPower > rowPower * MAX_TWIST) return false;
  goertzel(samples, start, fourOf([2 * columnHz, 2 * columnHz, 2 * columnHz, 2 * columnHz]), powers);
  return powers[0]! <= columnPower * MAX_HARMONIC;
}

function indexOfMax(powers: Float64Array): number {
  let at = 0;
  for (let index = 1; index < powers.length; index++) if (powers[index]! > powers[at]!) at = index;
  return at;
}

/**
 * Powers of four frequencies in the 20 ms from `start` on, by Goertzel's algorithm (1958). Four at once: each step waits for the one
 * before it, and meanwhile the processor works on the others.
 */
function goertzel(samples: Int16Array, start: number, [c0, c1, c2, c3]: Four, powers: Float64Array): void {
  let a0 = 0, a1 = 0, a2 = 0, a3 = 0;
  let b0 = 0, b1 = 0, b2 = 0, b3 = 0;
  for (let index = start; index < start + WINDOW_SAMPLES; index++) {
    const sample = samples[index]!;
    const n0 = sample + c0 * a0 - b0;
    const n1 = sample + c1 * a1 - b1;
    const n2 = sample + c2 * a2 - b2;
    const n3 = sample + c3 * a3 - b3;
    b0 = a0, b1 = a1, b2 = a2, b3 = a3;
    a0 = n0, a1 = n1, a2 = n2, a3 = n3;
  }
  powers[0] = a0 * a0 + b0 * b0 - c0 * a0 * b0;
  powers[1] = a1 * a1 + b1 * b1 - c1 * a1 * b1;
  powers[2] = a2 * a2 + b2 * b2 - c2 * a2 * b2;
  powers[3] = a3 * a3 + b3 * b3 - c3 * a3 * b3;
}
