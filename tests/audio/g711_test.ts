import { assertEquals, assertLessOrEqual } from "@std/assert";
import { decodeAlaw, decodeMulaw, encodeAlaw, encodeMulaw } from "../../lib/audio/g711.ts";

/** A law as the tables of Recommendation G.711 give it: the positive half, in its own units. */
interface Law {
  /** Where each of the 128 intervals begins; the last entry is the virtual end. */
  readonly decisions: readonly number[];
  /** 16-bit steps of a unit. */
  readonly unit: number;
  /** The byte of interval `index`. */
  byte(index: number, negative: boolean): number;
}

/** The intervals' lower ends: each entry is how many steps of which width follow. */
function ladder(...segments: [steps: number, width: number][]): number[] {
  const ends = [0];
  for (const [steps, width] of segments) {
    for (let step = 0; step < steps; step++) ends.push(ends.at(-1)! + width);
  }
  return ends;
}

/** Table 2: 14 bits; a first interval of 1, 15 of 2, then 16 of 4, 8, ... 256; the end is 8159. */
const MULAW: Law = {
  decisions: ladder([1, 1], [15, 2], [16, 4], [16, 8], [16, 16], [16, 32], [16, 64], [16, 128], [16, 256]),
  unit: 4,
  byte: (index, negative) => (negative ? 127 : 255) - index,
};

/** Table 1: 13 bits; 32 intervals of 2, then 16 of 4, 8, ... 128; the end is 4096. Even bits inverted. */
const ALAW: Law = {
  decisions: ladder([32, 2], [16, 4], [16, 8], [16, 16], [16, 32], [16, 64], [16, 128]),
  unit: 8,
  byte: (index, negative) => ((negative ? 0 : 128) + index) ^ 0b01010101,
};

/** The value that an interval is decoded to: its middle, but nothing for the one about zero of the mu-law. */
function middle({ decisions, unit, byte }: Law, index: number): number {
  if (byte(0, false) === 255 && index === 0) return 0;
  return unit * (decisions[index]! + decisions[index + 1]!) / 2;
}

const EVERY_SAMPLE = Int16Array.from({ length: 65536 }, (_, index) => index - 32768);
const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, index) => index);

const laws = [
  ["mu-law", MULAW, encodeMulaw, decodeMulaw, 8159],
  ["A-law", ALAW, encodeAlaw, decodeAlaw, 4096],
] as const;

for (const [name, law, encode, decode, end] of laws) {
  Deno.test(`${name}: all 65536 samples become the bytes of G.711's table`, () => {
    assertEquals(law.decisions.length, 129);
    assertEquals(law.decisions[128], end);
    const bytes = encode(EVERY_SAMPLE).slice();
    EVERY_SAMPLE.forEach((sample, at) => {
      // The middle of the scale lies between 0 and -1, as in the reference software: -1 is the mirror image of 0.
      const magnitude = sample < 0 ? -1 - sample : sample;
      let index = 127;
      while (law.decisions[index]! * law.unit > magnitude) index--;
      if (bytes[at] !== law.byte(index, sample < 0)) {
        assertEquals(bytes[at], law.byte(index, sample < 0), `sample ${sample}`);
      }
    });
  });

  Deno.test(`${name}: all 256 bytes become the samples of G.711's table`, () => {
    const expected = new Int16Array(256);
    for (let index = 0; index < 128; index++) {
      expected[law.byte(index, false)] = middle(law, index);
      expected[law.byte(index, true)] = -middle(law, index);
    }
    assertEquals(decode(EVERY_BYTE).slice(), expected);
  });

  Deno.test(`${name}: a second coding loses nothing more`, () => {
    const once = decode(EVERY_BYTE).slice();
    const bytes = encode(once).slice();
    assertEquals(decode(bytes).slice(), once);
  });

  Deno.test(`${name}: no sample is further from its decoded value than half its interval`, () => {
    const back = decode(encode(EVERY_SAMPLE));
    EVERY_SAMPLE.forEach((sample, at) => {
      const magnitude = Math.min(Math.abs(sample), end * law.unit);
      const index = law.decisions.findLastIndex((value) => value * law.unit <= magnitude);
      const width = law.unit *
        (law.decisions[Math.min(index, 127) + 1]! - law.decisions[Math.min(index, 127)]!);
      // Beyond the end of the scale there is only its last value.
      const beyond = Math.abs(sample) - magnitude;
      const off = Math.abs(sample - back[at]!);
      if (off > Math.max(width / 2, law.unit) + beyond) {
        assertLessOrEqual(off, width / 2 + beyond, `sample ${sample}`);
      }
    });
  });

  Deno.test(`${name}: lengths beyond the shared memory, and none at all`, () => {
    const long = new Int16Array(200_001).fill(1000);
    const bytes = encode(long);
    assertEquals(bytes.length, 200_001);
    assertEquals(new Set(decode(bytes)).size, 1);
    assertEquals(encode(new Int16Array(0)).length, 0);
    assertEquals(decode(new Uint8Array(0)).length, 0);
  });
}

Deno.test("mu-law: silence is 0xff; minus zero, 0x7f, is silence too", () => {
  assertEquals([...encodeMulaw(Int16Array.of(0))], [0xff]);
  assertEquals([...decodeMulaw(Uint8Array.of(0xff, 0x7f))], [0, 0]);
});

Deno.test("A-law: silence is 0xd5; it has no zero", () => {
  assertEquals([...encodeAlaw(Int16Array.of(0, -1))], [0xd5, 0x55]);
  assertEquals([...decodeAlaw(Uint8Array.of(0xd5, 0x55))], [8, -8]);
});

Deno.test("full scale is the loudest byte of its sign, not that of the other", () => {
  assertEquals([...encodeMulaw(Int16Array.of(32767, -32768))], [0x80, 0x00]);
  assertEquals([...encodeAlaw(Int16Array.of(32767, -32768))], [0xaa, 0x2a]);
});
