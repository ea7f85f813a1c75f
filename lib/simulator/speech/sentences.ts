/** A longer stretch without a full stop is cut at a comma, else at a space. */
const MAX_CHARACTERS = 200;

/** Letters that Unicode does not take apart, and marks that have a plain form. */
const PLAIN: Readonly<Record<string, string>> = {
  "ß": "ss",
  "æ": "ae",
  "Æ": "Ae",
  "œ": "oe",
  "ø": "o",
  "Ø": "O",
  "ł": "l",
  "Ł": "L",
  "‘": "'",
  "’": "'",
  "“": '"',
  "”": '"',
  "–": ", ",
  "—": ", ",
  "&": " and ",
  "%": " percent",
  "€": " euros ",
};

/** The sentences of `text`, each with the space after it: joined they are the text. A point in a number ends nothing. */
export function sentences(text: string): string[] {
  return text.split(/(?<=[.!?…][)"'”’]*\s+|\n\s*)(?=\S)/u).flatMap(cut).filter((part) => part !== "");
}

function cut(sentence: string): string[] {
  const pieces: string[] = [];
  let rest = sentence;
  while (rest.trimEnd().length > MAX_CHARACTERS) {
    const head = rest.slice(0, MAX_CHARACTERS);
    const end = [", ", " "].map((mark) => head.lastIndexOf(mark) + mark.length).find((at) => at > 2);
    pieces.push(rest.slice(0, end ?? MAX_CHARACTERS));
    rest = rest.slice(end ?? MAX_CHARACTERS);
  }
  return [...pieces, rest];
}

/** `text` in the plain ASCII that Flite reads; empty where nothing of it can be pronounced. */
export function pronounceable(text: string): string {
  const plain = [...text].map((character) => PLAIN[character] ?? character).join("")
    .normalize("NFKD").replace(/\p{M}/gu, "").replace(/[^\x20-\x7e]/g, " ").replace(/\s+/g, " ").trim();
  return /[a-z0-9]/i.test(plain) ? plain : "";
}
