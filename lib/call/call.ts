import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import { messageOf } from "../errors.ts";
import type { Line } from "../line/line.ts";
import type { Log } from "../log.ts";
import { type ResolvedInstructions, resolveInstructions } from "../persona/instructions.ts";
import type { LoadedPersona } from "../persona/load.ts";
import { type Connection, dialModel, type Endpoint, type ModelEnd } from "../realtime/connection.ts";
import type { ApiError, FinishedResponse, ServerEvent } from "../realtime/events.ts";
import { errorKind } from "../realtime/failures.ts";
import { modelFor, sessionUpdate } from "../realtime/session.ts";
import { Downlink } from "./downlink.ts";
import type { CallEvent, EndReason } from "./events.ts";
import { greetingRequest } from "./greeting.ts";
import { Playback } from "./playback.ts";
import { Responses } from "./responses.ts";
import { AgentTranscript } from "./transcript.ts";
import { TranscriptOrder, type Utterance } from "./transcript-order.ts";
import { Turns } from "./turns.ts";
import { Uplink } from "./uplink.ts";

/** What a call needs from its surroundings. */
export interface CallOptions {
  readonly uuid: string;
  readonly line: Line;
  readonly persona: LoadedPersona;
  readonly config: Config;
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of what happens, as it happens. */
  readonly watch?: (event: CallEvent) => void;
}

/** The event id of our `session.update`: an error that names it means that the session is not configured. */
const SESSION_UPDATE_ID = "session_update";
/** From dialling to a configured session. */
const CONFIGURED_LIMIT_MS = 15_000;

/** One conversation: a line, a model, a persona. Ends once, and leaves nothing behind. */
export class Call {
  readonly uuid: string;
  readonly persona: string;
  readonly #options: CallOptions;
  readonly #log: Log;
  readonly #startedMs: number;
  readonly #connection: Connection;
  readonly #uplink: Uplink;
  readonly #downlink: Downlink;
  readonly #playback: Playback;
  readonly #responses: Responses;
  readonly #turns: Turns;
  readonly #transcript = new AgentTranscript();
  readonly #transcripts: TranscriptOrder;
  readonly #abort = new AbortController();
  #instructions: ResolvedInstructions | undefined;
  #opened = false;
  #configured = false;
  /** Whether the caller's words will come as text. */
  #transcribed = false;
  #spoken = false;
  #over = false;
  #stopWaiting: () => void;

