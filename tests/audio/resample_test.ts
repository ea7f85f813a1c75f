import { assertEquals, assertGreater, assertLess, assertLessOrEqual, assertNotEquals } from "@std/assert";
import { LOWPASS } from "../../lib/audio/lowpass.ts";
import { Downsampler, Upsampler } from "../../lib/audio/resample.ts";
import { cut, gather, noise, seeded } from "./signals.ts";

const PEAK = Math.max(...LOWPASS);

/** The same filter, written down as its definition: exact, unbounded, slow. */
function reference(direction: "up" | "down", input: Int16Array): number[] {
  const wide = direction === "up" ? [...input].flatMap((sample) => [3 * sample, 0, 0]) : [...input];
  const filtered = wide.map((_, at) => {
    let sum = 0;
    for (let index = 0; index < LOWPASS.length && index <= at; index++) {
      sum += LOWPASS[index]! * wide[at - index]!;
    }
    return sum;
  });
  return direction === "up" ? filtered : filtered.filter((_, at) => at % 3 === 2);
}

function square(length: number, halfPeriod: number): Int16Array {
  return Int16Array.from({ length }, (_, at) => Math.floor(at / halfPeriod) % 2 === 0 ? 32767 : -32768);
}

const make = { up: () => new Upsampler(), down: () => new Downsampler() };

for (const direction of ["up", "down"] as const) {
  const create = make[direction];

  Deno.test(`${direction}: agrees with the filter's definition to the rounding`, () => {
    const input = noise(seeded(3), 2000).map((sample) => sample >> 2);
    const output = create().push(input);
    const expected = reference(direction, input);
    assertEquals(output.length, expected.length);
    output.forEach((sample, at) => assertLessOrEqual(Math.abs(sample - expected[at]!), 0.5000001));
  });

  Deno.test(`${direction}: overshoot on a full-scale square wave is clamped, never wrapped round`, () => {
    const input = square(3000, direction === "up" ? 20 : 60);
    const expected = reference(direction, input);
    assertGreater(Math.max(...expected), 33500, "the wave must overshoot to prove anything");
    create().push(input).forEach((sample, at) => {
      const limited = Math.max(-32768, Math.min(32767, expected[at]!));
      assertLessOrEqual(Math.abs(sample - limited), 0.5000001);
    });
  });

  Deno.test(`${direction}: how the audio is cut makes no difference, to the bit`, () => {
    const input = noise(seeded(7), 9001);
    const whole = create();
    const expected = gather([gather([whole.push(input)]), whole.flush()]);
    for (let seed = 1; seed <= 20; seed++) {
      const resampler = create();
      const pieces = cut(input, seeded(seed), seed % 2 === 0 ? 1700 : 40).map((piece) =>
        resampler.push(piece).slice()
      );
      assertEquals(gather([...pieces, resampler.flush()]), expected, `seed ${seed}`);
    }
  });

  Deno.test(`${direction}: two calls at the same time never hear each other`, () => {
    const [loud, silent] = [create(), create()];
    const random = seeded(11);
    for (let round = 0; round < 50; round++) {
      const length = Math.floor(random() * 700);
      loud.push(noise(random, length));
      assertEquals(silent.push(new Int16Array(length)).some((sample) => sample !== 0), false);
      if (round % 10 === 9) loud.flush();
    }
    assertEquals(silent.flush().some((sample) => sample !== 0), false);
  });

  for (const length of [1, 2, 3, 158, 159, 160]) {
    Deno.test(`${direction}: the tail of ${length} samples comes out at flush`, () => {
      const input = new Int16Array(length);
      input[length - 1] = 20000;
      const resampler = create();
      const before = Math.max(...resampler.push(input));
      const tail = Math.max(...resampler.flush());
      // Which of the three samples about the peak is kept on the way down depends on the length.
      const expected = 20000 * (direction === "up" ? 3 * PEAK : 0.8 * PEAK);
      assertLess(before, expected / 2, "the peak must be late to prove anything");
      assertGreater(tail, expected - 1);
      assertEquals(resampler.flush().length, 0, "the tail comes once");
    });
  }

  for (const end of ["flush", "reset"] as const) {
    Deno.test(`${direction}: after ${end} nothing of the answer before is left`, () => {
      const input = noise(seeded(5), 1001);
      const fresh = create().push(input).slice();
      const used = create();
      used.push(noise(seeded(6), 1000));
      assertNotEquals(used.push(input).slice(), fresh);
      used[end]();
      assertEquals(used.push(input).slice(), fresh);
    });
  }

  Deno.test(`${direction}: nothing in gives nothing out`, () => {
    assertEquals(create().push(new Int16Array(0)).length, 0);
  });
}
