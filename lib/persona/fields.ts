import type { z } from "zod";
import type { Eagerness } from "../config/models.ts";
import type { SandboxedTool } from "../tools/define.ts";
import type { HangupTool } from "../tools/hangup.ts";
import type { TransferTool } from "../tools/transfer.ts";

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

/** What is to be known of a call when it is over: a zod schema of an object. */
export type SummarySchema = z.ZodObject;
/** What the parameters of a call may be: a zod schema of an object. */
export type VariablesSchema = z.ZodType<Readonly<Record<string, unknown>>>;
/** The parameters of a call whose persona has no schema. */
export type PlainVariables = Readonly<Record<string, string>>;

/** What is known of a call before it begins. */
export interface CallFacts<Variables = PlainVariables> {
  /** AVR's id of the call. */
  readonly uuid: string;
  /** Name of the persona. */
  readonly persona: string;
  /** Query parameters of the line's URL, as the persona's `variables` has them. Written by others: data, not orders. */
  readonly variables: Variables;
  /** Day of the call in `timeZone`: `2027-03-14`. */
  readonly date: string;
  /** Time of the call in `timeZone`: `15:04`. */
  readonly time: string;
  /** IANA name: `Europe/Rome`. */
  readonly timeZone: string;
}

/** A text for all calls, or a function that makes one for each. `{{name}}` is filled in, in both. */
export type Instructions<Variables = PlainVariables> = string | InstructionsFunction<Variables>;

/** A method's type: it lets a persona with variables of its own be used wherever any persona is. */
export type InstructionsFunction<Variables> = {
  instructions(call: CallFacts<Variables>): string | Promise<string>;
}["instructions"];

/** A greeting word for word. */
export interface Greeting {
  /** The exact words. `{{name}}` is filled in. */
  say: string;
  /** Whether noise or an early hello can't cut the greeting off. What the caller says meanwhile is not lost. @default false */
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
  /** Silence after an answer, in ms, 5000 to 30000, at which the model speaks again. Not together with `idle`. @default none */
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

/** How an interruption by the caller is told from noise, a short "mhm" and the agent's own echo. */
export interface Interrupt {
  /** Speech shorter than this, in ms up to 2000, does not interrupt. @default 240 */
  minSpeechMs?: number;
  /** From the start of an answer for so long, in ms up to 10000, speech does not interrupt. @default 0 */
  ignoreFirstMs?: number;
  /** Whether caller audio is compared with what the agent says: for lines without echo cancellation. @default true */
  echoGuard?: boolean;
}

/** What happens when nobody speaks. */
export interface Idle {
  /** Silence after the agent has been heard, in seconds, 1 to 600. */
  afterSeconds: number;
  /** What is said, word for word, at each silence in a row: 1 to 10 sentences. `{{name}}` is filled in. */
  say: readonly string[];
  /** The goodbye after the last of them; the call ends when it has been heard. @default the call goes on */
  thenHangUp?: string;
}

/** How long a call may last, and what it may cost. */
export interface Limits {
  /** Minutes from the first word to the goodbye, up to 1440. @default none */
  minutes?: number;
  /**
   * US dollars for the model's answers, up to 1000: at 80 % the agent is told to come to an end, and it says goodbye while
   * that can still be paid. Only for models whose prices are known. @default none
   */
  usd?: number;
  /** What is said before the end of the minutes, word for word. @default the model tells it in its own words */
  warning?: string;
  /** When the warning is said, in seconds before the end; 0: none. @default 60 */
  warningSeconds?: number;
  /** The last words, word for word; the call ends when they have been heard. @default the model's own words */
  goodbye?: string;
}

/** Words that are rendered once in the persona's own voice, up to 200 characters, or a recording beside the persona. */
export type Phrase = string | PhraseFile;

/** A recording that is played as it is. */
export interface PhraseFile {
  /** WAV file, from the persona's own folder: mono, 16 bit, 8, 16 or 24 kHz, up to 15 seconds. */
  file: string;
}

/**
 * What the caller hears when the model is away. Kept for all calls, so that `{{name}}` is not filled in: it is a fault.
 */
export interface Outage {
  /** Heard when the model has been away for 1.5 seconds in the middle of a call. @default a soft sound */
  bridge?: Phrase;
  /** Heard when it does not come back, before the call is transferred or ends. @default nothing */
  apology?: Phrase;
}

/** Where the call goes when the model does not come back. */
export interface Fallback {
  /** Up to 40 letters, digits and `+ * # . - _`, as the dialplan has it. */
  extension: string;
  /** Context of the dialplan. @default "demo" */
  context?: string;
  /** Priority in the dialplan, 1 to 999. @default 1 */
  priority?: number;
}

/** How a long conversation is kept within what the model reads: its oldest turns are left out. */
export interface Truncation {
  /** Share of `tokenLimit` that stays then, 0 to 1. Less of it: left out less often, and more at once. @default 0.8 */
  retentionRatio?: number;
  /** Tokens of conversation at which it happens, 1000 to 96000. A minute of talk is about 1000. @default 24000 */
  tokenLimit?: number;
}

/** How the older turns of a long conversation become a summary, before they would be left out. */
export interface Summarize {
  /** Tokens that the model has read for an answer, its instructions included, 1000 to 96000. @default 20000 */
  afterTokens?: number;
  /** The caller's newest turns, and the agent's answers to them, that stay word for word, 1 to 20. @default 2 */
  keepTurns?: number;
}

/** A key of the telephone. */
export type Key = "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "*" | "#";

/**
 * What a key does at once: nothing, have the agent repeat its last answer, end the call, or tell the model a text such
 * as "The caller pressed 1 for opening hours."
 */
export type KeyAction = "ignore" | "repeat" | "hangUp" | { tell: string };

/** How keys become an entry, such as a customer number, that the model is told. */
export interface Dtmf {
  /** Key that ends an entry and does not belong to it; `false`: none does. @default "#" */
  until?: Key | false;
  /** Keys that make an entry complete, 1 to 32. @default 32 */
  length?: number;
  /** Pause after a key that ends the entry, in seconds, 0.2 to 30. @default 2 */
  timeoutSeconds?: number;
  /** Keys that act at once and begin no entry. In the middle of an entry they belong to it. */
  keys?: { readonly [K in Key]?: KeyAction };
}

/** How the caller's words are written down. */
export interface Transcription {
  /** Model that does it. @default "gpt-transcribe" */
  model?: string;
  /** Names and words to expect. */
  prompt?: string;
}

/** What a persona may have among its `tools`: what defineTool(), transfer() and hangup() make. */
export type PersonaTool = SandboxedTool | TransferTool | HangupTool;

/** A server of the Model Context Protocol. OpenAI calls it, not Parley: its URL has to be reachable from there. */
export interface McpServer {
  /** What the model knows it by: up to 64 letters, digits, `_` and `-`. */
  label: string;
  /** `https://...`. */
  url: string;
  /** Names of the tools that the model may use. @default all that the server has */
  allowedTools?: readonly string[];
  /** For which tools the caller has to agree first; with lists, for all but those under `never`. @default "always" */
  requireApproval?: "always" | "never" | { always?: readonly string[]; never?: readonly string[] };
  /** Name of the environment variable that holds the token. The token itself is never in the file. @default none */
  authorizationEnv?: string;
  /** What the server is for, for the model. */
  description?: string;
}
