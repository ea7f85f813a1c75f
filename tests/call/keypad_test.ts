import { assertEquals } from "@std/assert";
import { Keypad } from "../../lib/call/keypad.ts";
import type { Persona } from "../../lib/persona/define.ts";
import { VirtualClock } from "../support/clock.ts";

function keypad(settings: Persona["dtmf"]) {
  const clock = new VirtualClock();
  const told: unknown[] = [];
  const pad = new Keypad(clock, settings, {
    onEntry: (keys) => told.push(keys),
    onAction: (action) => told.push(action),
  });
  return { clock, told, pad, press: (keys: string) => [...keys].forEach((key) => pad.press(key)) };
}

Deno.test("keypad: without a word in the persona, keys are collected until # or a pause", () => {
  const { clock, told, press } = keypad(undefined);
  press("42#");
  press("7");
  clock.advance(2000);
  assertEquals(told, ["42", "7"]);
});

Deno.test("keypad: a persona can have keys ignored", () => {
  const { clock, told, press, pad } = keypad("ignore");
  press("42#");
  clock.advance(60_000);
  assertEquals(told, []);
  assertEquals(pad.takes("1"), false);
});

Deno.test("keypad: a key with an action acts at once, except in the middle of an entry", () => {
  const { told, press } = keypad({
    length: 4,
    keys: { "0": "repeat", "9": { tell: "Nine." }, "*": "ignore" },
  });
  press("0");
  press("*");
  assertEquals(told, ["repeat"]);
  press("1090");
  press("9");
  assertEquals(told, ["repeat", "1090", { tell: "Nine." }]);
});

Deno.test("keypad: until: false lets # belong to the entry", () => {
  const { clock, told, press } = keypad({ until: false, timeoutSeconds: 1 });
  press("1#2");
  clock.advance(1000);
  assertEquals(told, ["1#2"]);
});
