import { assert, assertEquals } from "@std/assert";
import { applyMask, nextMaskingKey } from "../../../lib/realtime/socket/masking.ts";

Deno.test("masking by words is masking byte by byte, wherever the payload lies", () => {
  const key = 0xd1c2b3a4;
  const keyBytes = [0xa4, 0xb3, 0xc2, 0xd1];
  for (let from = 0; from < 9; from++) {
    for (let length = 0; length < 40; length++) {
      const bytes = Uint8Array.from({ length: 52 }, (_, at) => 7 * at);
      const expected = bytes.map((byte, at) =>
        at < from || at >= from + length ? byte : byte ^ keyBytes[(at - from) % 4]!
      );
      applyMask(bytes, new Uint32Array(bytes.buffer), from, from + length, key);
      assertEquals(bytes, expected, `${length} bytes from ${from}`);
    }
  }
});

Deno.test("masking keys do not repeat, also from one pool of them to the next", () => {
  const keys = Array.from({ length: 3000 }, nextMaskingKey);
  // Two of 3000 random keys are equal in one of a thousand runs; four of them never.
  assert(new Set(keys).size > 2997);
  assert(keys.every((key) => Number.isInteger(key) && key >= 0 && key < 2 ** 32));
  // Each of the 32 bits is set in about half of them.
  for (let bit = 0; bit < 32; bit++) {
    const share = keys.filter((key) => key >>> bit & 1).length / keys.length;
    assert(share > 0.4 && share < 0.6, `bit ${bit} set in ${share}`);
  }
});
