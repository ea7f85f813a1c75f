import { assertEquals } from "@std/assert";
import { bytesFromBase64, bytesToBase64, pcmFromBase64, pcmToBase64 } from "../../lib/audio/base64.ts";
import { noise, seeded } from "./signals.ts";

for (const text of ["A", "A===", "AA=A", "====", "AA*A", "_-__", "AAAA=", "ÄÄÄÄ", "{}", "AAAA\u0000"]) {
  Deno.test(`invalid base64 is refused, not decoded in part: ${JSON.stringify(text)}`, () => {
    assertEquals(bytesFromBase64(text), undefined);
    assertEquals(pcmFromBase64(text), undefined);
  });
}

Deno.test("an odd number of bytes is no audio, and nothing is none either", () => {
  assertEquals(pcmFromBase64("AA=="), undefined);
  assertEquals(pcmFromBase64("AAAA"), undefined);
  assertEquals(pcmFromBase64(""), undefined);
  assertEquals(pcmFromBase64("AAA=")?.length, 1);
});

Deno.test("samples are little-endian", () => {
  assertEquals(pcmToBase64(Int16Array.of(1, -2)), btoa("\x01\x00\xfe\xff"));
  assertEquals([...pcmFromBase64(btoa("\x01\x00\xfe\xff"))!], [1, -2]);
});

Deno.test("missing padding is no reason to lose audio", () => {
  assertEquals([...bytesFromBase64("AQI")!], [1, 2]);
});

for (const length of [1, 2, 3, 159, 160, 161, 480, 33_333, 1_000_000]) {
  Deno.test(`${length} samples there and back`, () => {
    const samples = noise(seeded(length), length);
    assertEquals(pcmFromBase64(pcmToBase64(samples)), samples);
  });
}

Deno.test("a part of a larger buffer is encoded without the rest", () => {
  const all = Int16Array.of(1, 2, 3, 4, 5);
  assertEquals(pcmToBase64(all.subarray(2, 4)), pcmToBase64(Int16Array.of(3, 4)));
  const bytes = Uint8Array.of(9, 8, 7, 6);
  assertEquals(bytesToBase64(bytes.subarray(1, 3)), btoa("\x08\x07"));
});

Deno.test("a message after a refused one is whole", () => {
  pcmFromBase64(pcmToBase64(noise(seeded(1), 160)));
  assertEquals(pcmFromBase64("AAAA!AAA"), undefined);
  assertEquals([...pcmFromBase64(pcmToBase64(Int16Array.of(7, 8, 9)))!], [7, 8, 9]);
});
