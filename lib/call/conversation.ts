import type { RealtimeSessionCreateRequest } from "openai/resources/realtime/realtime";
import { DtmfDetector } from "../audio/dtmf.ts";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { Line } from "../line/line.ts";
import type { Log } from "../log.ts";
import type { LoadedPersona } from "../persona/load.ts";
import { renderSpoken, type TemplateContext } from "../persona/template.ts";
import type { ApiError, FinishedResponse, ServerEvent } from "../realtime/events.ts";
import type { Ami } from "../tools/ami.ts";
import type { Tool } from "../tools/tool.ts";
import { Downlink } from "./downlink.ts";
import type { CallEvent, EndReason } from "./events.ts";
import { Floor } from "./floor.ts";
import { InterruptionGuard, settingsOf } from "./guard.ts";
import { textItem } from "./history.ts";
import { Manners } from "./manners.ts";
import type { SessionGround } from "./model-session.ts";
import { greetingWords, protectsGreeting, withDetection } from "./opening.ts";
import { Outcomes } from "./outcomes.ts";
import { Playback } from "./playback.ts";
import { Responses } from "./responses.ts";
import { sayExactly } from "./say.ts";
import { Tooling } from "./tooling.ts";
import { Transcripts } from "./transcripts.ts";
import { Turns } from "./turns.ts";
import { whenHeard } from "./when-heard.ts";

export interface ConversationOptions extends SessionGround {
  readonly uuid: string;
  readonly line: Line;
  readonly persona: LoadedPersona;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly tools: ReadonlyMap<string, Tool>;
  readonly ami: Ami;
  /** What the sentences of the persona are filled in from. */
  readonly facts: TemplateContext;
  /** When the call began, by the clock. */
  readonly startedMs: number;
  readonly tell: (event: CallEvent) => void;
  /** Agent audio leaves. */
  readonly onAudio: () => void;
  readonly onFatal: (error: ApiError) => void;
  /** Hands the call over; resolves to words for the model. */
  readonly handoff: (persona: string) => Promise<string | undefined>;
  readonly end: (reason: EndReason) => void;
}

/** Words that do not come, a protected greeting above all, do not keep the caller from being heard. */
const WORDS_LIMIT_MS = 8_000;

/** One persona's conversation with the model: its events become audio, transcripts, turns and deeds. */
export class Conversation {
  readonly #options: ConversationOptions;
  readonly #playback: Playback;
  readonly #downlink: Downlink;
  readonly #responses: Responses;
  readonly #floor: Floor;
  readonly #guard: InterruptionGuard | undefined;
  readonly #manners: Manners;
  readonly #outcomes: Outcomes;
  readonly #tooling: Tooling;
  readonly #transcripts: Transcripts;
  readonly #keyTones = new DtmfDetector();
  /** The response that brought audio last. */
  #audible = "";
  #leaving = false;
  /** As it was at the end. */
  #owesAnswer: boolean | undefined;
  #stopGreeting = () => {};
  #stopListening = () => {};

