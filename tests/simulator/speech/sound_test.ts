import { assert, assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { SoundCache } from "../../../lib/simulator/speech/cache.ts";
import { pronounceable, sentences } from "../../../lib/simulator/speech/sentences.ts";
import { finish, resample } from "../../../lib/simulator/speech/sound.ts";

Deno.test("a cut between sentences loses no character, and a point in a number is no end", () => {
  const text = ' "I see." 2.3 seconds?!  Yes…\n\nThen: ' + "word, ".repeat(60) + "x".repeat(450);
  const parts = sentences(text);
  assertEquals(parts.join(""), text);
  assertEquals(parts.slice(0, 3), [' "I see." ', "2.3 seconds?!  ", "Yes…\n\n"]);
  for (const part of parts) assert(part.trim().length <= 200 && part.trim() !== "", part);
  assertEquals(pronounceable("Grüße – “50 %” €"), 'Grusse , "50 percent" euros');
});

Deno.test("a tone stays where it is and nothing folds when 8, 16 or bent rates become 24 kHz", () => {
  for (const fromHz of [8_000, 16_000, 14_400, 18_400]) {
    const toneHz = fromHz * 0.4;
    const input = Int16Array.from(
      { length: fromHz / 2 },
      (_, i) => 10_000 * Math.sin(2 * Math.PI * toneHz * i / fromHz),
    );
    const output = resample(input, fromHz).subarray(2_400, -2_400);
    assertAlmostEquals(amplitude(output, toneHz), 10_000, 60);
    assertLess(amplitude(output, fromHz - toneHz), 3, `the image of ${toneHz} Hz at ${fromHz}`);
  }
});

Deno.test("finishing silence or nothing divides by nothing", () => {
  assertEquals(finish(new Int16Array(), 16_000).length, 0);
  assert(finish(new Int16Array(16_000), 16_000).every((sample) => sample === 0));
});

Deno.test("the cache of sentences has a bound and drops what was not asked for lately", () => {
  const cache = new SoundCache(100);
  for (const key of ["a", "b"]) cache.put(key, new Int16Array(40));
  cache.get("a");
  cache.put("c", new Int16Array(40));
  cache.put("huge", new Int16Array(101));
  assertEquals(["a", "b", "c", "huge"].map((key) => cache.get(key)?.length), [40, undefined, 40, undefined]);
});

/** The amplitude of one frequency at 24 kHz. */
function amplitude(samples: Float64Array, hz: number): number {
  let [re, im, weight] = [0, 0, 0];
  samples.forEach((sample, i) => {
    const window = 1 - Math.cos(2 * Math.PI * i / samples.length);
    re += window * sample * Math.cos(2 * Math.PI * hz * i / 24_000);
    im += window * sample * Math.sin(2 * Math.PI * hz * i / 24_000);
    weight += window;
  });
  return 2 * Math.hypot(re, im) / weight;
}
