import { createRandom } from "../../lib/simulator/ids.ts";

/** What a hostile or broken peer sends, ever other, the same for the same seed. */
export type Garbage = () => string | ArrayBuffer;

const STRANGE: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  5e-324,
  1.7e308,
  Number.MAX_SAFE_INTEGER + 2,
  "",
  "\0",
  "\ud800",
  "\u202e\ufeff",
  "constructor",
  "__proto__",
  "AAA",
  "AA==",
  "AAAA=A==",
  "-_-_",
  [],
  [[]],
  {},
  { length: 1e9 },
  { toString: "x", valueOf: null },
  { __proto__: null, type: "init" },
];
const KEYS = [
  "type",
  "uuid",
  "audio",
  "digit",
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "then",
  "",
];
const MAX_DEPTH = 100_000;

/** Garbage around valid messages: those themselves, changed, cut, mangled, nested, and what was never one. */
export function createGarbage(seed: number, valid: readonly Record<string, unknown>[]): Garbage {
  const { next } = createRandom(seed);
  const whole = (below: number) => Math.floor(next() * below);
  const pick = <T>(from: readonly T[]): T => from[whole(from.length)]!;
  const bytes = (length: number) => Uint8Array.from({ length }, () => whole(256));
  const text = (value: unknown) => JSON.stringify(value);

  /** A valid message with some values of other kinds. */
  function changed(): Record<string, unknown> {
    const message: Record<string, unknown> = structuredClone(pick(valid));
    for (let count = whole(3); count >= 0; count--) {
      const key = next() < 0.5 ? pick(Object.keys(message)) : pick(KEYS);
      const value = structuredClone(pick(STRANGE));
      const inner = message[key];
      if (next() < 0.3 && typeof inner === "object" && inner !== null) {
        const fields = inner as Record<string, unknown>;
        fields[pick([...Object.keys(fields), ...KEYS])] = value;
      } else {Object.defineProperty(message, key, {
          value,
          enumerable: true,
          configurable: true,
          writable: true,
        });}
    }
    return message;
  }

  function nested(): string {
    const depth = next() < 0.05 ? MAX_DEPTH : whole(200);
    const [open, close] = pick([["[", "]"], ['{"a":', "}"], ['{"__proto__":', "}"]] as const);
    const deep = open.repeat(depth) + "1" + close.repeat(next() < 0.8 ? depth : whole(depth + 1));
    const key = pick(Object.keys(pick(valid)));
    return next() < 0.3 ? deep : `{"type":${text(pick(valid).type)},${text(key)}:${deep}}`;
  }

  /** Bytes of a message with some of them replaced: invalid UTF-8, or valid JSON of another meaning. */
  function mangled(): Uint8Array<ArrayBuffer> {
    const encoded = new TextEncoder().encode(text(pick(valid)));
    for (let count = whole(4); count >= 0; count--) encoded[whole(encoded.length)] = whole(256);
    return encoded;
  }

  const kinds: readonly (() => string | ArrayBuffer)[] = [
    () => text(pick(valid)),
    () => text(changed()),
    () => text(changed()),
    () => new TextEncoder().encode(text(changed())).buffer,
    () => mangled().buffer,
    () => String.fromCharCode(...mangled()),
    () => text(pick(valid)).slice(0, whole(80)),
    () => text(pick(valid)).repeat(2),
    () => text(pick(STRANGE)) ?? "",
    () => nested(),
    () => bytes(whole(2000)).buffer,
    () => text({ ...pick(valid), audio: bytes(whole(700)).toBase64().slice(whole(3)) }),
    () => `{"type":"audio","audio":"${"A".repeat(whole(20_000))}"}`,
  ];
  return () => pick(kinds)();
}