  constructor(options: ConversationOptions) {
    this.#options = options;
    const { clock, config, line, log, persona, send, session, tell } = options;
    const input = session.audio?.input;
    const transcribed = Boolean(input?.transcription);
    this.#transcripts = new Transcripts({ clock, line, log, tell, transcribed });
    const playback = this.#playback = new Playback(clock, config.lineLatencyMs);
    const responses = this.#responses = new Responses(clock, send, log);
    // Where nothing interrupts by the persona's own word, there is nothing to guard.
    const interruptible = input?.turn_detection && input.turn_detection.interrupt_response !== false;
    this.#guard = persona.interrupt && interruptible
      ? new InterruptionGuard({
        ...settingsOf(persona.interrupt),
        clock,
        agentAudible: () => playback.unheardMs() > 0,
        onInterrupt: () => this.#floor.interrupt(),
      })
      : undefined;
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
      onCut: (cut) => this.#transcripts.cut(cut),
    });
    this.#floor = new Floor({
      clock,
      turns,
      responses,
      detection: input?.turn_detection ?? null,
      guard: this.#guard,
      send,
      onCaller: () => {
        this.#manners.callerSpoke();
        this.#tooling.callerSpoke();
      },
      onIgnored: (itemId) => this.#transcripts.ignore(itemId),
    });
    if (protectsGreeting(persona)) this.#floor.protect();
    this.#outcomes = new Outcomes({ clock, responses, log, onFatal: options.onFatal });
    const say = (purpose: string, words: string) => this.#say(purpose, words);
    this.#tooling = new Tooling({
      ...options,
      persona: persona.name,
      servers: persona.mcp ?? [],
      playback,
      responses,
      say,
      callerSpeaking: () => this.#floor.callerSpeaking,
      holdSound: persona.holdSound ?? false,
      play: (frame) => {
        playback.sent("", 0, frame.length / 8);
        line.audio(frame);
      },
      onLeaving: () => this.#leaving = true,
    });
    this.#manners = new Manners({
      ...options,
      playback,
      responses,
      floor: this.#floor,
      say,
      waiting: () => this.#tooling.running,
      direct: (purpose, direction) => this.#direct(purpose, direction),
      note: (role, text) => send({ type: "conversation.item.create", item: textItem(role, text) }),
      leave: (reason) => void this.#tooling.control.leave(reason),
    });
  }

  /** What to configure the session with at first: a protected greeting has turn-taking of its own. */
  get openingSession(): RealtimeSessionCreateRequest {
    return withDetection(this.#options.session, this.#floor.detection);
  }

  /** The call begins: the agent speaks first, unless the persona lets the caller begin. */
  begin(): void {
    const words = greetingWords(this.#options.persona);
    if (words === undefined) this.#responses.request({ purpose: "greeting" });
    else if (words !== false) this.#say("greeting", words);
    this.#manners.start();
    if (this.#floor.isProtected) this.#stopGreeting = this.#whenHeard(() => this.#floor.open());
  }

  /** The call goes on where another conversation left it. @param speak whether the agent is to say something */
  resume(speak: boolean): void {
    this.#floor.open();
    this.#manners.start();
    if (speak) this.#responses.request({ purpose: "resume", unlessAnswered: true });
  }

  /** Whether the caller waits for words that were asked for and have not come. */
  get owesAnswer(): boolean {
    return this.#owesAnswer ?? (this.#responses.busy || this.#floor.owesAnswer || this.#tooling.running);
  }

  /** Whether nobody speaks and nothing is under way. */
  get isQuiet(): boolean {
    return !this.owesAnswer && this.#manners.isQuiet;
  }

  /** Takes over from a conversation whose session is gone, or about to be. */
  follow(earlier: Conversation): void {
    this.#playback.follow(earlier.#playback);
  }

  /** Resolves when all that was said and asked for has been heard, or the conversation ends. */
  heard(): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.#whenHeard(resolve);
      this.#stopListening = () => {
        stop();
        resolve();
      };
    });
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
    if (this.#leaving) return;
    switch (event.type) {
      case "input_audio_buffer.speech_started":
        this.#options.tell({ type: "caller_speaking" });
        return this.#floor.speechStarted();
      case "input_audio_buffer.speech_stopped":
        this.#options.tell({ type: "caller_silent" });
        return this.#floor.speechStopped(event.itemId);
      case "input_audio_buffer.committed":
        this.#transcripts.expect(event.itemId);
        return this.#floor.committed(event.itemId);
      case "conversation.item.input_audio_transcription.completed":
        return this.#transcripts.user(event.itemId, event.transcript);
      case "conversation.item.input_audio_transcription.failed":
        return this.#transcripts.failed(event.itemId);
      case "response.created":
        this.#responses.created(event.responseId, event.metadata);
        return this.#floor.answered();
      case "response.output_audio.delta":
        return this.#onAudio(event);
      case "response.output_audio.done":
        if (!this.#responses.isDropped(event.responseId)) this.#downlink.finish();
        return;
      case "response.output_audio_transcript.delta":
        return this.#transcripts.agentDelta(event.itemId, event.delta);
      case "response.output_audio_transcript.done":
        return this.#transcripts.agent(event.itemId, event.transcript);
      case "response.done":
        return this.#onResponseDone(event.response);
      default:
        return this.#tooling.onModel(event);
    }
  }

  /** The call is over, or another conversation has it: transcripts that still wait are told, every timer stops. */
  end(): void {
    this.#owesAnswer = this.owesAnswer;
    this.#stopGreeting();
    this.#stopListening();
    this.#tooling.stop();
    this.#manners.stop();
    this.#outcomes.clear();
    this.#floor.clear();
    this.#responses.clear();
    this.#transcripts.end();
  }

  #onAudio({ responseId, itemId, contentIndex, delta }: AudioDelta): void {
    if (this.#responses.isDropped(responseId)) return;
    if (!this.#downlink.delta(responseId, itemId, contentIndex, delta)) {
      return this.#options.log.warn("Agent audio dropped: not base64");
    }
    this.#audible = responseId;
    this.#options.onAudio();
  }

  #onResponseDone(response: FinishedResponse): void {
    if (!response.inConversation) return;
    const dropped = this.#responses.isDropped(response.id);
    if (!dropped) this.#downlink.finish();
    const request = this.#responses.done(response);
    this.#tooling.responseDone(response);
    if (!dropped) this.#outcomes.done(response, request, this.#audible === response.id);
  }

  #whenHeard(fn: () => void): () => void {
    const [playback, busy] = [this.#playback, () => this.#responses.busy];
    return whenHeard({ clock: this.#options.clock, playback, busy, limitMs: WORDS_LIMIT_MS }, fn);
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
