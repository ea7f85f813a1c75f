import { decodeMulaw, encodeMulaw } from "../../lib/audio/g711.ts";

/** A seeded source of randomness (mulberry32), 0 to 1. */
export type Random = () => number;

export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** An echo on the line. */
export interface Echo {
  readonly delayMs: number;
  /** Level of the echo below the agent's, dB. */
  readonly lossDb: number;
}

export interface LineSound {
  /** What the phone plays, from time 0; as long as the call. */
  readonly agent: Int16Array;
  /** What the caller says, as long as the call. */
  readonly caller: Int16Array;
  readonly echo: Echo | undefined;
  readonly noiseDbfs: number;
}

/** Length of a hybrid's impulse response, 5 ms. */
const SPREAD_SAMPLES = 40;

/** What comes back over a telephone line: caller, echo and noise, G.711 on the way out and on the way in. */
export function throughLine({ agent, caller, echo, noiseDbfs }: LineSound, random: Random): Int16Array {
  const mix = Float64Array.from(caller);
  if (echo) addEcho(mix, throughG711(agent), echo, random);
  const noiseLevel = 32768 * 10 ** (noiseDbfs / 20);
  let last = 0;
  for (let at = 0; at < mix.length; at++) {
    // Pink enough: line noise falls with frequency. Unity power: (1 - 0.36) of the recursion's.
    last = 0.6 * last + 0.8 * gaussian(random);
    mix[at]! += noiseLevel * last;
  }
  return throughG711(Int16Array.from(mix, (x) => Math.max(-32768, Math.min(32767, Math.round(x)))));
}

/** A dispersive, band-limited path: decaying random taps, no direct current, less of the highest band. */
function addEcho(mix: Float64Array, agent: Int16Array, { delayMs, lossDb }: Echo, random: Random): void {
  const raw = Array.from({ length: SPREAD_SAMPLES }, (_, k) => gaussian(random) * Math.exp(-k / 8));
  const path = raw.map((tap, k) => tap + 0.7 * (raw[k - 1] ?? 0) - 0.5 * (raw[k - 2] ?? 0));
  const delay = Math.round(delayMs * 8);
  const echo = new Float64Array(mix.length);
  for (let at = delay; at < mix.length; at++) {
    let sum = 0;
    for (let k = 0; k < path.length && at - delay - k >= 0; k++) sum += path[k]! * agent[at - delay - k]!;
    echo[at] = sum;
  }
  const gain = Math.sqrt(energy(agent) / Math.max(1, energy(echo))) * 10 ** (-lossDb / 20);
  for (let at = 0; at < mix.length; at++) mix[at]! += gain * echo[at]!;
}

function energy(samples: Int16Array | Float64Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return sum;
}

export function throughG711(samples: Int16Array): Int16Array {
  return decodeMulaw(encodeMulaw(samples)).slice();
}

function gaussian(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A copy whose loud part (within 20 dB of the loudest 20 ms) has this level. */
export function atLevel(samples: Int16Array, dbfs: number): Int16Array {
  const frames: number[] = [];
  for (let at = 0; at + 160 <= samples.length; at += 160) {
    frames.push(energy(samples.subarray(at, at + 160)) / 160);
  }
  const loud = frames.filter((power) => power > Math.max(...frames) / 100);
  const power = loud.reduce((sum, each) => sum + each, 0) / loud.length / 32768 ** 2;
  const gain = 10 ** (dbfs / 20) / Math.sqrt(power);
  return samples.map((sample) => Math.max(-32768, Math.min(32767, Math.round(sample * gain))));
}

/** A burst like a cough: noise that swells and dies down. */
export function cough(ms: number, random: Random): Int16Array {
  const length = ms * 8;
  let last = 0;
  return Int16Array.from({ length }, (_, at) => {
    last = 0.5 * last + gaussian(random);
    return 4000 * Math.sin(Math.PI * (at + 0.5) / length) * last;
  });
}
