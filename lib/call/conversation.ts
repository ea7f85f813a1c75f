import type { RealtimeClientEvent, RealtimeSessionCreateRequest } from "openai/resources/realtime/realtime";
import { DtmfDetector } from "../audio/dtmf.ts";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { Line } from "../line/line.ts";
import type { Log } from "../log.ts";
import type { ResolvedInstructions } from "../persona/instructions.ts";
import type { LoadedPersona } from "../persona/load.ts";
import { renderSpoken, type TemplateContext } from "../persona/template.ts";
import type { ApiError, FinishedResponse, ServerEvent } from "../realtime/events.ts";
import { Downlink } from "./downlink.ts";
import type { CallEvent, EndReason } from "./events.ts";
import { Floor } from "./floor.ts";
import { DEFAULT_GUARD, InterruptionGuard } from "./guard.ts";
import { Manners } from "./manners.ts";
import { Outcomes } from "./outcomes.ts";
import { Playback } from "./playback.ts";
import { Responses } from "./responses.ts";
import { sayExactly } from "./say.ts";
import { AgentTranscript } from "./transcript.ts";
import { TranscriptOrder } from "./transcript-order.ts";
import { Turns } from "./turns.ts";
import { whenHeard } from "./when-heard.ts";

export interface ConversationOptions {
  readonly line: Line;
  readonly persona: LoadedPersona;
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  /** As the persona wants it to be. */
  readonly session: RealtimeSessionCreateRequest;
  readonly instructions: ResolvedInstructions;
  /** What the sentences of the persona are filled in from. */
  readonly facts: TemplateContext;
  readonly send: (event: RealtimeClientEvent) => void;
  readonly tell: (event: CallEvent) => void;
  /** The first agent audio of the call left. */
  readonly onAudio: () => void;
  readonly onFatal: (error: ApiError) => void;
  readonly end: (reason: EndReason) => void;
}

/** A protected greeting that does not come does not keep the caller from being heard. */
const GREETING_LIMIT_MS = 8_000;

/** One conversation with the model: its events become audio, transcripts and turns. */
export class Conversation {
  readonly #options: ConversationOptions;
  readonly #playback: Playback;
  readonly #downlink: Downlink;
  readonly #responses: Responses;
  readonly #floor: Floor;
  readonly #guard: InterruptionGuard | undefined;
  readonly #manners: Manners;
  readonly #outcomes: Outcomes;
  readonly #keyTones = new DtmfDetector();
  readonly #words = new AgentTranscript();
  readonly #transcripts: TranscriptOrder;
  readonly #transcribed: boolean;
  #spoken = false;
  /** The response that brought audio last. */
  #audible = "";
  /** The item of the caller's that was ignored last. */
  #ignored = "";
  #stopGreeting = () => {};

