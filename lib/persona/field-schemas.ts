/** The parts of a persona, each checked by itself; schema.ts puts them together. */
import { z } from "zod";
import * as models from "../config/models.ts";
import type { InstructionsFunction, Key, SummarySchema, VariablesSchema } from "./fields.ts";
import { faultOfEmpty } from "./variables.ts";

const text = z.string().refine((value) => value.trim() !== "", "must not be empty");
const line = text.exactOptional();
const flag = z.boolean().exactOptional();
const eitherVad = { createResponse: flag, interruptResponse: flag };

export const style = z.strictObject({
  affect: line,
  tone: line,
  pacing: line,
  emotion: line,
  personality: line,
  pronunciation: line,
  pauses: line,
}).refine((value) => Object.keys(value).length > 0, {
  error: "must have at least one line",
  when: ({ issues }) => issues.length === 0,
});

export const turn = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("server_vad"),
    threshold: z.number().min(0).max(1).exactOptional(),
    prefixPaddingMs: z.int().min(0).exactOptional(),
    silenceMs: z.int().min(0).exactOptional(),
    idleTimeoutMs: z.int().min(models.IDLE_TIMEOUT_RANGE_MS[0]).max(models.IDLE_TIMEOUT_RANGE_MS[1])
      .exactOptional(),
    ...eitherVad,
  }),
  z.strictObject({
    type: z.literal("semantic_vad"),
    eagerness: z.enum(models.EAGERNESS).exactOptional(),
    ...eitherVad,
  }),
], 'must be "server_vad" or "semantic_vad"');

export const greeting = z.union(
  [text, z.strictObject({ say: text, protect: flag }), z.literal(false)],
  "must be a text, { say, protect } or false",
);

export const transcription = z.union(
  [z.literal("off"), z.strictObject({ model: line, prompt: line })],
  'must be { model, prompt } or "off"',
);

export const instructions = z.union(
  [
    text,
    z.custom<InstructionsFunction<Readonly<Record<string, unknown>>>>(
      (value) => typeof value === "function",
    ),
  ],
  "must be a text or a function",
);

export const model = text.superRefine((value, context) => {
  const life = models.lifeOfModel(value);
  if (life.state === "gone") context.addIssue(`is shut down, use ${life.successor}`);
});

export const variables = z.custom<VariablesSchema>(
  (value) => {
    if (value === null || typeof value !== "object") return false;
    return "safeParse" in value && typeof value.safeParse === "function";
  },
  { error: "must be a zod schema, such as z.object({ from: z.string().optional() })", abort: true },
).superRefine((schema, context) => {
  // No call is refused for its parameters, so that each of them may be missing.
  const names = faultOfEmpty(schema);
  if (!names) return;
  const which = names.length > 0 ? [...new Set(names)].join(", ") : "its fields";
  context.addIssue(`must take a call that brings no parameters: make ${which} optional, or give a default`);
});

export const summary = z.custom<SummarySchema>((value) => value instanceof z.ZodObject, {
  error: "must be a zod schema of an object, such as z.object({ topic: z.string() })",
  abort: true,
}).superRefine((schema, context) => {
  try {
    z.toJSONSchema(schema, { io: "input" });
  } catch (error) {
    context.addIssue(`can't be told to the model: ${(error as Error).message}`);
  }
});

export const interrupt = z.strictObject({
  minSpeechMs: z.int().min(0).max(2000).exactOptional(),
  ignoreFirstMs: z.int().min(0).max(10_000).exactOptional(),
  echoGuard: flag,
});

export const idle = z.strictObject({
  afterSeconds: z.number().min(1).max(600),
  say: z.array(text).min(1).max(10).readonly(),
  thenHangUp: line,
});

export const limits = z.strictObject({
  minutes: z.number().positive().max(1440).exactOptional(),
  usd: z.number().positive().max(1000).exactOptional(),
  warning: line,
  warningSeconds: z.number().min(0).max(3600).exactOptional(),
  goodbye: line,
});

const phrase = z.union(
  [
    text.max(200).refine(
      (value) => !value.includes("{{"),
      "must not have {{...}}, as the words are kept for all calls",
    ),
    z.strictObject({ file: text }),
  ],
  "must be words or { file }",
).exactOptional();

export const outage = z.strictObject({ bridge: phrase, apology: phrase });

const tokens = z.int().min(models.TOKEN_LIMIT_RANGE[0]).max(models.TOKEN_LIMIT_RANGE[1]).exactOptional();

export const truncation = z.union(
  [
    z.enum(["auto", "disabled"]),
    z.strictObject({ retentionRatio: z.number().min(0).max(1).exactOptional(), tokenLimit: tokens }),
  ],
  'must be { retentionRatio, tokenLimit }, "auto" or "disabled"',
);

export const summarize = z.union(
  [
    z.boolean(),
    z.strictObject({ afterTokens: tokens, keepTurns: z.int().min(1).max(20).exactOptional() }),
  ],
  "must be true, false or { afterTokens, keepTurns }",
);

const KEYS = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"] as const satisfies readonly Key[];
const action = z.union(
  [z.enum(["ignore", "repeat", "hangUp"]), z.strictObject({ tell: text })],
  'must be "ignore", "repeat", "hangUp" or { tell }',
);

export const dtmf = z.union(
  [
    z.literal("ignore"),
    z.strictObject({
      until: z.union([z.enum(KEYS), z.literal(false)], "must be a key, 0-9, * or #, or false")
        .exactOptional(),
      length: z.int().min(1).max(32).exactOptional(),
      timeoutSeconds: z.number().min(0.2).max(30).exactOptional(),
      keys: z.partialRecord(z.enum(KEYS), action).exactOptional(),
    }),
  ],
  'must be { until, length, timeoutSeconds, keys } or "ignore"',
);
