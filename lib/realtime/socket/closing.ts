import { CONTROL_BYTES_MAX, INVALID_TEXT, PROTOCOL_ERROR } from "./opcodes.ts";

/** No code was given. Never on the wire. */
export const NO_CODE = 1005;
/** The connection ended without a close frame. Never on the wire. */
export const CUT = 1006;

/** How the other side closes, or why its close frame is none. */
export type Closing =
  | { readonly code: number; readonly reason: string }
  | { readonly fault: number; readonly message: string };

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Whether a code may be in a close frame: RFC 6455, 7.4, and the codes registered with IANA since. */
export function isCloseCode(code: number): boolean {
  if (code >= 3000) return code <= 4999;
  return code >= 1000 && code <= 1014 && code !== 1004 && code !== NO_CODE && code !== CUT;
}

/** What a close frame says. */
export function readClosing(payload: Uint8Array): Closing {
  if (payload.length === 0) return { code: NO_CODE, reason: "" };
  if (payload.length === 1) {
    return { fault: PROTOCOL_ERROR, message: "Close frame with half a status code" };
  }
  const code = payload[0]! << 8 | payload[1]!;
  if (!isCloseCode(code)) {
    return { fault: PROTOCOL_ERROR, message: `Close frame with the reserved status code ${code}` };
  }
  try {
    return { code, reason: strict.decode(payload.subarray(2)) };
  } catch {
    return { fault: INVALID_TEXT, message: "Close frame with a reason that is not UTF-8" };
  }
}

/** The payload of a close frame; undefined for a code or reason that the protocol has no place for. */
export function closingPayload(code: number | undefined, reason: string): Uint8Array | undefined {
  if (code === undefined) return reason === "" ? new Uint8Array(0) : undefined;
  const text = new TextEncoder().encode(reason);
  if (!isCloseCode(code) || text.length > CONTROL_BYTES_MAX - 2) return undefined;
  const payload = new Uint8Array(2 + text.length);
  payload.set([code >> 8, code & 0xff]);
  payload.set(text, 2);
  return payload;
}
