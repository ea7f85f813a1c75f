import type { z } from "zod";
import type { KnownVoice, ReasoningEffort } from "../config/models.ts";
import type {
  Dtmf,
  Fallback,
  Greeting,
  Idle,
  Instructions,
  Interrupt,
  Limits,
  McpServer,
  Outage,
  PersonaTool,
  PlainVariables,
  SemanticVad,
  ServerVad,
  Style,
  Summarize,
  SummarySchema,
  Transcription,
  Truncation,
  VariablesSchema,
} from "./fields.ts";

export type { Eagerness, KnownVoice, ReasoningEffort } from "../config/models.ts";
export type * from "./fields.ts";
export { asData } from "./data.ts";
export { phone } from "./presets.ts";
export * from "./rehearsal.ts";
export { defineTool } from "../tools/define.ts";
export type { SandboxedTool, ToolCall, ToolDefinition } from "../tools/define.ts";
export { hangup, type HangupTool } from "../tools/hangup.ts";
export { type Destination, transfer, type TransferTool } from "../tools/transfer.ts";

/**
 * Who answers a call: one file in `personas/`, whose name is the persona's name. Everything but `style` or
 * `instructions` has a default; a variable of the environment (`OPENAI_VOICE`, ...) wins over the field of its meaning.
 */
export interface Persona<Schema extends VariablesSchema = VariablesSchema> {
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
  /**
   * What to do and know: a text, or a function that makes one for each call (it has 3 seconds). `{{name}}` is filled in:
   * a query parameter of the line's URL, or one of date, time, weekday, timeZone, persona and uuid.
   */
  instructions?: Instructions<z.output<Schema>>;
  /**
   * Query parameters of the line's URL that calls may bring: a zod schema of an object whose fields all have a default
   * or are optional. @default any parameter, as a text
   */
  variables?: Schema;
  /** Time zone of `{{date}}` and `{{time}}`, such as `Europe/Rome`. @default the machine's */
  timeZone?: string;
  /**
   * What is said first: a text word for word, `false` to let the caller speak first.
   * @default the model greets in its own words
   */
  greeting?: string | Greeting | false;
  /** How the end of the caller's turn is found; `phone` has presets. @default server_vad */
  turn?: ServerVad | SemanticVad;
  /** Guard against false interruptions; `{}` takes its defaults. @default none, the API interrupts by itself */
  interrupt?: Interrupt;
  /** What happens when nobody speaks. Works with both kinds of `turn`. @default nothing */
  idle?: Idle;
  /** How long a call may last, and what it may cost. @default as the caller likes */
  limits?: Limits;
  /** What the caller hears when the model is away. @default a soft sound, and no apology */
  outage?: Outage;
  /** Where the call goes when the model does not come back. @default it ends */
  fallback?: Fallback;
  /** What the telephone's keys do. @default collected until # or a pause of 2 s, then told to the model */
  dtmf?: Dtmf | "ignore";
  /**
   * What the agent can do: own tools by `defineTool({...})`, `transfer({...})`, `hangup()`.
   * @default every tool in the tools' folder, `avr_transfer` and `avr_hangup`
   */
  tools?: readonly PersonaTool[];
  /** Whether a soft sound covers a tool that takes more than 4 seconds. @default false */
  holdSound?: boolean;
  /** Personas that the call can be handed to, each with when to: `{ sales: "The caller wants to buy." }`. @default none */
  handoffs?: Readonly<Record<string, string>>;
  /** Whether this persona's voice goes on speaking after a handoff, or the other's takes over. @default "keep" */
  handoffVoice?: "keep" | "switch";
  /** Servers of the Model Context Protocol whose tools the model may use. @default none */
  mcp?: readonly McpServer[];
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
  /**
   * What becomes of the oldest turns of a long call: left out from a limit on, as late as the model allows (`auto`), or
   * never (`disabled`: then answers fail). @default left out, at 24,000 tokens, down to 80 %
   */
  truncation?: Truncation | "auto" | "disabled";
  /** Whether the older turns of a long call become a summary, `true` with its defaults. @default false */
  summarize?: Summarize | boolean;
  /**
   * What the model is asked when the call is over: a zod schema of an object, for the call's record beside a summary in a
   * few sentences. Asked only where records are kept. @default nothing
   */
  summary?: SummarySchema;
}

/** A persona as it is written: with a style, with instructions, or with both. */
export type PersonaDefinition<Schema extends VariablesSchema = VariablesSchema> =
  & Persona<Schema>
  & ({ style: Style } | { instructions: Instructions<z.output<Schema>> });

/** `Given`, with `never` for each key at any depth that `Shape` doesn't have: generics alone let a misspelt key pass. */
export type Known<Given, Shape> = Given extends
  | ((...args: never[]) => unknown)
  | PersonaTool
  | VariablesSchema ? Given
  : Given extends readonly unknown[] ? { [Index in keyof Given]: Known<Given[Index], EntriesOf<Shape>> }
  : Given extends object
    ? { [Key in keyof Given]: Key extends KeysOf<Shape> ? Known<Given[Key], ObjectsAt<Shape, Key>> : never }
  : Given;
/** The keys of any member of a union. */
export type KeysOf<Shape> = Shape extends unknown ? keyof Shape : never;
/** The entries of any member of a union that is a list. */
export type EntriesOf<Shape> = Shape extends readonly (infer Entry)[] ? Entry : never;
/** The objects that any member of a union may have at a key. */
export type ObjectsAt<Shape, Key> = Shape extends unknown
  ? Key extends keyof Shape ? Extract<Shape[Key], object> : never
  : never;

/**
 * Declares a persona; returns it as it is, with its literal types. The compiler checks every field, and what
 * `instructions` reads of the call's variables against `variables`.
 */
export function definePersona<
  const P extends PersonaDefinition<Schema>,
  Schema extends VariablesSchema = z.ZodType<PlainVariables>,
>(persona: P & Known<P, PersonaDefinition> & { variables?: Schema }): P {
  return persona;
}
