import type { Eagerness, KnownVoice, ReasoningEffort } from "../config/models.ts";

export type { Eagerness, KnownVoice, ReasoningEffort } from "../config/models.ts";

/**
 * Who answers a call: one file in `personas/`, whose name is the persona's name. Everything but `style` or
 * `instructions` has a default; a variable of the environment (`OPENAI_VOICE`, ...) wins over the field of its meaning.
 */
export interface Persona {
  /** One line for lists of personas; the model does not see it. @default "" */
  description?: string;
  /** Voice of the Realtime API, or the id of a custom one. `marin` and `cedar` are the most natural. @default "alloy" */
  voice?: KnownVoice | `voice_${string}`;
  /** Realtime model. @default "gpt-realtime-2.1" */
  model?: string;
  /** Language spoken, such as `en` or `pt-BR`: pinned for the transcription and told to the model. @default left open */
  language?: string;
  /** How the voice sounds: the vocabulary of AVR's guide, told to the model after the instructions. */
  style?: Style;
  /** What to do and know: a text, or a function that makes one for each call (it has 3 seconds). */
  instructions?: Instructions;
  /**
   * What is said first: a text word for word, `false` to let the caller speak first.
   * @default the model greets in its own words
   */
  greeting?: string | Greeting | false;
  /** How the end of the caller's turn is found. @default server_vad */
  turn?: ServerVad | SemanticVad;
  /**
   * Filter on the caller's audio before the model hears it: `near_field` for handsets and headsets, `far_field` for
   * hands-free speakers. @default "off", as telephones and exchanges filter already
   */
  noiseReduction?: "near_field" | "far_field" | "off";
  /** Playing speed of the voice, 0.25 to 1.5. For livelier speech prefer `style.pacing`. @default 1 */
  speed?: number;
  /** Writing down what the caller says, for transcripts and for a model session that has to be replaced. */
  transcription?: Transcription | "off";
  /** How long the model thinks before it speaks; reasoning models only. @default "low" */
  reasoning?: ReasoningEffort;
  /** Longest answer in tokens, 1 to 4096, tool calls included. @default "inf" */
  maxOutputTokens?: number | "inf";
}

/** Each line is one sentence or several; they are told in this order. */
export interface Style {
  /** How the voice comes across: "Calm, composed, and reassuring." */
  affect?: string;
  /** The attitude towards the caller: "Sincere, empathetic." */
  tone?: string;
  /** Speed, and where it changes. */
  pacing?: string;
  /** What is felt, and when it shows. */
  emotion?: string;
  /** Who speaks: "Relatable and engaging." */
  personality?: string;
  /** How clearly, and which words to stress. */
  pronunciation?: string;
  /** Where to pause, and how long. */
  pauses?: string;
}

/** A text for all calls, or a function that makes one for each. */
export type Instructions = string | ((call: CallFacts) => string | Promise<string>);

/** What is known of a call before it begins. */
export interface CallFacts {
  /** AVR's id of the call. */
  readonly uuid: string;
  /** Name of the persona. */
  readonly persona: string;
}

/** A greeting word for word. */
export interface Greeting {
  /** The exact words. */
  say: string;
  /** Whether noise or an early hello can't cut the greeting off. @default false */
  protect?: boolean;
}

/** The turn ends with a silence. */
export interface ServerVad {
  type: "server_vad";
  /** How loud speech has to be, 0 to 1; higher for noisy lines. @default 0.5 */
  threshold?: number;
  /** Audio kept from before the speech was noticed, in ms. @default 300 */
  prefixPaddingMs?: number;
  /** Silence that ends the turn, in ms. @default 500 */
  silenceMs?: number;
  /** Silence after an answer, in ms, 5000 to 30000, at which the model speaks again. @default none */
  idleTimeoutMs?: number;
  /** Whether the end of a turn makes the model answer. @default true */
  createResponse?: boolean;
  /** Whether the caller's speech ends the model's answer. @default true */
  interruptResponse?: boolean;
}

/** The turn ends when what was said sounds complete. */
export interface SemanticVad {
  type: "semantic_vad";
  /** How soon to answer what sounds unfinished: `low` waits up to 8 s, `high` up to 2 s. @default "auto" */
  eagerness?: Eagerness;
  /** Whether the end of a turn makes the model answer. @default true */
  createResponse?: boolean;
  /** Whether the caller's speech ends the model's answer. @default true */
  interruptResponse?: boolean;
}

/** How the caller's words are written down. */
export interface Transcription {
  /** Model that does it. @default "gpt-transcribe" */
  model?: string;
  /** Names and words to expect. */
  prompt?: string;
}

/** A persona as it is written: with a style, with instructions, or with both. */
export type PersonaDefinition = Persona & ({ style: Style } | { instructions: Instructions });

/** `Given`, with `never` for each key at any depth that `Shape` doesn't have: generics alone let a misspelt key pass. */
export type Known<Given, Shape> = Given extends (...args: never[]) => unknown ? Given
  : Given extends object
    ? { [Key in keyof Given]: Key extends KeysOf<Shape> ? Known<Given[Key], ObjectsAt<Shape, Key>> : never }
  : Given;
/** The keys of any member of a union. */
export type KeysOf<Shape> = Shape extends unknown ? keyof Shape : never;
/** The objects that any member of a union may have at a key. */
export type ObjectsAt<Shape, Key> = Shape extends unknown
  ? Key extends keyof Shape ? Extract<Shape[Key], object> : never
  : never;

/** Declares a persona; returns it as it is, with its literal types. The compiler checks every field. */
export function definePersona<const P extends PersonaDefinition>(
  persona: P & Known<P, PersonaDefinition>,
): P {
  return persona;
}
