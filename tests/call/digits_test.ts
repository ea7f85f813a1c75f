import { assertEquals } from "@std/assert";
import { Digits, type DigitsOptions } from "../../lib/call/digits.ts";
import { VirtualClock } from "../support/clock.ts";

function keypad(options: Partial<DigitsOptions> = {}) {
  const clock = new VirtualClock();
  const entries: string[] = [];
  const digits = new Digits(clock, {
    endKey: "#",
    length: undefined,
    timeoutMs: 2000,
    onEntry: (keys) => entries.push(keys),
    ...options,
  });
  const press = (keys: string) => [...keys].forEach((key) => digits.press(key));
  return { clock, digits, entries, press };
}

Deno.test("digits: an entry ends at its end key, which does not belong to it", () => {
  const { clock, entries, press } = keypad();
  press("1234#");
  assertEquals(entries, ["1234"]);
  assertEquals(clock.pending, 0);
});

Deno.test("digits: an entry ends after a pause, counted from the last key", () => {
  const { clock, entries, press } = keypad();
  press("4");
  clock.advance(1900);
  press("2");
  clock.advance(1900);
  assertEquals(entries, []);
  clock.advance(100);
  assertEquals(entries, ["42"]);
});

Deno.test("digits: an entry ends at its length, the next key begins another", () => {
  const { entries, press } = keypad({ length: 4, endKey: undefined });
  press("12345678");
  assertEquals(entries, ["1234", "5678"]);
});

Deno.test("digits: the end key alone is no entry", () => {
  const { entries, press } = keypad();
  press("##");
  assertEquals(entries, []);
});

Deno.test("digits: a key that is held down for ever is bounded", () => {
  const { entries, press } = keypad({ endKey: undefined });
  press("1".repeat(100));
  assertEquals(entries.map((keys) => keys.length), [32, 32, 32]);
});

Deno.test("digits: a call that ends in the middle of an entry leaves no timer", () => {
  const { clock, digits, entries, press } = keypad();
  press("12");
  digits.clear();
  clock.advance(10_000);
  assertEquals(entries, []);
  assertEquals(clock.pending, 0);
});
