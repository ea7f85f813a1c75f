/**
 * Audio as base64, the way both wires carry it. Samples are viewed in place, so the machine must be little-endian as
 * the wires are; every platform that Deno runs on is.
 */

/** Decoded messages up to this size share memory, bytes; a longer one gets its own. */
const SHARED_BYTES = 64 * 1024;
const scratch = new Uint8Array(SHARED_BYTES);
/** Views of it, from its start on. A stream of equal frames makes no new ones. */
let view = scratch;
let samplesView = new Int16Array(scratch.buffer);

/** Decodes base64; a view valid until the next call of this module, or undefined when the text is none. */
export function bytesFromBase64(text: string): Uint8Array | undefined {
  const room = Math.ceil(text.length / 4) * 3;
  const target = room > SHARED_BYTES ? new Uint8Array(room) : scratch;
  try {
    const { written } = target.setFromBase64(text);
    if (target !== scratch) return target.subarray(0, written);
    return view.length === written ? view : view = scratch.subarray(0, written);
  } catch {
    return undefined;
  }
}

/** Decodes base64 of little-endian 16-bit samples; undefined when invalid, odd or empty. Same view rule. */
export function pcmFromBase64(text: string): Int16Array | undefined {
  const bytes = bytesFromBase64(text);
  if (!bytes || bytes.length === 0 || bytes.length % 2 !== 0) return undefined;
  const length = bytes.length / 2;
  if (bytes !== view) return new Int16Array(bytes.buffer, 0, length);
  return samplesView.length === length
    ? samplesView
    : samplesView = new Int16Array(scratch.buffer, 0, length);
}

/** Encodes bytes as base64. */
export function bytesToBase64(bytes: Uint8Array): string {
  return bytes.toBase64();
}

/** The samples encoded last, and their bytes: the frames of one delta come in one and the same array. */
let encoded: Int16Array = new Int16Array(0);
let encodedBytes: Uint8Array = new Uint8Array(0);

/** Encodes samples as base64 of little-endian 16-bit PCM. */
export function pcmToBase64(samples: Int16Array): string {
  if (samples !== encoded) {
    encoded = samples;
    encodedBytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  }
  return encodedBytes.toBase64();
}
