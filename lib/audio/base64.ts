/**
 * Audio as base64, the way both wires carry it. Samples are viewed in place, so the machine must be little-endian as
 * the wires are; every platform that Deno runs on is.
 */

/** Decoded messages up to this size share memory, bytes; a longer one gets its own. */
const SHARED_BYTES = 64 * 1024;
/** At offset 0, so that samples can be viewed in it. */
const scratch = new Uint8Array(SHARED_BYTES);

/** Decodes base64; a view valid until the next call of this module, or undefined when the text is none. */
export function bytesFromBase64(text: string): Uint8Array | undefined {
  const room = Math.ceil(text.length / 4) * 3;
  const target = room > SHARED_BYTES ? new Uint8Array(room) : scratch;
  try {
    const { written } = target.setFromBase64(text);
    return target.subarray(0, written);
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
