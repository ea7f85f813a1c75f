import { decodeMulaw } from "../../audio/g711.ts";
import { finish } from "./sound.ts";

/** Said where nothing of a text can be pronounced. */
export const UNSAYABLE = "I am the simulator, and I can't say these words.";

/** Phrases by their words in lower case without marks. */
export type Phrases = ReadonlyMap<string, Int16Array>;

const MAX_WORDS = 10;
const NUMBERS = (
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen " +
  "seventeen eighteen nineteen"
).split(" ");
const TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/** What ships ready-made: enough for all that the default agent says of itself. Rendered by ../phrases/render.ts. */
export const PHRASES: readonly string[] = [
  UNSAYABLE,
  "Hello, this is the simulator.",
  "How can I help?",
  "Please go on.",
  "What else?",
  "Anything else?",
  "I am listening.",
  "I heard you.",
  "I heard",
  "That was",
  "You spoke for",
  "seconds of speech",
  "seconds",
  "second",
  "more than a minute",
  "of speech",
  "at a high level",
  "at a normal level",
  "at a low level",
  "at a very low level",
  "That was very short.",
  "Could you say it again?",
  "Are you still there?",
  "I can't hear you.",
  "Are you still on the line?",
  "You pressed",
  "star",
  "pound",
  "Goodbye.",
  "One moment, please.",
  "I am connecting you.",
  "That is done.",
  "That did not work.",
  "point",
  ...NUMBERS,
  ...TENS.slice(2, 6),
];

let loading: Promise<Phrases> | undefined;

/** The phrases that ship, at 24 kHz. An import and no file: it needs no read permission. */
export function loadPhrases(): Promise<Phrases> {
  return loading ??= import("../phrases/phrases.json", { with: { type: "json" } }).then((
    { default: sounds },
  ) =>
    new Map(
      Object.entries<string>(sounds).map(([phrase, base64]) => {
        const samples = finish(decodeMulaw(Uint8Array.fromBase64(base64)), 8_000);
        return [spokenWords(phrase).join(" "), samples];
      }),
    )
  );
}

/** The sound of a sentence that phrases alone can say, the longest first; undefined where a word is missing. */
export function sayable(phrases: Phrases, sentence: string): Int16Array | undefined {
  const words = spokenWords(sentence);
  const sounds: number[] = [];
  for (let at = 0; at < words.length;) {
    let count = Math.min(MAX_WORDS, words.length - at);
    while (count > 0 && !phrases.has(words.slice(at, at + count).join(" "))) count--;
    if (count === 0) return undefined;
    for (const sample of phrases.get(words.slice(at, at + count).join(" "))!) sounds.push(sample);
    at += count;
  }
  return words.length === 0 ? undefined : Int16Array.from(sounds);
}

/** The words of a text as they are spoken: "2.3 seconds" is "two point three seconds". */
function spokenWords(text: string): string[] {
  const numbers = text.replace(
    /(\d+)(?:\.(\d))?/g,
    (_, whole: string, tenth: string | undefined) =>
      ` ${numberWords(whole)} ${tenth === undefined ? "" : `point ${NUMBERS[Number(tenth)]}`} `,
  );
  return numbers.toLowerCase().replace(/[^a-z' ]/g, " ").split(" ").filter((word) => word !== "");
}

function numberWords(digits: string): string {
  const value = Number(digits);
  if (value < 20) return NUMBERS[value]!;
  if (value < 100) return `${TENS[Math.floor(value / 10)]} ${value % 10 === 0 ? "" : NUMBERS[value % 10]}`;
  return [...digits].map((digit) => NUMBERS[Number(digit)]).join(" ");
}
