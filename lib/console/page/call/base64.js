/**
 * Samples as AVR's messages carry them: base64 of 16 bits each, the low byte first.
 * @param {Int16Array} samples
 */
export function toBase64(samples) {
  const view = new DataView(new ArrayBuffer(samples.length * 2));
  samples.forEach((sample, at) => view.setInt16(2 * at, sample, true));
  let text = "";
  for (let at = 0; at < view.byteLength; at++) text += String.fromCharCode(view.getUint8(at));
  return btoa(text);
}

/**
 * @param {string} text
 * @returns {Int16Array | undefined} undefined where it is no such thing
 */
export function fromBase64(text) {
  let bytes;
  try {
    bytes = atob(text);
  } catch {
    return undefined;
  }
  const samples = new Int16Array(bytes.length >> 1);
  for (let at = 0; at < samples.length; at++) {
    samples[at] = bytes.charCodeAt(2 * at) | bytes.charCodeAt(2 * at + 1) << 8;
  }
  return samples;
}
