import { assertEquals } from "@std/assert";
import { trimSilence } from "../../lib/audio/trim.ts";
import { joined, sine } from "../support/sound.ts";

const silence = (ms: number) => new Int16Array(ms * 8);
const word = (level = 0.3) => sine(300, 400, 8000, level);

Deno.test("trim: silence around a sound goes, all but a little that keeps it from beginning with a jerk", () => {
  const sound = word();
  const trimmed = trimSilence(joined([silence(1000), sound, silence(2000)]));
  assertEquals(trimmed.length, 400 + sound.length + 1600);
  assertEquals(trimmed.subarray(400, 400 + sound.length), sound);
});

Deno.test("trim: a pause between words stays, and so does a sound without silence around it", () => {
  const sound = joined([word(), silence(3000), word()]);
  assertEquals(trimSilence(sound), sound);
});

Deno.test("trim: a soft word is no silence, the hiss of a codec is", () => {
  const hiss = Int16Array.from({ length: 8000 }, (_, index) => index % 2 ? 20 : -20);
  const soft = word(0.01);
  assertEquals(trimSilence(joined([hiss, soft, hiss])).length, 400 + soft.length + 1600);
});

Deno.test("trim: of silence, of hiss and of nothing, nothing is left", () => {
  for (const samples of [silence(500), new Int16Array(801).fill(30), new Int16Array(0)]) {
    assertEquals(trimSilence(samples).length, 0);
  }
});
