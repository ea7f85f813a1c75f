/** A number of milliseconds or another quantity, or the two ends between which it is drawn. */
export type Range = number | readonly [number, number];

/** Everything random in a session: the same seed gives the same ids, jitter and padding. */
export interface Random {
  /** 0 up to 1. */
  next(): number;
  /** Evenly drawn from the range, both ends possible. */
  between(range: Range): number;
  /** An id as the API makes them: the prefix and base62 characters. */
  id(prefix: IdPrefix): string;
  /** The padding that hides the length of text-bearing deltas. */
  obfuscation(): string;
}

export type IdPrefix = "event" | "sess" | "conv" | "item" | "resp" | "call";

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** The generator mulberry32: small, even enough for ids and jitter, not for secrets. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const letters = (count: number) => {
    let text = "";
    for (let index = 0; index < count; index++) text += BASE62[Math.floor(next() * BASE62.length)];
    return text;
  };
  return {
    next,
    between(range) {
      if (typeof range === "number") return range;
      return range[0] + (range[1] - range[0]) * next();
    },
    // call_id is the one with a limit (32 in all); the API gives it 16 to 24 characters.
    id: (prefix) => `${prefix}_${letters(prefix === "call" ? 16 : 21)}`,
    obfuscation: () => letters(11 + Math.floor(next() * 4)),
  };
}
