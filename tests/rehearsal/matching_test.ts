import { assert, assertEquals } from "@std/assert";
import { fits, hasWords, shown } from "../../lib/rehearsal/matching.ts";

Deno.test("words are found in whole, across marks and case, in any script", () => {
  for (
    const [text, words, found] of [
      ["Good day, sir!", "good DAY sir", true],
      ["Der Schlüssel liegt da.", "schlüssel liegt", true],
      ["Caf\u0065\u0301.", "caf\u00e9", true],
      ["a party", "art", false],
      ["今日は", "今日は", true],
      ["What?!", "?!", true],
      ["What", "?!", false],
      ["ab", /B/i, true],
      ["ab", /^b/, false],
    ] as const
  ) assertEquals(hasWords(text, words), found, `${text} / ${words}`);
});

Deno.test("a regular expression with a memory finds the same each time", () => {
  const words = /day/g;
  assert(hasWords("a day", words) && hasWords("a day", words));
});

Deno.test("arguments fit in part, lists as a whole", () => {
  assert(fits({ a: 1, b: { c: "x", d: 2 } }, { b: { c: "x" } }));
  assert(fits({ a: [1, { b: 2, c: 3 }] }, { a: [1, { b: 2 }] }));
  assert(fits({ a: "2001", n: 42 }, { a: /^20/, n: /2$/ }));
  assert(fits(null, null) && fits(Number.NaN, Number.NaN));
  assert(!fits({ a: 1 }, { a: "1" }));
  assert(!fits({ a: [1, 2] }, { a: [1] }));
  assert(!fits({}, { toString: undefined }));
  assert(!fits({ a: { b: 1 } }, { a: /b/ }));
  assert(!fits(undefined, {}));
});

Deno.test("values are shown as they are written", () => {
  assertEquals(shown({ a: "x", "b-c": [1, /d/i], e: {} }), '{ a: "x", "b-c": [1, /d/i], e: {} }');
  assertEquals(shown(undefined), "undefined");
});
