/**
 * Instructions for a response that is to say exactly these words. A response's instructions replace the session's, so
 * the session's own text goes along: without it the agent would fall out of character.
 */
export function toSayExactly(words: string, instructions: string): string {
  return `${instructions}\n\n` +
    `Now say exactly the words between the quotation marks, all of them and nothing else.\n"${words}"`;
}

/** Whether a transcript has these words, give or take one in three: it may write numbers and names in its own way. */
export function hasWords(transcript: string, words: string): boolean {
  const wanted = wordsOf(words);
  return distance(wordsOf(transcript), wanted) <= wanted.length / 3;
}

/** The words of a text in any script, without case and punctuation. */
function wordsOf(text: string): string[] {
  const plain = text.normalize("NFKC").toLowerCase().replace(/[’']/g, "");
  const segments = new Intl.Segmenter(undefined, { granularity: "word" }).segment(plain);
  return [...segments].flatMap(({ isWordLike, segment }) => isWordLike ? [segment] : []);
}

/** How many words have to be put in, left out or replaced to make one text the other (Levenshtein's distance). */
function distance(from: readonly string[], to: readonly string[]): number {
  let row = to.map((_, index) => index + 1);
  for (const [done, word] of from.entries()) {
    let [diagonal, left] = [done, done + 1];
    row = row.map((above, index) => {
      const best = Math.min(above + 1, left + 1, diagonal + (word === to[index] ? 0 : 1));
      diagonal = above;
      left = best;
      return best;
    });
  }
  return row.at(-1) ?? from.length;
}
