const HEADER_BYTES = 44;

/**
 * A stereo WAV file of 16 bits.
 * @param {number} rateHz
 * @param {readonly Int16Array[]} left
 * @param {readonly Int16Array[]} right frame for frame as long as those on the left
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function stereoWav(rateHz, left, right) {
  const samples = left.reduce((sum, frame) => sum + frame.length, 0);
  const bytes = samples * 4;
  const view = new DataView(new ArrayBuffer(HEADER_BYTES + bytes));
  const name = (/** @type {number} */ at, /** @type {string} */ text) => {
    for (let index = 0; index < text.length; index++) view.setUint8(at + index, text.charCodeAt(index));
  };
  name(0, "RIFF");
  view.setUint32(4, HEADER_BYTES - 8 + bytes, true);
  name(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 2, true);
  view.setUint32(24, rateHz, true);
  view.setUint32(28, rateHz * 4, true);
  view.setUint16(32, 4, true);
  view.setUint16(34, 16, true);
  name(36, "data");
  view.setUint32(40, bytes, true);
  let at = HEADER_BYTES;
  left.forEach((frame, index) => {
    const other = right[index];
    frame.forEach((sample, position) => {
      view.setInt16(at, sample, true);
      view.setInt16(at + 2, other?.[position] ?? 0, true);
      at += 4;
    });
  });
  return new Uint8Array(view.buffer);
}
