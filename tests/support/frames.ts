/**
 * What a stream of a server's bytes means by RFC 6455, worked out slowly and plainly from all of it at once: what the
 * incremental reader is held to. One line for each thing told.
 */
export function readSlowly(stream: Uint8Array, maxMessageBytes: number): string[] {
  const told: string[] = [];
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  let message: { readonly text: boolean; readonly bytes: number[] } | undefined;
  let at = 0;
  while (stream.length - at >= 2) {
    const bits = view.getUint16(at).toString(2).padStart(16, "0");
    const opcode = Number.parseInt(bits.slice(4, 8), 2);
    const final = bits[0] === "1";
    const isControl = [8, 9, 10].includes(opcode);
    const isData = [1, 2].includes(opcode);
    const short = Number.parseInt(bits.slice(9), 2);
    const legal = bits.slice(1, 4) === "000" && bits[8] === "0" && (
      isControl ? final && short <= 125 : isData ? !message : opcode === 0 && message !== undefined
    );
    if (!legal) return [...told, "fault 1002"];

    const headBytes = short === 127 ? 10 : short === 126 ? 4 : 2;
    if (stream.length - at < headBytes) return told;
    const length = short === 127
      ? view.getBigUint64(at + 2)
      : BigInt(short === 126 ? view.getUint16(at + 2) : short);
    const least = short === 127 ? 0x10000n : short === 126 ? 126n : 0n;
    if (length < least || length >> 63n === 1n) return [...told, "fault 1002"];
    if (!isControl && length + BigInt(message?.bytes.length ?? 0) > BigInt(maxMessageBytes)) {
      return [...told, "fault 1009"];
    }
    if (BigInt(stream.length - at - headBytes) < length) return told;
    const payload = [...stream.subarray(at + headBytes, at + headBytes + Number(length))];
    at += headBytes + Number(length);

    if (opcode === 8) return [...told, closing(payload)];
    if (isControl) {
      told.push(`${opcode === 9 ? "ping" : "pong"} ${payload}`);
      continue;
    }
    message ??= { text: opcode === 1, bytes: [] };
    message.bytes.push(...payload);
    const text = message.text ? strictly(message.bytes, final) : "";
    if (text === undefined) return [...told, "fault 1007"];
    if (!final) continue;
    told.push(message.text ? `text ${text}` : `binary ${message.bytes}`);
    message = undefined;
  }
  return told;
}

function closing([high, low, ...reason]: readonly number[]): string {
  if (high === undefined) return "close 1005 ";
  if (low === undefined) return "fault 1002";
  const code = 256 * high + low;
  const known = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014].includes(code);
  if (!known && !(code >= 3000 && code < 5000)) return "fault 1002";
  const text = strictly(reason, true);
  return text === undefined ? "fault 1007" : `close ${code} ${text}`;
}

/** The text; undefined if the bytes are not UTF-8, or, before the end, can't become it. */
function strictly(bytes: readonly number[], whole: boolean): string | undefined {
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return decoder.decode(Uint8Array.from(bytes), { stream: !whole });
  } catch {
    return undefined;
  }
}

/** The same random numbers for the same seed: xorshift32. */
export function createRandom(seed: number): () => number {
  let state = seed * 2654435761 >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
