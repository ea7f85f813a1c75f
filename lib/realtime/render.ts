import type { RealtimeSessionCreateRequest } from "openai/resources/realtime/realtime";
import type { AudioFormat } from "../audio/codec.ts";
import type { Clock } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import { dialModel, type Endpoint } from "./connection.ts";
import type { FinishedResponse, ServerEvent } from "./events.ts";
import { toSayExactly } from "./exact-words.ts";
import { endWords } from "./failures.ts";
import { Recording } from "./recording.ts";
import { sessionUpdate } from "./session.ts";

/** Words to be spoken, and by whom. */
export interface RenderRequest {
  readonly model: string;
  readonly voice: string;
  /** Of the voice, 0.25 to 1.5. @default 1 */
  readonly speed?: number | undefined;
  readonly words: string;
  /** How to speak. */
  readonly instructions: string;
  /** How the audio travels. */
  readonly format: AudioFormat;
}

/** From the dial to the last byte of audio. */
const LIMIT_MS = 30_000;
/** 15 seconds are 300 tokens of audio; the rest is for their transcript and for what a model thinks. */
const MAX_TOKENS = 2048;
const GIVEN_UP = "Given up";
const UPDATE_ID = "render_session";
const RESPONSE_ID = "render_words";

/**
 * Has the model say exactly these words, in a short session of its own. Resolves to samples at 8 kHz without the
 * silence around them; the session is closed by then.
 * @param means `onBilled` is told of the response, whatever became of it
 * @throws {Error} when no session can be had, other words are said, it takes longer than 30 seconds or `signal` aborts.
 */
export function renderWords(
  endpoint: Endpoint,
  request: RenderRequest,
  { clock, log, signal, onBilled }: {
    clock: Clock;
    log: Log;
    signal?: AbortSignal;
    onBilled?: (response: FinishedResponse) => void;
  },
): Promise<Int16Array> {
  if (signal?.aborted) return Promise.reject(new Error(GIVEN_UP));
  const { promise, resolve, reject } = Promise.withResolvers<Int16Array>();
  const recording = new Recording(request.format);
  let asked = false;
  const connection = dialModel(endpoint, request.model, {
    clock,
    log,
    events: {
      opened: () =>
        connection.send({ type: "session.update", event_id: UPDATE_ID, session: sessionOf(request) }),
      event(event) {
        try {
          onEvent(event);
        } catch (error) {
          fail(messageOf(error));
        }
      },
      // What has time does not wait for its turn beside the calls.
      away: () => fail("The model is away"),
      ended: (end) => fail(endWords(end)),
    },
  });
  const stopLimit = clock.after(LIMIT_MS, () => fail(`Took longer than ${LIMIT_MS} ms`));
  const onAbort = () => fail(GIVEN_UP);
  signal?.addEventListener("abort", onAbort);

  function onEvent(event: ServerEvent): void {
    switch (event.type) {
      case "session.updated":
        if (asked) return;
        asked = true;
        return connection.send({
          type: "response.create",
          event_id: RESPONSE_ID,
          response: { instructions: toSayExactly(request.words, request.instructions) },
        });
      case "response.output_audio.delta":
        return recording.audio(event.delta);
      case "response.output_audio.done":
        return recording.itemDone();
      case "response.output_audio_transcript.done":
        return recording.transcript(event.transcript);
      case "response.done": {
        onBilled?.(event.response);
        const samples = recording.finish(event.response, request.words);
        end();
        return resolve(samples);
      }
      case "error":
        // Others answer nothing of ours; where they matter, the response fails or the session ends.
        if (event.error.eventId !== UPDATE_ID && event.error.eventId !== RESPONSE_ID) return;
        return fail(`The model refused it: ${event.error.code}`);
    }
  }
  function fail(reason: string): void {
    end();
    reject(new Error(reason));
  }
  function end(): void {
    stopLimit();
    signal?.removeEventListener("abort", onAbort);
    connection.close();
  }
  return promise;
}

/** That of a call with this voice, without a caller: nothing is heard, and nothing but speech can come of it. */
function sessionOf(
  { model, voice, speed, format, instructions }: RenderRequest,
): RealtimeSessionCreateRequest {
  const overrides = {
    model,
    voice,
    transcriptionModel: "off",
    maxOutputTokens: MAX_TOKENS,
    ...(speed === undefined ? {} : { speed }),
  };
  const text = { text: instructions, source: "persona" } as const;
  const { event: { session } } = sessionUpdate({ instructions }, { overrides, audioFormat: format }, text);
  return {
    ...session,
    audio: { ...session.audio, input: { ...session.audio?.input, turn_detection: null } },
  };
}
