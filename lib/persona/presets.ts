import type { SemanticVad, ServerVad } from "./fields.ts";

/** Ready values of `turn` for the telephone; change one with `{ ...phone.noisy, silenceMs: 800 }`. */
export const phone = {
  /**
   * For short questions and answers: yes and no, names, digits. Answers 0.2 s sooner than the default, as a silence of
   * 300 ms ends the turn: a practised speaker's pauses stay below that, a pause to think does not. Not for stories.
   */
  quick: { type: "server_vad", threshold: 0.5, prefixPaddingMs: 300, silenceMs: 300 },

  /**
   * For callers who search for words, read out numbers or speak a second language. The silence of 1000 ms leaves room
   * between the groups of a number, at the price of answers that come 0.5 s later than by default; the padding of
   * 400 ms keeps a hesitant first word, which begins softly.
   */
  patient: { type: "server_vad", threshold: 0.5, prefixPaddingMs: 400, silenceMs: 1000 },

  /**
   * For streets, cars and offices. The threshold of 0.75 lets only clear speech count, so that noise neither begins a
   * turn nor keeps one open; a soft voice may be missed. It notices a word later, hence the padding of 400 ms, and
   * takes soft syllables for silence, hence 600 ms of it.
   */
  noisy: { type: "server_vad", threshold: 0.75, prefixPaddingMs: 400, silenceMs: 600 },

  /**
   * For free talk. The model judges by meaning whether the caller has finished, so that a pause to think does not end
   * the turn. What sounds unfinished is given 8 s with `low`, 4 s with `medium` or `auto`, 2 s with `high`: a caller
   * who spells a code, which never sounds finished, waits that long.
   */
  semantic: (options: Readonly<Omit<SemanticVad, "type">> = {}): SemanticVad => ({
    type: "semantic_vad",
    ...options,
  }),
} as const satisfies Readonly<
  Record<string, ServerVad | ((options?: Omit<SemanticVad, "type">) => SemanticVad)>
>;
