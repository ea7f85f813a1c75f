/** RFC 6455, 5.2. */
export const CONTINUATION = 0x0;
export const TEXT = 0x1;
export const BINARY = 0x2;
export const CLOSE = 0x8;
export const PING = 0x9;
export const PONG = 0xa;

/** Bytes of payload in a close, ping or pong at most. */
export const CONTROL_BYTES_MAX = 125;

/** The close codes that a client sends when it gives the connection up. */
export const PROTOCOL_ERROR = 1002;
export const INVALID_TEXT = 1007;
export const TOO_BIG = 1009;
export const INTERNAL_ERROR = 1011;
