import type { RealtimeSessionCreateRequest } from "openai/resources/realtime/realtime";
import { DtmfDetector } from "../audio/dtmf.ts";
import { renderSpoken } from "../persona/template.ts";
import type { ApiError, ServerEvent } from "../realtime/events.ts";
import type { LooseEnds } from "./aftermath.ts";
import type { ConversationOptions } from "./conversation-options.ts";
import type { EndReason } from "./events.ts";
import type { Floor } from "./floor.ts";
import { textItem } from "./history.ts";
import { Manners } from "./manners.ts";
import { createModelEvents, responseEvent } from "./model-events.ts";
import { greetingWords, withDetection } from "./opening.ts";
import { Outcomes } from "./outcomes.ts";
import { Playback } from "./playback.ts";
import { Responses } from "./responses.ts";
import { createSpeaker } from "./say.ts";
import { Tooling } from "./tooling.ts";
import { Transcripts } from "./transcripts.ts";
import { createTurnTaking, type TurnTaking } from "./turn-taking.ts";
import { whenHeard, WORDS_LIMIT_MS } from "./when-heard.ts";

/** One persona's conversation with the model: its events become audio, transcripts, turns and deeds. */
export class Conversation {
  readonly #options: ConversationOptions;
  readonly #playback: Playback;
  readonly #responses: Responses;
  readonly #floor: Floor;
  readonly #turnTaking: TurnTaking;
  readonly #manners: Manners;
  readonly #outcomes: Outcomes;
  readonly #tooling: Tooling;
  readonly #transcripts: Transcripts;
  readonly #hear: (event: ServerEvent) => void;
  readonly #speaker: ReturnType<typeof createSpeaker>;
  readonly #keyTones = new DtmfDetector();
  #leaving = false;
  #written = 0;
  /** Of an entry that the loss of a session cut off. */
  #unfinishedKeys = "";
  /** As it was at the end. */
  #owesAnswer: boolean | undefined;
  #stopGreeting = () => {};
  #stopListening: (() => void) | undefined;
  /** Of a session that was lost, and that still has something under way; and who has taken over from this one. */
  #earlier: Conversation | undefined;
  #later: Conversation | undefined;

