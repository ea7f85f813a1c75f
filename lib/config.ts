import { ConfigError, messageOf } from "./errors.ts";
import type { LogLevel } from "./log.ts";
import type { ConsoleMode } from "./config/console.ts";
import type { MetricsMode } from "./config/metrics.ts";
import { type RecordsContent, recordsWarnings } from "./config/records.ts";
import { isSet } from "./config/environment.ts";
import type { Environment } from "./config/environment.ts";
import { endpointOf, type ModelEndpoint } from "./config/endpoint.ts";
import {
  type Eagerness,
  isReasoningModel,
  lifeOfModel,
  lifeOfTranscriptionModel,
  type ReasoningEffort,
} from "./config/models.ts";
import type { Network } from "./config/networks.ts";
import { overridesWithoutEffect } from "./config/turn-overrides.ts";
import { resembled } from "./config/typos.ts";
import { TABLE, type Values, type Variable, type VariableName, VARIABLES } from "./config/variables.ts";

export { readEnvironment } from "./config/environment.ts";
export { printEnvExample, printTable } from "./config/print.ts";
export { VARIABLES } from "./config/variables.ts";

/** What the service runs with; every value checked. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** Threads that answer calls; 1: the main thread does. */
  readonly workers: number;
  /** Who may call. */
  readonly access: {
    readonly token: string | undefined;
    /** Undefined: every address. */
    readonly networks: readonly Network[] | undefined;
    /** Beside the service's own. */
    readonly origins: readonly string[];
  };
  /** Who is shown the console. */
  readonly console: ConsoleMode;
  /** Who is shown the metrics. */
  readonly metrics: MetricsMode;
  readonly limits: {
    readonly calls: number | undefined;
    readonly callMinutes: number | undefined;
    readonly lineIdleMs: number;
    /** How long a call goes on without a line, when that vanished without a hang-up. */
    readonly lineGraceMs: number;
    /** What all calls of a day may cost. */
    readonly usdPerDay: number | undefined;
  };
  /** How long live calls may go on once the service is told to end. */
  readonly drainMs: number;
  /** How long a lost session of the model is dialled for, ms. */
  readonly recoveryMs: number;
  /** Age at which a session of the model is replaced, ms. */
  readonly rotateMs: number;
  /** Persona of a call whose URL names none. */
  readonly persona: string;
  readonly personasDir: string;
  /** Whether the embedded simulator stands in for the model. */
  readonly simulator: boolean;
  readonly model: ModelEndpoint;
  readonly overrides: Overrides;
  readonly instructions: { readonly text?: string; readonly url?: string; readonly file?: string };
  readonly audioFormat: "pcm" | "pcmu" | "pcma";
  /** Agent audio in one message to the line, at most: a multiple of 20. */
  readonly lineFrameMs: number;
  readonly lineLatencyMs: number;
  /** avr-ami, without a slash at its end. */
  readonly amiUrl: string;
  /** Which extensions the model may name; none: every one. */
  readonly transferAllow: readonly string[];
  /** The folder of the user's tools, and what AVR's CommonJS tools may do beyond their own. */
  readonly tools: {
    readonly dir: string;
    readonly allowNet: readonly string[];
    readonly allowEnv: readonly string[];
    readonly allowRead: readonly string[];
  };
  /** What is kept of each call when it is over, and where. */
  readonly records: {
    readonly file: string | undefined;
    readonly url: string | undefined;
    readonly secret: string | undefined;
    readonly content: RecordsContent;
  };
  readonly logLevel: LogLevel;
  readonly logFormat: "text" | "json";
  readonly logTranscripts: boolean;
  /** Whether traces have what is said, and numbers. */
  readonly traceContent: boolean;
  /** One line each, to be told once at start. */
  readonly warnings: readonly string[];
}

/** What the environment sets in place of the persona's own fields; only what it really sets. */
export interface Overrides {
  readonly model?: string;
  readonly voice?: string;
  readonly language?: string;
  readonly maxOutputTokens?: number | "inf";
  readonly reasoningEffort?: ReasoningEffort;
  /** `off` for none. */
  readonly transcriptionModel?: string;
  readonly turnDetection?: "server_vad" | "semantic_vad";
  readonly eagerness?: Eagerness;
  readonly threshold?: number;
  readonly silenceMs?: number;
  readonly prefixPaddingMs?: number;
  readonly idleTimeoutMs?: number | "off";
  readonly createResponse?: boolean;
  readonly interruptResponse?: boolean;
  readonly noiseReduction?: "near_field" | "far_field" | "off";
  readonly speed?: number;
  readonly retentionRatio?: number | "auto" | "disabled";
  readonly tokenLimit?: number;
}

