/** English words for numbers up to where digits take over; "a hundred" is masked by its second word. */
const ONES = "zero|one|two|three|four|five|six|seven|eight|nine";
const TEENS =
  "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|hundred|thousand|million|billion";
const TENS = "twenty|thirty|fou?rty|fifty|sixty|seventy|eighty|ninety";
/** As in dates. Not first and second, which are more than numbers. */
const ORDINALS =
  "third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|\\w+teenth|\\w+tieth|hundredth|thousandth";
const NUMBER = `(?:${ONES}|${TEENS}|${TENS}|${ORDINALS}|nought|naught)s?`;
/** What stands for a number between numbers alone: "double seven", "five oh two", "twenty first". */
const BESIDE = "double|triple|treble|oh|o|nil|niner|dozen|half|first|second|point|dash|and|a";
const BETWEEN = "[\\s,.:;/-]+";
const SPOKEN = new RegExp(
  `(?<![\\p{L}\\p{N}])(?:(?:${BESIDE})${BETWEEN}){0,4}${NUMBER}(?:${BETWEEN}(?:${NUMBER}|${BESIDE}))*(?![\\p{L}\\p{N}])`,
  "giu",
);
const FILLER = /^(?:and|a|point|dash)$/i;

/**
 * A text with its numbers made unreadable, for a log: each digit of any script becomes `#`, and so does each English word
 * for a number. Numbers written out in other languages stay, and so do letters that are spelled.
 */
export function maskNumbers(text: string): string {
  return text
    .replace(SPOKEN, (run) => run.replace(/\p{L}+/gu, (word) => FILLER.test(word) ? word : "#"))
    .replace(/\p{N}/gu, "#");
}