  constructor(options: ConversationOptions) {
    this.#options = options;
    const { clock, config, line, log, persona, send, session, tell } = options;
    const input = session.audio?.input;
    const transcribed = Boolean(input?.transcription);
    this.#transcripts = new Transcripts({ clock, line, log, tell, transcribed });
    const playback = this.#playback = new Playback(clock, config.lineLatencyMs, line.presence);
    const responses = this.#responses = new Responses(clock, send, log);
    const turnTaking = this.#turnTaking = createTurnTaking({
      ...options,
      playback,
      responses,
      transcripts: this.#transcripts,
      onCaller: () => this.#callerSpoke(),
      onInterrupted: (sinceSpeechMs) => this.#earlier?.cutShort(sinceSpeechMs),
    });
    this.#floor = turnTaking.floor;
    this.#outcomes = new Outcomes({ clock, responses, log, onFatal: options.onFatal });
    const { say, direct } = this.#speaker = createSpeaker(options, responses);
    this.#tooling = new Tooling({
      ...options,
      persona: persona.name,
      servers: persona.mcp ?? [],
      playback,
      latencyMs: config.lineLatencyMs,
      responses,
      say,
      callerSpeaking: () => this.#floor.callerSpeaking,
      holdSound: persona.holdSound ?? false,
      play: (frame) => {
        playback.sent("", 0, frame.length / 8);
        line.audio(frame);
      },
      onLeaving: () => this.#leave(),
    });
    this.#hear = createModelEvents({
      ...options,
      transcripts: this.#transcripts,
      responses,
      turnTaking,
      tooling: this.#tooling,
      outcomes: this.#outcomes,
    });
    this.#manners = new Manners({
      ...options,
      playback,
      responses,
      floor: this.#floor,
      say,
      waiting: () => this.#tooling.running,
      hasTools: options.tools.size > 0,
      promptCharacters: JSON.stringify([session.instructions, session.tools]).length,
      direct,
      render: (words) => renderSpoken(words, options.facts),
      capAnswers: (tokens) => {
        const own = session.max_output_tokens ?? "inf";
        const max_output_tokens = own === "inf" ? tokens : Math.min(own, tokens);
        send({ type: "session.update", session: { type: "realtime", max_output_tokens } });
      },
      note(role, text) {
        tell({ type: "noted", role, text });
        send({ type: "conversation.item.create", item: textItem(role, text) });
      },
      leave: (reason) => void this.#tooling.control.leave(reason),
    });
  }

  /** What to configure the session with at first: a protected greeting has turn-taking of its own. */
  get openingSession(): RealtimeSessionCreateRequest {
    return withDetection(this.#options.session, this.#floor.detection);
  }

  /**
   * The call begins: the agent speaks first, unless the persona lets the caller begin.
   * @param owed whether the caller waits for an answer already
   */
  begin(owed = false): void {
    this.#manners.start();
    const words = greetingWords(this.#options.persona);
    if (words === undefined) this.#responses.request({ purpose: "greeting" });
    else if (words !== false) this.#speaker.say("greeting", words);
    else if (owed) this.#responses.request({ purpose: "resume", unlessAnswered: true });
    if (this.#floor.isProtected) this.#stopGreeting = this.#whenHeard(() => this.#floor.open());
  }

  /** The call goes on where another conversation left it. @param speak whether the agent is to say something */
  resume(speak: boolean): void {
    this.#floor.open();
    this.#manners.start();
    for (const key of this.#unfinishedKeys) this.#manners.digit(key);
    if (speak) this.#responses.request({ purpose: "resume", unlessAnswered: true });
  }

  /** Whether the caller waits for words that were asked for and have not come. */
  get owesAnswer(): boolean {
    return this.#owesAnswer ??
      (this.#responses.busy || this.#floor.owesAnswer || this.#tooling.running || this.#outcomes.pending);
  }

  /** Whether the call ends once the last words have been heard. */
  get isLeaving(): boolean {
    if (this.#leaving || this.#manners.isLeaving || this.#tooling.control.ending) return true;
    return this.#earlier?.isLeaving === true;
  }

  /** The ledger of what it has sent to the line. */
  get playback(): Playback {
    return this.#playback;
  }

  /** Whether words are owed that nothing leads to by itself, as a tool that runs does. */
  get owesWords(): boolean {
    return this.owesAnswer && !this.#tooling.running && !this.isLeaving;
  }

  /** Whether nobody speaks and nothing is under way. */
  get isQuiet(): boolean {
    return !this.owesAnswer && this.#manners.isQuiet;
  }

  /**
   * Takes over from another conversation.
   * @param sameSession whether it goes on in that one's session; else that session is gone, or about to be
   */
  follow(earlier: Conversation, sameSession = false): void {
    this.#playback.follow(earlier.#playback);
    this.#unfinishedKeys = earlier.#manners.unfinishedKeys;
    if (!sameSession) this.#tooling.follow(earlier.#tooling);
    earlier.#later = this;
    if (earlier.#leaving) this.#leaving = true;
    const unheard = !sameSession && earlier.#playback.unheardWordsMs() > 0;
    const underWay = earlier.isLeaving || earlier.#tooling.underWay || earlier.#stopListening;
    if (unheard || underWay) this.#earlier = earlier;
  }

  /** The caller interrupts what its session, which is gone, had said: that is not part of what was said. */
  cutShort(sinceSpeechMs?: number): void {
    for (const cut of this.#playback.interrupt()) this.#transcripts.cut(cut, sinceSpeechMs);
    this.#earlier?.cutShort(sinceSpeechMs);
  }

  /** Resolves when all that was said and asked for has been heard, or the conversation ends. */
  heard(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const done = () => {
      stop();
      this.#stopListening = undefined;
      resolve();
    };
    const stop = this.#whenHeard(() => queueMicrotask(done));
    this.#stopListening = done;
    return promise;
  }

  /** The agent says goodbye, in its own words, and the call ends when that has been heard. */
  goodbye(direction: string, reason: EndReason): void {
    this.#speaker.direct("goodbye", direction);
    this.#manners.leave(reason);
  }

  /** The session was given what the caller said before: what it tells of that comes first. */
  catchUp(): void {
    this.#floor.listenFirst();
    this.#turnTaking.guard?.trust();
  }

  /** There is a line again, which was sent these frames first. */
  lineBack(frames: readonly Int16Array[]): void {
    this.#turnTaking.lineBack(frames);
  }

  /** Caller audio on its way to the model, 8 kHz; tones of keys become silence in place. */
  hear(samples: Int16Array): void {
    if (this.#keyTones.push(samples)) samples.fill(0);
    this.#turnTaking.guard?.callerAudio(samples);
  }

  /** The caller writes: it takes the floor as speech does. */
  callerWrote(text: string): void {
    this.#callerSpoke();
    if (!this.#floor.isProtected) this.#floor.interrupt();
    this.#transcripts.user(`text_${++this.#written}`, text);
    this.#options.send({ type: "conversation.item.create", item: textItem("user", text) });
    this.#responses.request({ purpose: "text" });
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
    if (!this.#leaving) return this.#hear(event);
    const { send, tell, model } = this.#options;
    // Nobody would hear it; what was said of it is paid all the same.
    if (event.type === "response.created") send({ type: "response.cancel", response_id: event.responseId });
    else if (event.type === "response.done") tell(responseEvent(event.response, model));
  }

  /** The call ends here, and what the agent has still to be heard saying is cut off. Returns what is left undone. */
  breakOff(): LooseEnds {
    const cuts = this.#playback.interrupt();
    for (const cut of cuts) this.#transcripts.unheard(cut);
    this.#earlier?.breakOff();
    const { callerSpeaking } = this.#floor;
    const wordsDue = callerSpeaking || this.#transcripts.isWaiting;
    return { cuts, responseId: this.#responses.active, callerSpeaking, wordsDue };
  }

  /** The call is over, or another conversation has it: transcripts that still wait are told, every timer stops. */
  end(): void {
    this.lose();
    this.#stopListening?.();
    this.#tooling.stop();
    this.#manners.stop();
    this.#earlier?.end();
    this.#earlier = undefined;
  }

  /** The session is lost, the call goes on: tools run on, and what the phone still plays is heard to its end. */
  lose(): void {
    if (this.#owesAnswer !== undefined) return;
    this.#owesAnswer = this.owesAnswer;
    this.#stopGreeting();
    this.#tooling.lose();
    this.#manners.lose();
    this.#outcomes.clear();
    this.#turnTaking.stop();
    this.#responses.clear();
    this.#transcripts.end();
  }

  #callerSpoke(): void {
    this.#manners.callerSpoke();
    this.#tooling.callerSpoke();
    if (this.#earlier) this.#earlier.#callerSpoke();
  }

  #leave(): void {
    this.#leaving = true;
    if (this.#later) this.#later.#leave();
  }

  #whenHeard(fn: () => void): () => void {
    const [playback, busy] = [this.#playback, () => this.#responses.busy];
    return whenHeard({ clock: this.#options.clock, playback, busy, limitMs: WORDS_LIMIT_MS }, fn);
  }
}
