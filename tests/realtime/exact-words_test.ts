import { assertEquals } from "@std/assert";
import { hasWords, toSayExactly } from "../../lib/realtime/exact-words.ts";
import { exactWords } from "../../lib/simulator/agent-words.ts";

Deno.test("exact words: the simulator understands the wording, and the character goes along", () => {
  const text = toSayExactly('Thanks for calling "Acme".', "You are calm.");
  assertEquals(exactWords(text), 'Thanks for calling "Acme".');
  assertEquals(text.startsWith("You are calm.\n\n"), true);
});

const PHRASE = "One moment, please. I'm still here.";

Deno.test.each(
  [
    ["the words as they are", PHRASE, true],
    ["another case, punctuation and apostrophe", "one moment please - I’m STILL here!", true],
    ["one word in three that differs", "Just a moment, please. I'm still here.", true],
    ["a word more", "Okay. One moment, please. I'm still here.", true],
    ["more than one word in three that differs", "Just a second, please. I'm here.", false],
    ["the words twice", `${PHRASE} ${PHRASE}`, false],
    ["the words and an offer", `${PHRASE} How can I help you today?`, false],
    ["only their beginning", "One moment.", false],
    ["a greeting", "Hello, how can I help you?", false],
    ["nothing", "", false],
    ["the words in another order", "Here still I'm. Please, moment one.", false],
  ] as [string, string, boolean][],
)("exact words: %s", (_, transcript, expected) => assertEquals(hasWords(transcript, PHRASE), expected));

Deno.test("exact words: a language without spaces has words as well, and umlauts may be composed or not", () => {
  assertEquals(hasWords("少々お待ちください", "少々お待ちください。"), true);
  assertEquals(hasWords("お電話ありがとうございます", "少々お待ちください。"), false);
  assertEquals(hasWords("Ein Ru\u0308ckruf", "Ein Rückruf."), true);
});