/**
 * Checks the named variables and settles what follows from them.
 * @throws {ConfigError} with every fault found.
 */
export function readConfig(env: Environment): Config {
  const faults: string[] = [];
  const warnings: string[] = [];
  const values = check(env, faults, warnings);
  const isGiven = (name: VariableName) => {
    const { alias }: Variable = TABLE[name];
    return isSet(env[name]) || (alias !== undefined && isSet(env[alias]));
  };
  const { simulator, model } = endpointOf({ values, isGiven, faults, warnings });
  if (values.CONSOLE === "on" && !isSet(env.AUTH_TOKEN)) {
    faults.push(
      "CONSOLE is on, for which AUTH_TOKEN must be set: who opens the page could call and read all prompts",
    );
  }
  if (values.METRICS === "token" && !isSet(env.AUTH_TOKEN)) {
    faults.push("METRICS is token, for which AUTH_TOKEN must be set");
  }
  if (faults.length > 0) throw new ConfigError(faults);
  const overrides = overridesOf(values);
  warn(values, overrides, warnings);

  return {
    host: values.HOST,
    port: values.PORT,
    workers: values.WORKERS,
    access: {
      token: values.AUTH_TOKEN,
      networks: values.ALLOW_FROM,
      origins: values.ALLOW_ORIGIN ?? [],
    },
    console: values.CONSOLE,
    metrics: values.METRICS,
    limits: {
      calls: values.MAX_CALLS,
      callMinutes: values.MAX_CALL_MINUTES,
      lineIdleMs: values.LINE_IDLE_SECONDS * 1000,
      lineGraceMs: values.LINE_GRACE_SECONDS * 1000,
      usdPerDay: values.BUDGET_USD_PER_DAY,
    },
    drainMs: values.DRAIN_SECONDS * 1000,
    recoveryMs: values.RECOVERY_SECONDS * 1000,
    rotateMs: values.ROTATE_MINUTES * 60_000,
    persona: values.PERSONA,
    personasDir: values.PERSONAS_DIR,
    simulator,
    model,
    overrides,
    instructions: present({
      text: values.OPENAI_INSTRUCTIONS,
      url: values.OPENAI_URL_INSTRUCTIONS,
      file: values.OPENAI_FILE_INSTRUCTIONS,
    }),
    audioFormat: values.OPENAI_AUDIO_FORMAT,
    lineFrameMs: values.LINE_FRAME_MS,
    lineLatencyMs: values.LINE_LATENCY_MS,
    amiUrl: values.AMI_URL.replace(/\/+$/, ""),
    transferAllow: values.TRANSFER_ALLOW ?? [],
    tools: {
      dir: values.TOOLS_DIR,
      allowNet: values.TOOLS_ALLOW_NET ?? [],
      allowEnv: values.TOOLS_ALLOW_ENV ?? [],
      allowRead: values.TOOLS_ALLOW_READ ?? [],
    },
    records: {
      file: values.RECORDS_FILE,
      url: values.RECORDS_URL,
      secret: values.RECORDS_SECRET,
      content: values.RECORDS_CONTENT,
    },
    logLevel: values.LOG_LEVEL,
    logFormat: values.LOG_FORMAT,
    logTranscripts: values.LOG_TRANSCRIPTS,
    traceContent: values.TRACE_CONTENT,
    warnings,
  };
}

