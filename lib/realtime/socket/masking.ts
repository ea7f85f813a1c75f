/** Masking keys drawn at once: the system's random source is asked once for a thousand frames. */
const keys = new Uint32Array(1024);
let used = keys.length;

/** 32 bits that nobody can foresee, as RFC 6455 5.3 wants them for each frame of a client's. */
export function nextMaskingKey(): number {
  if (used === keys.length) {
    crypto.getRandomValues(keys);
    used = 0;
  }
  return keys[used++]!;
}

/**
 * Masks `bytes[from, to)`: byte n of the payload with byte n modulo 4 of the key, its lowest byte first. Masking again
 * takes it off. Whole words at a time, which counts on a little-endian machine, as every one that Deno runs on is.
 * @param words the same memory as `bytes`, from its first byte on
 */
export function applyMask(
  bytes: Uint8Array,
  words: Uint32Array,
  from: number,
  to: number,
  key: number,
): void {
  let at = from;
  for (; at < to && (at & 3) !== 0; at++) bytes[at]! ^= key >>> 8 * (at - from & 3);
  // The key as it falls on words, which need not begin where the payload does.
  const turn = 8 * (at - from & 3);
  const turned = turn === 0 ? key : key >>> turn | key << 32 - turn;
  const wordsEnd = to >> 2;
  let word = at >> 2;
  for (; word < wordsEnd; word++) words[word]! ^= turned;
  for (at = Math.max(at, word << 2); at < to; at++) bytes[at]! ^= key >>> 8 * (at - from & 3);
}