  /** Dials the model and resolves the instructions at once, side by side. */
  constructor(options: CallOptions) {
    const { uuid, line, persona, config, endpoint, clock } = options;
    this.uuid = uuid;
    this.persona = persona.name;
    this.#options = options;
    this.#log = options.log.with({ uuid, persona: persona.name });
    this.#startedMs = clock.now();
    this.#transcripts = new TranscriptOrder(clock, (utterance) => this.#say(utterance));
    this.#playback = new Playback(clock, config.lineLatencyMs);
    this.#uplink = new Uplink(config.audioFormat);
    this.#downlink = new Downlink(config.audioFormat, this.#playback, (frame) => line.audio(frame));
    this.#connection = dialModel(endpoint, modelFor(persona, config), {
      clock,
      log: this.#log,
      events: {
        opened: () => this.#configureWhenReady(this.#opened = true),
        event: (event) => this.#onModel(event),
        ended: (end) => this.#onModelEnded(end),
      },
    });
    this.#responses = new Responses(clock, this.#connection.send, this.#log);
    this.#turns = new Turns({
      playback: this.#playback,
      responses: this.#responses,
      send: this.#connection.send,
      interruption: () => line.interruption(),
      discard: () => this.#downlink.reset(),
      onCut: ({ itemId, heardMs, generatedMs }) => {
        const heardText = this.#transcript.heard(itemId, heardMs, generatedMs);
        this.#log.info("Answer interrupted", { itemId, heardMs, generatedMs: Math.floor(generatedMs) });
        this.#tell({ type: "interrupted", itemId, heardMs, generatedMs, heardText });
      },
    });
    this.#stopWaiting = clock.after(
      CONFIGURED_LIMIT_MS,
      () => this.#fail("The model's session was not ready in time"),
    );
    this.#tell({ type: "started", uuid, persona: persona.name });
    this.#log.info("Call started");
    resolveInstructions(persona, config, { uuid, log: this.#log, clock, signal: this.#abort.signal })
      .then((instructions) => this.#configureWhenReady(this.#instructions = instructions))
      .catch((error) => this.#fail(`Could not start the call: ${messageOf(error)}`, "internal_error"));
  }

  /** Caller audio, 8 kHz. */
  callerAudio(samples: Int16Array): void {
    if (!this.#over) this.#uplink.push(samples);
  }

  /** A key of the caller's telephone. */
  callerDigit(digit: string): void {
    if (!this.#over) this.#tell({ type: "digit", digit });
  }

  /** Ends the call: the model's session, the line, every timer. */
  end(reason: EndReason): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopWaiting();
    this.#abort.abort();
    this.#responses.clear();
    this.#transcripts.end();
    this.#connection.close();
    this.#options.line.close();
    const lostMs = this.#uplink.droppedMs;
    this.#log.info("Call ended", { reason, ...(lostMs > 0 ? { callerAudioLostMs: lostMs } : {}) });
    this.#tell({ type: "ended", reason });
  }

  /** Only what is fatal reaches the line as an error. */
  #fail(message: string, reason: EndReason = "model_failed"): void {
    if (this.#over) return;
    this.#log.error(message);
    this.#transcripts.end();
    this.#options.line.error(message);
    this.end(reason);
  }

  #configureWhenReady(_: unknown): void {
    if (this.#over || !this.#opened || !this.#instructions) return;
    const { persona, config } = this.#options;
    const { event } = sessionUpdate(persona, config, this.#instructions);
    this.#transcribed = Boolean(event.session.audio?.input?.transcription);
    this.#connection.send({ ...event, event_id: SESSION_UPDATE_ID });
  }

  /** The session is as we want it: held caller audio flows, the agent speaks first. Later updates change nothing. */
  #onConfigured(): void {
    if (this.#configured) return;
    this.#configured = true;
    this.#stopWaiting();
    this.#uplink.open(this.#connection.append);
    const instructions = this.#instructions!;
    this.#tell({
      type: "configured",
      instructionsSource: instructions.source,
      sinceStartMs: this.#sinceStartMs(),
    });
    const greeting = greetingRequest(this.#options.persona, instructions.text);
    if (greeting) this.#responses.request(greeting);
  }

  #onModel(event: ServerEvent): void {
    switch (event.type) {
      case "session.updated":
        return this.#onConfigured();
      case "input_audio_buffer.speech_started":
        this.#tell({ type: "caller_speaking" });
        return this.#turns.speechStarted();
      case "input_audio_buffer.speech_stopped":
        this.#tell({ type: "caller_silent" });
        return this.#turns.speechStopped();
      case "input_audio_buffer.committed":
        if (this.#transcribed) this.#transcripts.expect(event.itemId);
        return;
      case "conversation.item.input_audio_transcription.completed":
        return this.#transcripts.user(event.itemId, event.transcript);
      case "conversation.item.input_audio_transcription.failed":
        return this.#transcripts.forget(event.itemId);
      case "response.created":
        return this.#responses.created(event.responseId, event.metadata);
      case "response.output_audio.delta":
        return this.#onAudio(event);
      case "response.output_audio.done":
        if (!this.#responses.isDropped(event.responseId)) this.#downlink.finish();
        return;
      case "response.output_audio_transcript.delta":
        return this.#transcript.delta(event.itemId, event.delta);
      case "response.output_audio_transcript.done":
        this.#transcript.done(event.itemId, event.transcript);
        return this.#transcripts.agent(event.itemId, event.transcript);
      case "response.done":
        return this.#onResponseDone(event.response);
      case "error":
        return this.#onError(event.error);
    }
  }

  #onAudio(event: Extract<ServerEvent, { type: "response.output_audio.delta" }>): void {
    if (this.#responses.isDropped(event.responseId)) return;
    if (!this.#downlink.delta(event.responseId, event.itemId, event.contentIndex, event.delta)) {
      return this.#log.warn("Agent audio dropped: not base64");
    }
    if (this.#spoken) return;
    this.#spoken = true;
    const sinceStartMs = this.#sinceStartMs();
    this.#log.info("First audio", { sinceStartMs });
    this.#tell({ type: "first_audio", sinceStartMs });
  }

  #onResponseDone(response: FinishedResponse): void {
    if (!response.inConversation) return;
    if (!this.#responses.isDropped(response.id)) this.#downlink.finish();
    this.#responses.done(response);
    if (response.status !== "failed") return;
    const { error } = response;
    this.#log.error("Response failed", { code: error?.code, type: error?.type });
    if (error && errorKind(error) === "fatal") this.#fail(`The model refused to answer: ${error.code}`);
  }

  #onError(error: ApiError): void {
    const kind = errorKind(error);
    const fields = { kind, code: error.code, type: error.type, param: error.param };
    if (error.eventId === SESSION_UPDATE_ID && !this.#configured) {
      const param = error.param === undefined ? "" : ` (${error.param})`;
      return this.#fail(`The model refused the session's configuration: ${error.code}${param}`);
    }
    if (this.#responses.refused(error)) return this.#log.debug("Response refused for now", fields);
    // The close that follows a fatal error tells it to the line.
    if (kind === "benign") this.#log.debug("Error of the model's side", fields);
    else this.#log.warn("Error of the model's side", fields);
  }

  #onModelEnded({ code, reason, error }: ModelEnd): void {
    const why = error?.code || reason || "dropped";
    this.#fail(`The model's session ended: ${why} (close code ${code})`);
  }

  #say({ role, itemId, text: words }: Utterance): void {
    const text = words.trim();
    if (text === "") return;
    this.#options.line.transcript(role, text);
    this.#tell({ type: "transcript", role, itemId, text });
  }

  #sinceStartMs(): number {
    return Math.round(this.#options.clock.now() - this.#startedMs);
  }

  #tell(event: CallEvent): void {
    this.#options.watch?.(event);
  }
}
