import { type AudioFormat, bytesPerMs } from "../audio/codec.ts";
import { errors } from "./error-texts.ts";
import { speak as speakTo, type SpeechWriter } from "./output.ts";
import { audioFormat } from "./response-rules.ts";
import { begin, close, left, nextPlace, over, pause, phaseOf, type Run } from "./run.ts";
import { speak, type Spoken } from "./speech.ts";
import { affordable, agentMs, agentTokens, textTokens } from "./usage.ts";
import { encode, slices, words } from "./voice.ts";
import type { Phase } from "./wire.ts";

/** The transcript is complete when this share of a sentence's audio is out. */
const TRANSCRIPT_AHEAD = 0.6;

/**
 * Speaks one message, sentence by sentence as the voice makes them, paced by the session's clock.
 * @param waitMs until the first delta
 * @returns false where the limit of tokens cut it
 */
export async function say(
  run: Run,
  text: string,
  phase: Phase | undefined,
  waitMs: number,
): Promise<boolean> {
  const { model, plan } = run;
  const voice = typeof plan.voice === "string" ? plan.voice : plan.voice.id;
  const sentences = speak(model.speech, text, voice);
  // The voice works while the model thinks.
  const firstSentence = sentences.next();
  firstSentence.catch(() => {});
  const startMs = model.clock.now();
  // The item is there before its audio: the moment at which an interruption finds nothing to truncate.
  await pause(run, waitMs / 2);
  if (over(run)) return true;
  const format = audioFormat(plan.format);
  const writer = begin(run, speakTo(nextPlace(run), format, phaseOf(run, phase), model.faults.shorterMs));
  if (plan.conversation === "auto") model.spoke(run);
  let next = await firstSentence;
  await pause(run, startMs + waitMs - model.clock.now());
  const sending = sender(run, writer);
  let whole = true;
  while (whole && !next.done && !over(run)) {
    const following = sentences.next();
    following.catch(() => {});
    const last = model.faults.lostTailDeltas ? (await following).done === true : false;
    whole = await sending(next.value, last);
    next = await following;
  }
  await sentences.return(undefined);
  if (!over(run)) close(run, whole ? "completed" : "incomplete");
  return whole;
}

/** Sends a sentence's words and audio; the transcript runs ahead of the audio. */
function sender(run: Run, writer: SpeechWriter): (spoken: Spoken, last: boolean) => Promise<boolean> {
  const { model, plan, made } = run;
  const { faults, pace, random } = model;
  const format = audioFormat(plan.format);
  let dueMs = model.clock.now();
  let sent = 0;

  return async ({ text, samples }, last) => {
    const all = encode(samples, format, model.config().audio.output.speed);
    const { said, bytes } = cut(run, words(text), all, format);
    const parts = slices(bytes, format, pace.deltaMs, random);
    const lostFrom = last ? parts.length - (faults.lostTailDeltas ?? 0) : Infinity;
    let told = 0;
    const tellUntil = (count: number) => {
      for (; told < count; told++) {
        writer.text(said[told]!);
        made.text += textTokens(said[told]!);
      }
    };
    for (const [index, part] of parts.entries()) {
      await pause(run, dueMs - model.clock.now());
      if (over(run)) return true;
      tellUntil(Math.ceil(said.length * Math.min(1, (index + 1) / (TRANSCRIPT_AHEAD * parts.length))));
      const ms = part.length / bytesPerMs(format);
      writer.audio(part, index >= lostFrom);
      made.audio += agentTokens(run.spokenMs + ms) - agentTokens(run.spokenMs);
      run.spokenMs += ms;
      dueMs += ms / pace.speed * random.between([0.8, 1.2]);
      if (sent++ === 0 && faults.errorWhileActive) model.fail(errors.serverError(model.sessionId));
    }
    tellUntil(said.length);
    return bytes.length === all.length;
  };
}

/** As much of a sentence as the limit of tokens allows, words and audio in proportion. */
function cut(run: Run, said: readonly string[], bytes: Uint8Array, format: AudioFormat) {
  const tokens = left(run);
  const textCost = said.reduce((sum, word) => sum + textTokens(word), 0);
  const audioCost = agentTokens(bytes.length / bytesPerMs(format));
  if (textCost + audioCost <= tokens) return { said, bytes };
  const words = affordable(said, tokens * textCost / (textCost + audioCost));
  const spent = words.reduce((sum, word) => sum + textTokens(word), 0);
  const audioMs = agentMs(Math.floor(tokens) - spent - 1);
  return { said: words, bytes: bytes.subarray(0, Math.max(0, audioMs) * bytesPerMs(format)) };
}
