/**
 * Designs the prototype low-pass of lib/audio/lowpass.ts: linear phase, equiripple, by the exchange algorithm of
 * Parks and McClellan ("Chebyshev Approximation for Nonrecursive Digital Filters with Linear Phase", IEEE Trans.
 * Circuit Theory 19, 1972), written from the paper. `deno run bench/design_lowpass.ts` prints the table.
 */

export interface Design {
  readonly sampleRateHz: number;
  /** Odd. */
  readonly taps: number;
  readonly passHz: number;
  readonly stopHz: number;
  /** How many times smaller the stop band's error is to be than the pass band's. */
  readonly stopWeight: number;
}

/** What the service uses: telephone band kept, everything that folds into it stopped. */
export const DESIGN: Design = { sampleRateHz: 24_000, taps: 83, passHz: 3400, stopHz: 4600, stopWeight: 100 };

const GRID_PER_EXTREMUM = 16;

interface Point {
  /** cos(2 pi f / sample rate); the response is a polynomial in it. */
  readonly x: number;
  readonly wanted: number;
  readonly weight: number;
}

/** The impulse response, symmetric, `design.taps` long. Throws if the exchange doesn't settle. */
export function designLowpass(design: Design): Float64Array {
  const grid = makeGrid(design);
  const count = (design.taps + 1) / 2 + 1;
  let extrema = Array.from({ length: count }, (_, i) => Math.round(i * (grid.length - 1) / (count - 1)));
  for (let round = 0; round < 50; round++) {
    const response = interpolate(extrema.map((i) => grid[i]!));
    const error = grid.map((point) => point.weight * (point.wanted - response(point.x)));
    const next = pickExtrema(error, count);
    if (next.every((at, i) => at === extrema[i])) return impulseResponse(response, design.taps);
    extrema = next;
  }
  throw new Error(`Could not settle a low-pass of ${design.taps} taps in 50 rounds`);
}

function makeGrid({ sampleRateHz, taps, passHz, stopHz, stopWeight }: Design): Point[] {
  const stepHz = sampleRateHz / 2 / (GRID_PER_EXTREMUM * (taps + 1) / 2);
  const band = (fromHz: number, toHz: number, wanted: number, weight: number): Point[] => {
    const steps = Math.ceil((toHz - fromHz) / stepHz);
    return Array.from({ length: steps + 1 }, (_, i) => {
      const hz = fromHz + (toHz - fromHz) * i / steps;
      return { x: Math.cos(2 * Math.PI * hz / sampleRateHz), wanted, weight };
    });
  };
  return [...band(0, passHz, 1, 1), ...band(stopHz, sampleRateHz / 2, 0, stopWeight)];
}

/** The polynomial whose weighted error at `points` is equal in size and alternates in sign (barycentric form). */
function interpolate(points: readonly Point[]): (x: number) => number {
  const gammas = barycentricWeights(points);
  let above = 0, below = 0;
  points.forEach(({ wanted, weight }, k) => {
    above += gammas[k]! * wanted;
    below += (k % 2 === 0 ? 1 : -1) * gammas[k]! / weight;
  });
  const deviation = above / below;
  const values = points.map(({ wanted, weight }, k) => wanted - (k % 2 === 0 ? 1 : -1) * deviation / weight);
  // The polynomial has one degree less than the number of points allows: leave one point out.
  const nodes = points.slice(0, -1);
  const betas = barycentricWeights(nodes);
  return (x) => {
    let sum = 0, norm = 0;
    for (let k = 0; k < nodes.length; k++) {
      const distance = x - nodes[k]!.x;
      if (Math.abs(distance) < 1e-14) return values[k]!;
      sum += betas[k]! * values[k]! / distance;
      norm += betas[k]! / distance;
    }
    return sum / norm;
  };
}

function barycentricWeights(points: readonly Point[]): number[] {
  return points.map(({ x }, k) =>
    // Doubling each distance keeps the product in range: the mean distance on [-1, 1] is near one half.
    points.reduce((product, other, i) => i === k ? product : product / (2 * (x - other.x)), 1)
  );
}

/** The `count` largest alternating extrema of `error`. */
function pickExtrema(error: readonly number[], count: number): number[] {
  const size = (i: number) => Math.abs(error[i]!);
  let found: number[] = [];
  for (let i = 0; i < error.length; i++) {
    const sign = Math.sign(error[i]!);
    const rises = (at: number) => at < 0 || at >= error.length || sign * error[i]! >= sign * error[at]!;
    if (sign === 0 || !rises(i - 1) || !rises(i + 1)) continue;
    const last = found.at(-1);
    if (last !== undefined && Math.sign(error[last]!) === sign) {
      if (size(i) > size(last)) found[found.length - 1] = i;
    } else found.push(i);
  }
  while (found.length > count) {
    if (found.length === count + 1) {
      found = size(found[0]!) < size(found.at(-1)!) ? found.slice(1) : found.slice(0, -1);
    } else {
      // Of two neighbours the weaker goes with its partner, so that the signs still alternate.
      let weakest = 0;
      for (let i = 1; i < found.length - 1; i++) {
        const pair = (at: number) => Math.max(size(found[at]!), size(found[at + 1]!));
        if (pair(i) < pair(weakest)) weakest = i;
      }
      found.splice(weakest, 2);
    }
  }
  return found;
}

/** Samples the zero-phase response at `taps` frequencies and transforms back. */
function impulseResponse(response: (x: number) => number, taps: number): Float64Array {
  const centre = (taps - 1) / 2;
  const sampled = Array.from({ length: centre + 1 }, (_, k) => response(Math.cos(2 * Math.PI * k / taps)));
  return Float64Array.from({ length: taps }, (_, n) => {
    let sum = sampled[0]!;
    for (let k = 1; k <= centre; k++) {
      sum += 2 * sampled[k]! * Math.cos(2 * Math.PI * k * (n - centre) / taps);
    }
    return sum / taps;
  });
}

if (import.meta.main) {
  const half = designLowpass(DESIGN).subarray(0, (DESIGN.taps + 1) / 2);
  console.log(Array.from(half, (tap) => `  ${tap.toFixed(12)},`).join("\n"));
}
