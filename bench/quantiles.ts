/** How numbers are spread. */
export interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** The spread of some numbers; all NaN for none. Rounded to a thousandth. */
export function spread(values: ArrayLike<number>): Spread {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? NaN;
  const shown = (value: number) => Math.round(value * 1000) / 1000;
  return { count: sorted.length, p50: shown(at(0.5)), p99: shown(at(0.99)), max: shown(at(1)) };
}
