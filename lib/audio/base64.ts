/** Scratch for decoded messages; grows to the largest seen. Even offset, so that samples can be viewed in place. */
let scratch = new Uint8Array(64 * 1024);

/** Decodes base64; a view valid until the next call, or undefined when it is none. */
export function bytesFromBase64(text: string): Uint8Array | undefined {
  const needed = Math.ceil(text.length / 4) * 3;
  if (needed > scratch.length) scratch = new Uint8Array(needed * 2);
  try {
    const { read, written } = scratch.setFromBase64(text);
    return read === text.length ? scratch.subarray(0, written) : undefined;
  } catch {
    return undefined;
  }
}

/** Decodes base64 of little-endian 16-bit samples; undefined when invalid, odd or empty. Same view rule. */
export function pcmFromBase64(text: string): Int16Array | undefined {
  const bytes = bytesFromBase64(text);
  if (!bytes || bytes.length === 0 || bytes.length % 2 !== 0) return undefined;
  return new Int16Array(bytes.buffer, 0, bytes.length / 2);
}

/** Encodes bytes as base64. */
export function bytesToBase64(bytes: Uint8Array): string {
  return bytes.toBase64();
}

/** Encodes samples as base64 of little-endian 16-bit PCM. */
export function pcmToBase64(samples: Int16Array): string {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength).toBase64();
}