  constructor(options: ConversationOptions) {
    this.#options = options;
    const { clock, config, line, log, persona, send, session, tell } = options;
    const input = session.audio?.input;
    this.#transcribed = Boolean(input?.transcription);
    this.#transcripts = new TranscriptOrder(clock, (utterance) => {
      const text = utterance.text.trim();
      if (text === "") return;
      line.transcript(utterance.role, text);
      tell({ type: "transcript", ...utterance, text });
    });
    const playback = this.#playback = new Playback(clock, config.lineLatencyMs);
    const responses = this.#responses = new Responses(clock, send, log);
    // Where nothing interrupts by the persona's own word, there is nothing to guard.
    const interruptible = input?.turn_detection && input.turn_detection.interrupt_response !== false;
    this.#guard = persona.interrupt && interruptible ? this.#makeGuard(persona.interrupt) : undefined;
    this.#downlink = new Downlink(config.audioFormat, playback, (frame, playsAtMs) => {
      line.audio(frame);
      this.#guard?.agentFrame(frame, playsAtMs);
    });
    const turns = new Turns({
      playback,
      responses,
      send,
      interruption: () => {
        line.interruption();
        this.#guard?.agentSilent();
      },
      discard: () => this.#downlink.reset(),
      onCut: ({ itemId, heardMs, generatedMs }) => {
        log.info("Answer interrupted", { itemId, heardMs, generatedMs: Math.floor(generatedMs) });
        const heardText = this.#words.heard(itemId, heardMs, generatedMs);
        tell({ type: "interrupted", itemId, heardMs, generatedMs, heardText });
      },
    });
    this.#floor = new Floor({
      clock,
      turns,
      responses,
      detection: input?.turn_detection ?? null,
      guard: this.#guard,
      send,
      onCaller: () => this.#manners.callerSpoke(),
      onIgnored: (itemId) => {
        this.#ignored = itemId;
        log.info("Caller's sound ignored", { itemId });
        this.#transcripts.forget(itemId);
        tell({ type: "ignored", itemId });
      },
    });
    if (protects(persona)) this.#floor.protect();
    this.#outcomes = new Outcomes({ clock, responses, log, onFatal: options.onFatal });
    this.#manners = new Manners({
      ...options,
      playback,
      responses,
      floor: this.#floor,
      say: (purpose, words) => this.#say(purpose, words),
      direct: (purpose, direction) => this.#direct(purpose, direction),
      note: (role, text) => {
        const content = [{ type: "input_text" as const, text }];
        send({ type: "conversation.item.create", item: { type: "message", role, content } });
      },
    });
  }

  /** What to configure the session with at first: a protected greeting has turn-taking of its own. */
  get openingSession(): RealtimeSessionCreateRequest {
    const { session } = this.#options;
    const turn_detection = this.#floor.detection;
    return { ...session, audio: { ...session.audio, input: { ...session.audio?.input, turn_detection } } };
  }

  /** The session is configured: the agent speaks first, unless the persona lets the caller begin. */
  begin(): void {
    const { greeting } = this.#options.persona;
    if (greeting === undefined) this.#responses.request({ purpose: "greeting" });
    else if (greeting !== false) {
      this.#say("greeting", typeof greeting === "string" ? greeting : greeting.say);
    }
    if (this.#floor.isProtected) {
      const busy = () => this.#responses.busy;
      const { clock } = this.#options;
      const waiting = { clock, playback: this.#playback, busy, limitMs: GREETING_LIMIT_MS };
      this.#stopGreeting = whenHeard(waiting, () => this.#floor.open());
    }
    this.#manners.start();
  }

  /** Caller audio on its way to the model, 8 kHz; tones of keys become silence in place. */
  hear(samples: Int16Array): void {
    if (this.#keyTones.push(samples)) samples.fill(0);
    this.#guard?.callerAudio(samples);
  }

  /** A key of the caller's telephone. */
  digit(digit: string): void {
    this.#manners.digit(digit);
  }

  /** Takes an error that answers a request of ours; returns false for any other. */
  refused(error: ApiError): boolean {
    return this.#responses.refused(error);
  }

  onModel(event: ServerEvent): void {
    switch (event.type) {
      case "input_audio_buffer.speech_started":
        this.#options.tell({ type: "caller_speaking" });
        return this.#floor.speechStarted();
      case "input_audio_buffer.speech_stopped":
        this.#options.tell({ type: "caller_silent" });
        return this.#floor.speechStopped(event.itemId);
      case "input_audio_buffer.committed":
        if (this.#transcribed) this.#transcripts.expect(event.itemId);
        return this.#floor.committed(event.itemId);
      case "conversation.item.input_audio_transcription.completed":
        if (event.itemId === this.#ignored) return;
        return this.#transcripts.user(event.itemId, event.transcript);
      case "conversation.item.input_audio_transcription.failed":
        return this.#transcripts.forget(event.itemId);
      case "response.created":
        this.#responses.created(event.responseId, event.metadata);
        return this.#floor.answered();
      case "response.output_audio.delta":
        return this.#onAudio(event);
      case "response.output_audio.done":
        if (!this.#responses.isDropped(event.responseId)) this.#downlink.finish();
        return;
      case "response.output_audio_transcript.delta":
        return this.#words.delta(event.itemId, event.delta);
      case "response.output_audio_transcript.done":
        this.#words.done(event.itemId, event.transcript);
        return this.#transcripts.agent(event.itemId, event.transcript);
      case "response.done":
        return this.#onResponseDone(event.response);
    }
  }

  /** The call is over: transcripts that still wait are told, every timer stops. */
  end(): void {
    this.#stopGreeting();
    this.#manners.stop();
    this.#outcomes.clear();
    this.#floor.clear();
    this.#responses.clear();
    this.#transcripts.end();
  }

  #onAudio({ responseId, itemId, contentIndex, delta }: AudioDelta): void {
    const { log, onAudio } = this.#options;
    if (this.#responses.isDropped(responseId)) return;
    if (!this.#downlink.delta(responseId, itemId, contentIndex, delta)) {
      return log.warn("Agent audio dropped: not base64");
    }
    this.#audible = responseId;
    if (this.#spoken) return;
    this.#spoken = true;
    onAudio();
  }

  #onResponseDone(response: FinishedResponse): void {
    if (!response.inConversation) return;
    const dropped = this.#responses.isDropped(response.id);
    if (!dropped) this.#downlink.finish();
    const request = this.#responses.done(response);
    if (!dropped) this.#outcomes.done(response, request, this.#audible === response.id);
  }

  #makeGuard({ minSpeechMs, ignoreFirstMs, echoGuard }: NonNullable<LoadedPersona["interrupt"]>) {
    return new InterruptionGuard({
      clock: this.#options.clock,
      minSpeechMs: minSpeechMs ?? DEFAULT_GUARD.minSpeechMs,
      ignoreFirstMs: ignoreFirstMs ?? DEFAULT_GUARD.ignoreFirstMs,
      echo: echoGuard ?? DEFAULT_GUARD.echo,
      agentAudible: () => this.#playback.unheardMs() > 0,
      onInterrupt: () => this.#floor.interrupt(),
    });
  }

  #say(purpose: string, words: string): void {
    const { instructions, facts } = this.#options;
    this.#responses.request(sayExactly(purpose, renderSpoken(words, facts), instructions.text));
  }

  #direct(purpose: string, direction: string): void {
    const { text } = this.#options.instructions;
    this.#responses.request({ purpose, params: { instructions: `${text}\n\n${direction}` } });
  }
}

type AudioDelta = Extract<ServerEvent, { type: "response.output_audio.delta" }>;

/** Whether the greeting must be heard to its end. */
function protects({ greeting }: LoadedPersona): boolean {
  return typeof greeting === "object" && greeting.protect === true;
}
