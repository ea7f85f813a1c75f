import { AZURE } from "./azure.ts";
import * as check from "./checks.ts";
import { CONSOLE } from "./console.ts";
import { DOOR } from "./door.ts";
import { LOG } from "./log.ts";
import { METRICS } from "./metrics.ts";
import {
  DEFAULT_MODEL,
  DEFAULT_TRANSCRIPTION_MODEL,
  DEFAULT_VOICE,
  EAGERNESS,
  REASONING_EFFORTS,
  SPEED_RANGE,
} from "./models.ts";
import { TELEPHONY } from "./telephony.ts";
import { BUDGET, RECORDS } from "./records.ts";
import { TRACES } from "./traces.ts";
import { TRUNCATION } from "./truncation.ts";
import type { Variable } from "./variable.ts";
import { WORKERS } from "./workers.ts";

export type { Group, Variable } from "./variable.ts";

export const TABLE = {
  HOST: { group: "Service", default: "0.0.0.0", check: check.hostName, help: "Address to listen on." },
  PORT: {
    group: "Service",
    default: "6030",
    check: check.wholeNumber(0, 65535),
    help: "Port to listen on; 0 takes a free one.",
  },
  SIMULATOR: {
    group: "Service",
    default: "auto",
    check: check.oneOf("auto", "always", "never"),
    help:
      "Answer with the embedded simulator: auto (no key and no address of a model is given), always, or never.",
  },

  ...WORKERS,
  ...CONSOLE,
  ...METRICS,
  ...DOOR,
  ...BUDGET,

  PERSONA: {
    group: "Personas",
    default: "assistant",
    check: check.personaName,
    help: "Persona of a call whose URL names none.",
  },
  PERSONAS_DIR: {
    group: "Personas",
    default: "./personas",
    check: check.path,
    help: "Folder of the persona files.",
  },

  OPENAI_API_KEY: {
    group: "Model",
    otherwise: "the simulator answers",
    example: "sk-...",
    check: check.apiKey,
    secret: true,
    help:
      "Key for the Realtime API. Needed, except with the simulator, Azure, or another server in OPENAI_REALTIME_URL.",
  },
  OPENAI_MODEL: {
    group: "Model",
    otherwise: `the persona's, else \`${DEFAULT_MODEL}\``,
    example: DEFAULT_MODEL,
    check: check.model,
    help: "Realtime model. One that is shut down is refused.",
  },
  OPENAI_REALTIME_URL: {
    group: "Model",
    alias: "OPENAI_REALTIME_ENDPOINT",
    default: "wss://api.openai.com/v1/realtime",
    check: check.socketUrl,
    help: "Base URL of the model's socket (ws, wss, http or https); `?model=` is appended to it.",
  },
  ...AZURE,
  OPENAI_REASONING_EFFORT: {
    group: "Model",
    otherwise: "the persona's, else `low`",
    example: "low",
    check: check.oneOf(...REASONING_EFFORTS),
    help: `How long the model thinks: ${
      REASONING_EFFORTS.join(", ")
    }. Sent to reasoning models (gpt-realtime-2...) only.`,
  },
  OPENAI_MAX_TOKENS: {
    group: "Model",
    otherwise: "the persona's, else `inf`",
    example: "inf",
    check: check.maxTokens,
    help: "Longest answer in tokens, 1 to 4096, or inf.",
  },
  OPENAI_TEMPERATURE: {
    group: "Model",
    otherwise: "not sent",
    example: "0.8",
    check: check.anyText,
    help: "Accepted and not sent: the Realtime API no longer takes a temperature.",
  },

  OPENAI_INSTRUCTIONS: {
    group: "Instructions",
    otherwise: "the persona's",
    example: '"Voice Affect: calm and composed.\\n\\nTone: sincere."',
    check: check.anyText,
    help: "Instructions in place of the persona's, first choice. \\n and \\\" are decoded.",
  },
  OPENAI_URL_INSTRUCTIONS: {
    group: "Instructions",
    otherwise: "the persona's",
    example: "http://127.0.0.1:3000/prompt",
    check: check.httpUrl,
    help: 'Second choice: fetched for each call with the header X-AVR-UUID; answers {"system": "..."}.',
  },
  OPENAI_FILE_INSTRUCTIONS: {
    group: "Instructions",
    otherwise: "the persona's",
    example: "./instructions.txt",
    check: check.path,
    help: "Third choice: a UTF-8 text file, read for each call.",
  },

  OPENAI_VOICE: {
    group: "Conversation",
    otherwise: `the persona's, else \`${DEFAULT_VOICE}\``,
    example: DEFAULT_VOICE,
    check: check.voice,
    help:
      "alloy, ash, ballad, cedar, coral, echo, marin, sage, shimmer, verse, or a custom voice_... id; another server's own.",
  },
  OPENAI_LANGUAGE: {
    group: "Conversation",
    otherwise: "the persona's, else `auto`",
    example: "en",
    check: check.language,
    help: "Language spoken, such as en or de: pinned for the transcription and told to the model.",
  },
  OPENAI_TRANSCRIPTION_MODEL: {
    group: "Conversation",
    otherwise: `the persona's, else \`${DEFAULT_TRANSCRIPTION_MODEL}\``,
    example: DEFAULT_TRANSCRIPTION_MODEL,
    check: check.anyText,
    help: "Model that writes down what the caller says, or off.",
  },
  OPENAI_TURN_DETECTION: {
    group: "Conversation",
    otherwise: "the persona's, else `server_vad`",
    example: "server_vad",
    check: check.oneOf("server_vad", "semantic_vad"),
    help: "How the end of the caller's turn is found: server_vad (silence) or semantic_vad (meaning).",
  },
  OPENAI_TURN_DETECTION_EAGERNESS: {
    group: "Conversation",
    otherwise: "the persona's, else `auto`",
    example: "auto",
    check: check.oneOf(...EAGERNESS),
    help: "With semantic_vad: low, medium, high or auto.",
  },
  OPENAI_TURN_DETECTION_THRESHOLD: {
    group: "Conversation",
    otherwise: "the persona's, else `0.5`",
    example: "0.5",
    check: check.decimal(0, 1),
    help: "With server_vad: how loud speech has to be, 0 to 1; higher for noisy lines.",
  },
  OPENAI_TURN_DETECTION_SILENCE_MS: {
    group: "Conversation",
    otherwise: "the persona's, else `500`",
    example: "500",
    check: check.wholeNumber(0, 10_000),
    help: "With server_vad: silence that ends the caller's turn, in milliseconds.",
  },
  OPENAI_TURN_DETECTION_PREFIX_PADDING_MS: {
    group: "Conversation",
    otherwise: "the persona's, else `300`",
    example: "300",
    check: check.wholeNumber(0, 10_000),
    help: "With server_vad: audio kept from before speech was noticed, in milliseconds.",
  },
  OPENAI_TURN_DETECTION_IDLE_TIMEOUT_MS: {
    group: "Conversation",
    otherwise: "the persona's, else `off`",
    example: "off",
    check: check.idleTimeout,
    help:
      "With server_vad: silence after an answer at which the model speaks again, 5000 to 30000 ms, or off. A persona's idle takes its place.",
  },
  OPENAI_TURN_DETECTION_CREATE_RESPONSE: {
    group: "Conversation",
    otherwise: "the persona's, else `true`",
    example: "true",
    check: check.trueOrFalse,
    help: "Whether the end of the caller's turn makes the model answer: true or false.",
  },
  OPENAI_TURN_DETECTION_INTERRUPT_RESPONSE: {
    group: "Conversation",
    otherwise: "the persona's, else `true`",
    example: "true",
    check: check.trueOrFalse,
    help: "Whether the caller's speech ends the model's answer: true or false.",
  },
  OPENAI_NOISE_REDUCTION: {
    group: "Conversation",
    otherwise: "the persona's, else `off`",
    example: "off",
    check: check.oneOf("near_field", "far_field", "off"),
    help: "Filter on the caller's audio: near_field (handset, headset), far_field (hands-free) or off.",
  },
  OPENAI_SPEED: {
    group: "Conversation",
    otherwise: "the persona's, else `1`",
    example: "1",
    check: check.decimal(...SPEED_RANGE),
    help: `Playing speed of the voice, ${SPEED_RANGE.join(" to ")}.`,
  },
  ...TRUNCATION,

  ...TELEPHONY,

  TRANSFER_ALLOW: {
    group: "Tools",
    otherwise: "any extension",
    example: "2001,20XX,0039*,600@internal",
    check: check.listOf(check.extensionPattern),
    help:
      "Extensions that avr_transfer may call: X is any digit, * at the end any rest, @ names the context.",
  },
  TOOLS_DIR: {
    group: "Tools",
    default: "./tools",
    check: check.path,
    help: "Folder of tools that every persona is offered, TypeScript and AVR's CommonJS.",
  },
  TOOLS_ALLOW_NET: {
    group: "Tools",
    otherwise: "avr-ami alone",
    example: "crm.example.com:443",
    check: check.listOf(check.hostAndPort),
    help: "Hosts that AVR's CommonJS tools may reach beside avr-ami, each as host:port, with commas between.",
  },
  TOOLS_ALLOW_ENV: {
    group: "Tools",
    otherwise: "`AMI_URL` alone",
    example: "CRM_TOKEN",
    check: check.listOf(check.variableName),
    help: "Variables that AVR's CommonJS tools may read beside AMI_URL, from the environment or .env.",
  },
  TOOLS_ALLOW_READ: {
    group: "Tools",
    otherwise: "their folders alone",
    example: "./prices.json",
    check: check.listOf(check.path),
    help: "Files and folders that AVR's CommonJS tools may read beside their own and node_modules.",
  },

  ...RECORDS,
  ...LOG,
  ...TRACES,
} as const satisfies Readonly<Record<string, Variable>>;

export type VariableName = keyof typeof TABLE;
type CheckOf<Name extends VariableName> = ReturnType<(typeof TABLE)[Name]["check"]>;

/** The checked values; undefined is what is not set and has no default. */
export type Values = {
  readonly [Name in VariableName]: (typeof TABLE)[Name] extends { default: string } ? CheckOf<Name>
    : CheckOf<Name> | undefined;
};

/** The table as a list. */
export const VARIABLES: readonly (Variable & { readonly name: VariableName })[] =
  (Object.keys(TABLE) as VariableName[])
    .map((name) => ({ name, ...TABLE[name] as Variable }));

/** Every name and alias that is read from the environment: what `--allow-env` has to list. */
export const ENVIRONMENT_NAMES: readonly string[] = VARIABLES.flatMap(({ name, alias }) =>
  alias === undefined ? [name] : [name, alias]
);
