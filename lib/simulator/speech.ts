/** A stretch of speech and the words it really says. */
export interface Spoken {
  /** Joined, the texts are the text asked for, except where a voice could not say it and said something else. */
  readonly text: string;
  /** Mono, 24 kHz. */
  readonly samples: Int16Array;
}

/** What gives the simulated agent its voice. */
export interface Speech {
  /** Speaks `text`: mono samples at 24 kHz, empty for empty text. Rejects after close() only, whatever the text. */
  say(text: string, voice: string): Promise<Int16Array>;
  /** The same sentence by sentence, each as soon as it is spoken; to leave the loop stops the rest. */
  stream?(text: string, voice: string): AsyncIterable<Spoken>;
  /** Ends what runs in the background. A say() under way rejects. */
  close(): void;
}

export { createFliteSpeech, type FliteSpeechOptions } from "./speech/flite.ts";
export { createToneSpeech } from "./speech/tone.ts";

/** Streams any speech: one that has no stream of its own comes in one piece. */
export async function* speak(speech: Speech, text: string, voice: string): AsyncGenerator<Spoken> {
  if (speech.stream) yield* speech.stream(text, voice);
  else yield { text, samples: await speech.say(text, voice) };
}