function overridesOf(values: Values): Overrides {
  return present({
    model: values.OPENAI_MODEL,
    voice: values.OPENAI_VOICE,
    language: values.OPENAI_LANGUAGE,
    maxOutputTokens: values.OPENAI_MAX_TOKENS,
    reasoningEffort: values.OPENAI_REASONING_EFFORT,
    transcriptionModel: values.OPENAI_TRANSCRIPTION_MODEL,
    turnDetection: values.OPENAI_TURN_DETECTION,
    eagerness: values.OPENAI_TURN_DETECTION_EAGERNESS,
    threshold: values.OPENAI_TURN_DETECTION_THRESHOLD,
    silenceMs: values.OPENAI_TURN_DETECTION_SILENCE_MS,
    prefixPaddingMs: values.OPENAI_TURN_DETECTION_PREFIX_PADDING_MS,
    idleTimeoutMs: values.OPENAI_TURN_DETECTION_IDLE_TIMEOUT_MS,
    createResponse: values.OPENAI_TURN_DETECTION_CREATE_RESPONSE,
    interruptResponse: values.OPENAI_TURN_DETECTION_INTERRUPT_RESPONSE,
    noiseReduction: values.OPENAI_NOISE_REDUCTION,
    speed: values.OPENAI_SPEED,
    retentionRatio: values.OPENAI_TRUNCATION_RETENTION_RATIO,
    tokenLimit: values.OPENAI_TRUNCATION_TOKEN_LIMIT,
  });
}

/** Runs each variable's check; a value that fails it is left out, so that the others are still judged. */
function check(env: Environment, faults: string[], warnings: string[]): Values {
  const values: Record<string, unknown> = {};
  for (const variable of VARIABLES) {
    const { name, alias } = variable;
    const seenAs = isSet(env[name]) || alias === undefined || !isSet(env[alias]) ? name : alias;
    if (seenAs === name && isSet(env[name]) && alias !== undefined && isSet(env[alias])) {
      warnings.push(`${alias} is ignored, as ${name} is set`);
    }
    const text = isSet(env[seenAs]) ? env[seenAs].trim() : variable.default;
    if (text === undefined) continue;
    try {
      values[name] = variable.check(text);
    } catch (error) {
      faults.push(`${seenAs} ${messageOf(error)}${shown(variable, text)}`);
    }
  }
  for (const key of Object.keys(env)) {
    const meant = resembled(key);
    if (meant) warnings.push(`${key} is not a variable of Parley: was ${meant} meant?`);
  }
  // Sound once no fault is left: readConfig throws before it uses a value that is missing.
  return values as Values;
}

function shown(variable: Variable, text: string): string {
  if (variable.secret) return "";
  // A URL may carry a password or a token in its query.
  const safe = text.replace(/\/\/[^/@]*@/, "//...@").replace(/\?.*$/s, "?...");
  return `: ${JSON.stringify(safe.length > 80 ? `${safe.slice(0, 80)}...` : safe)}`;
}

const SHORT_TOKEN_CHARS = 16;

function warn(values: Values, overrides: Overrides, warnings: string[]): void {
  if (values.OPENAI_TEMPERATURE !== undefined) {
    warnings.push("OPENAI_TEMPERATURE is ignored, as the Realtime API no longer takes a temperature");
  }
  if (values.AUTH_TOKEN !== undefined && values.AUTH_TOKEN.length < SHORT_TOKEN_CHARS) {
    warnings.push(`AUTH_TOKEN is shorter than ${SHORT_TOKEN_CHARS} characters and could be guessed`);
  }
  warnings.push(...recordsWarnings({ url: values.RECORDS_URL, secret: values.RECORDS_SECRET }));
  const lives = { OPENAI_MODEL: lifeOfModel, OPENAI_TRANSCRIPTION_MODEL: lifeOfTranscriptionModel } as const;
  for (const name of ["OPENAI_MODEL", "OPENAI_TRANSCRIPTION_MODEL"] as const) {
    const model = values[name];
    const life = model === undefined ? undefined : lives[name](model);
    if (life?.state === "ending") {
      warnings.push(`${name} names ${model}, which shuts down on ${life.date}; use ${life.successor}`);
    }
  }
  if (values.OPENAI_REASONING_EFFORT && values.OPENAI_MODEL && !isReasoningModel(values.OPENAI_MODEL)) {
    warnings.push(`OPENAI_REASONING_EFFORT has no effect, as ${values.OPENAI_MODEL} does not reason`);
  }
  if (overrides.tokenLimit !== undefined && typeof overrides.retentionRatio === "string") {
    warnings.push(`OPENAI_TRUNCATION_TOKEN_LIMIT has no effect with ${overrides.retentionRatio}`);
  }
  const kind = overrides.turnDetection;
  for (const name of kind ? overridesWithoutEffect(kind, overrides) : []) {
    warnings.push(`${name} has no effect with ${kind}`);
  }
}

/** The object without the keys that are undefined. */
function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
