import { assertEquals } from "@std/assert";
import { maskNumbers } from "../../lib/log/mask.ts";

Deno.test.each([
  ["My number is 0171 555-2368.", "My number is #### ###-####."],
  ["+39 02 1234, extension 7", "+## ## ####, extension #"],
  ["my card is four two four two, double seven nine", "my card is # # # #, # # #"],
  ["It is five oh two one.", "It is # # # #."],
  ["Born on the twenty-first of March nineteen eighty-four", "Born on the #-# of March # #-#"],
  ["one hundred and twenty thousand", "# # and # #"],
  ["Oh seven nine, please", "# # #, please"],
  ["The third of May", "The # of May"],
  ["Seven point five percent", "# point # percent"],
  ["two twos", "# #"],
  ["ONE TWO Three", "# # #"],
])("mask: %s", (text, masked) => assertEquals(maskNumbers(text), masked));

Deno.test.each([
  ["Arabic-Indic", "٠١٢٣٤٥٦٧٨٩"],
  ["Devanagari", "०१२३"],
  ["full width", "０１２"],
  ["mathematical", "𝟎𝟏"],
  ["circled, Roman, halves", "①Ⅳ½"],
])("mask: digits of any script, %s", (_, digits) => {
  assertEquals(maskNumbers(`a ${digits} b`), `a ${"#".repeat([...digits].length)} b`);
});

Deno.test.each([
  "Oh, I see. A second please.",
  "Someone phoned often about the tent and the bones, then weighed the height.",
  "At first glance, and a half smile.",
  "Anyone, none, stone, tension",
])("mask: words that are no numbers stay: %s", (text) => assertEquals(maskNumbers(text), text));

Deno.test("mask: a long text takes no time", () => {
  const start = performance.now();
  maskNumbers("a and ".repeat(40_000));
  maskNumbers("one and ".repeat(40_000));
  maskNumbers(`${" ,.".repeat(40_000)}one${" ".repeat(40_000)}`);
  const tookMs = performance.now() - start;
  assertEquals(tookMs < 1000, true, `${tookMs} ms`);
});
