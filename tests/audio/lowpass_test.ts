import { assertEquals, assertLess, assertLessOrEqual } from "@std/assert";
import { DESIGN, designLowpass } from "../../bench/design_lowpass.ts";
import { LOWPASS } from "../../lib/audio/lowpass.ts";
import { decibel } from "./signals.ts";

/** The filter's gain at `hz`; its phase is that of a plain delay, since the taps mirror. */
function gainAt(hz: number): number {
  const centre = (LOWPASS.length - 1) / 2;
  return LOWPASS.reduce(
    (sum, tap, at) => sum + tap * Math.cos(2 * Math.PI * hz * (at - centre) / DESIGN.sampleRateHz),
    0,
  );
}

Deno.test("the table is what its designer gives", () => {
  const designed = designLowpass(DESIGN);
  assertEquals(LOWPASS.length, designed.length);
  LOWPASS.forEach((tap, at) => assertLess(Math.abs(tap - designed[at]!), 1e-12));
});

Deno.test("the taps mirror: a filter that is not symmetric smears speech", () => {
  assertEquals(LOWPASS.toReversed(), LOWPASS);
});

Deno.test("the bands keep what the table's comment says of them", () => {
  for (let hz = 0; hz <= DESIGN.passHz; hz += 5) assertLessOrEqual(Math.abs(decibel(gainAt(hz))), 0.022);
  for (let hz = DESIGN.stopHz; hz <= DESIGN.sampleRateHz / 2; hz += 5) {
    assertLessOrEqual(decibel(Math.abs(gainAt(hz))), -91.9);
  }
});
