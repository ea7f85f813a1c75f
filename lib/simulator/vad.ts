/** How the detector decides; both in milliseconds of audio, the threshold 0 to 1 as server_vad has it. */
export interface VadSettings {
  readonly threshold: number;
  /** Silence after which speech counts as over. */
  readonly silenceMs: number;
}

/** What was said between a start and a stop. */
export interface Heard {
  /** From the first to the last audible frame, ms. */
  readonly speechMs: number;
  /** Loudness of the audible frames, dB relative to full scale. */
  readonly rmsDbfs: number;
}

export type VadEvent =
  /** `atMs`: where the speech began, before any padding. */
  | { readonly type: "started"; readonly atMs: number }
  /** `atMs`: where it was found to be over, the silence included. */
  | { readonly type: "stopped"; readonly atMs: number; readonly heard: Heard };

const FRAME_MS = 10;
/** Speech begins when this many of the last `ONSET_WINDOW` frames are audible: a click is shorter. */
const ONSET_FRAMES = 6;
const ONSET_WINDOW = 12;
/** Once begun, it goes on down to this much below the level at which it began. */
const HYSTERESIS_DB = 4;
/** The noise floor is the quietest 100 ms of the last 5 s ... */
const FLOOR_BLOCK = 10;
const FLOOR_BLOCKS = 50;
/** ... within these bounds: a long steady tone must stay audible, and a silent line is not a studio. */
const FLOOR_MIN_DBFS = -70;
const FLOOR_MAX_DBFS = -34;
const SILENCE_DBFS = -96;
/** Before so many blocks the noise is not known, and nothing begins. */
const LEARNING_BLOCKS = 2;

/**
 * Finds speech by its energy: a frame is audible when it is above a fixed level and clearly above the line's
 * own noise. Both follow the threshold: at 0.5, -45 dBFS and 10 dB above the noise.
 */
export class Vad {
  readonly #emit: (event: VadEvent) => void;
  #frame: Int16Array = new Int16Array(0);
  #filled = 0;
  #nowMs: number;
  #speech: { startMs: number; lastMs: number; power: number; frames: number } | undefined;
  /** The audible frames of the onset window: end time and power. */
  #recent: { endMs: number; power: number }[] = [];
  #block = 0;
  #blockFrames = 0;
  #floors: number[] = [];

  /** @param emit called from within push(), in the order of the audio */
  constructor(emit: (event: VadEvent) => void) {
    this.#emit = emit;
    this.#nowMs = 0;
  }

  get speaking(): boolean {
    return this.#speech !== undefined;
  }

  /** Forgets speech under way, not the line's noise. Audio that follows starts at `atMs`. */
  reset(atMs: number): void {
    this.#nowMs = atMs;
    this.#filled = 0;
    this.#speech = undefined;
    this.#recent = [];
  }

  /** @param sampleRate Hz; a change in the middle of a frame drops that part of it */
  push(samples: Int16Array, sampleRate: number, settings: VadSettings): void {
    const size = sampleRate * FRAME_MS / 1000;
    if (this.#frame.length !== size) {
      this.#frame = new Int16Array(size);
      this.#filled = 0;
    }
    for (let at = 0; at < samples.length;) {
      const taken = Math.min(size - this.#filled, samples.length - at);
      this.#frame.set(samples.subarray(at, at + taken), this.#filled);
      this.#filled += taken;
      at += taken;
      if (this.#filled === size) {
        this.#filled = 0;
        this.#judge(powerOf(this.#frame), settings);
      }
    }
  }

  #judge(power: number, settings: VadSettings): void {
    this.#nowMs += FRAME_MS;
    const level = dbfs(power);
    const floor = this.#followFloor(power);
    const beginDbfs = Math.max(-60 + 30 * settings.threshold, floor + 4 + 12 * settings.threshold);
    if (this.#speech) this.#goOn(level > beginDbfs - HYSTERESIS_DB, power, settings.silenceMs);
    else this.#begin(level > beginDbfs && this.#floors.length >= LEARNING_BLOCKS, power);
  }

  #begin(audible: boolean, power: number): void {
    this.#recent = this.#recent.filter((each) => each.endMs > this.#nowMs - ONSET_WINDOW * FRAME_MS);
    if (!audible) return;
    this.#recent.push({ endMs: this.#nowMs, power });
    if (this.#recent.length < ONSET_FRAMES) return;
    const startMs = this.#recent[0]!.endMs - FRAME_MS;
    this.#speech = {
      startMs,
      lastMs: this.#nowMs,
      power: this.#recent.reduce((sum, each) => sum + each.power, 0),
      frames: this.#recent.length,
    };
    this.#recent = [];
    this.#emit({ type: "started", atMs: startMs });
  }

  #goOn(audible: boolean, power: number, silenceMs: number): void {
    const speech = this.#speech!;
    if (audible) {
      speech.lastMs = this.#nowMs;
      speech.power += power;
      speech.frames++;
      return;
    }
    if (this.#nowMs - speech.lastMs < silenceMs) return;
    this.#speech = undefined;
    this.#emit({
      type: "stopped",
      atMs: this.#nowMs,
      heard: { speechMs: speech.lastMs - speech.startMs, rmsDbfs: dbfs(speech.power / speech.frames) },
    });
  }

  /** The noise floor in dBFS, this frame included. */
  #followFloor(power: number): number {
    this.#block += power;
    if (++this.#blockFrames === FLOOR_BLOCK) {
      this.#floors.push(dbfs(this.#block / FLOOR_BLOCK));
      if (this.#floors.length > FLOOR_BLOCKS) this.#floors.shift();
      this.#block = this.#blockFrames = 0;
    }
    const quietest = this.#floors.length > 0 ? Math.min(...this.#floors) : FLOOR_MIN_DBFS;
    return Math.min(FLOOR_MAX_DBFS, Math.max(FLOOR_MIN_DBFS, quietest));
  }
}

/** Mean square of a frame without its direct current, full scale being 1. */
export function powerOf(samples: Int16Array): number {
  let sum = 0, squares = 0;
  for (const sample of samples) {
    sum += sample;
    squares += sample * sample;
  }
  const mean = sum / samples.length;
  return Math.max(0, squares / samples.length - mean * mean) / 32768 ** 2;
}

/** Mean square to dB relative to full scale, -96 for silence. */
export function dbfs(power: number): number {
  return power > 0 ? Math.max(SILENCE_DBFS, 10 * Math.log10(power)) : SILENCE_DBFS;
}
