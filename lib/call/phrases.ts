import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import { DEFAULT_VOICE, languageName } from "../config/models.ts";
import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { LoadedPersona } from "../persona/load.ts";
import { PHRASE_KINDS, type PhraseKind } from "../persona/sounds.ts";
import { renderStyle } from "../persona/style.ts";
import { renderInstructions, templateContext } from "../persona/template.ts";
import type { Endpoint } from "../realtime/connection.ts";
import type { Usage } from "../realtime/events.ts";
import { type RenderRequest, renderWords } from "../realtime/render.ts";
import { modelFor } from "../realtime/session.ts";

/** What the rendering of a phrase used, which serves all calls of a persona and is no call's. */
export interface PhraseBill {
  readonly persona: string;
  readonly model: string;
  readonly status: string;
  readonly usage: Usage;
}

export interface PhrasesOptions {
  readonly config: Pick<Config, "overrides" | "instructions" | "audioFormat">;
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  readonly log: Log;
  readonly onBilled?: (bill: PhraseBill) => void;
}

/** What is to be said, and by whom: with another text or voice, it is another phrase. */
type Wanted = Pick<RenderRequest, "words" | "voice" | "model" | "speed">;

/** What became of it. */
interface Entry {
  readonly wanted: string;
  readonly samples?: Int16Array;
  /** It could not be rendered; by the clock. */
  readonly failedMs?: number;
}

interface Job {
  readonly persona: LoadedPersona;
  readonly kind: PhraseKind;
  readonly wanted: Wanted;
}

/** A call's first words come before what may never be needed. */
const DELAY_MS = 5_000;
const RETRY_MS = 10 * 60_000;
const ANNOUNCER = "You are the voice of a telephone service. You record an announcement for later calls.";

/**
 * What callers hear when the model is away, kept for all calls of the process: recordings as they were loaded, words as
 * the model has spoken them once, in the persona's own voice. Holds at most one rendering of each phrase of a persona.
 */
export class Phrases {
  readonly #options: PhrasesOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #queue: Job[] = [];
  readonly #abort = new AbortController();
  /** A rendering is under way or will begin. */
  #busy = false;
  #stopWaiting = () => {};

  constructor(options: PhrasesOptions) {
    this.#options = options;
  }

  /** Samples at 8 kHz, not to be written to; undefined where there is none, or none yet. */
  get(persona: LoadedPersona, kind: PhraseKind): Int16Array | undefined {
    const sound = persona.sounds?.get(kind);
    if (sound) return sound;
    const wanted = this.#wanted(persona, kind);
    return wanted && this.#entry(persona, kind, wanted)?.samples;
  }

  /** Has rendered in the background what this persona's calls may need. To be told when the model is known to answer. */
  prepare(persona: LoadedPersona): void {
    if (this.#abort.signal.aborted) return;
    for (const kind of PHRASE_KINDS) {
      const wanted = this.#wanted(persona, kind);
      if (!wanted || this.#isSettled(persona, kind, wanted)) continue;
      const job = { persona, kind, wanted };
      const queued = this.#queue.findIndex((each) => keyOf(each.persona, each.kind) === keyOf(persona, kind));
      if (queued < 0) this.#queue.push(job);
      else this.#queue[queued] = job;
    }
    if (this.#busy || this.#queue.length === 0) return;
    this.#busy = true;
    this.#stopWaiting = this.#options.clock.after(DELAY_MS, () => void this.#renderAll());
  }

  /** Gives up what is under way; what is there stays. */
  stop(): void {
    this.#queue.length = 0;
    this.#stopWaiting();
    this.#abort.abort();
  }

  #entry(persona: LoadedPersona, kind: PhraseKind, wanted: Wanted): Entry | undefined {
    const entry = this.#entries.get(keyOf(persona, kind));
    return entry?.wanted === JSON.stringify(wanted) ? entry : undefined;
  }

  /** Whether it is kept, or was tried and failed not long ago. */
  #isSettled(persona: LoadedPersona, kind: PhraseKind, wanted: Wanted): boolean {
    const entry = this.#entry(persona, kind, wanted);
    if (!entry) return false;
    return entry.failedMs === undefined || this.#options.clock.now() < entry.failedMs + RETRY_MS;
  }

  /** One after the other: a session each, and calls need theirs. Never rejects. */
  async #renderAll(): Promise<void> {
    for (let job = this.#queue.shift(); job; job = this.#queue.shift()) {
      // The same was asked for again while it was being rendered.
      if (!this.#isSettled(job.persona, job.kind, job.wanted)) await this.#render(job);
    }
    this.#busy = false;
  }

  async #render({ persona, kind, wanted }: Job): Promise<void> {
    const { config, endpoint, clock, log, onBilled } = this.#options;
    const { signal } = this.#abort;
    const keep = (became: Omit<Entry, "wanted">) =>
      this.#entries.set(keyOf(persona, kind), { wanted: JSON.stringify(wanted), ...became });
    const fields = { persona: persona.name, phrase: kind };
    try {
      const request = { ...wanted, instructions: mannerOf(persona, config), format: config.audioFormat };
      const samples = await renderWords(endpoint, request, {
        clock,
        log,
        signal,
        onBilled: ({ status, usage }) =>
          onBilled?.({ persona: persona.name, model: wanted.model, status, usage }),
      });
      keep({ samples });
      log.info("Phrase rendered", { ...fields, ms: Math.round(samples.length / 8) });
    } catch (error) {
      if (signal.aborted) return;
      const told = this.#entry(persona, kind, wanted) !== undefined;
      keep({ failedMs: clock.now() });
      const why = { ...fields, reason: messageOf(error) };
      if (told) log.debug("Phrase could still not be rendered", why);
      else log.warn("Phrase could not be rendered, it is left out for now", why);
    }
  }

  /** Undefined where there are no words to be rendered. */
  #wanted(persona: LoadedPersona, kind: PhraseKind): Wanted | undefined {
    const words = persona.outage?.[kind];
    if (typeof words !== "string") return undefined;
    const { config, config: { overrides } } = this.#options;
    return {
      words,
      voice: overrides.voice ?? persona.voice ?? DEFAULT_VOICE,
      model: modelFor(persona, config),
      speed: overrides.speed ?? persona.speed,
    };
  }
}

/** How to speak: as in the persona's calls, without anything of a call. */
function mannerOf(persona: LoadedPersona, { overrides, instructions }: PhrasesOptions["config"]): string {
  const language = overrides.language ?? persona.language;
  // A text from outside takes the place of the persona's style in its calls.
  const replaced = instructions.text ?? instructions.url ?? instructions.file;
  const style = replaced === undefined ? renderStyle(persona.style) : "";
  return [
    ANNOUNCER,
    renderInstructions(style, templateContext(persona, { uuid: "" })),
    language === undefined ? "" : `The language is ${languageName(language) ?? language}.`,
  ].filter(Boolean).join("\n\n");
}

function keyOf(persona: LoadedPersona, kind: PhraseKind): string {
  return `${persona.name} ${kind}`;
}
