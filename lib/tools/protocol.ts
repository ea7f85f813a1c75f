import { z } from "zod";
import type { KeptTexts } from "./kept-files.ts";
import type { TraceContext } from "./tracing.ts";

/** What passes between the main thread and a sandbox. */

/** Name of a sandbox's Worker, by which code knows that it runs in one. */
export const SANDBOX_NAME = "parley-sandbox";

/** The call as it is sent along. */
export interface SentCall {
  readonly uuid: string;
  readonly persona: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Load a CommonJS tool, with this as its `process.env`. `fallback` is a folder whose packages it may use as well. */
export interface LoadOrder {
  readonly type: "load";
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  readonly fallback: string;
  /** Files to be run as they were, whatever they are by now. */
  readonly kept?: KeptTexts;
}

/** A module as it was loaded: JavaScript or JSON, and where each of its imports leads. */
export interface KeptModule {
  readonly format: "module" | "json";
  readonly text: string;
  readonly imports: ReadonlyMap<string, string>;
}

/** Load a TypeScript tool from modules that were read before. */
export interface ModulesOrder {
  readonly type: "modules";
  readonly main: string;
  /** By URL. */
  readonly modules: ReadonlyMap<string, KeptModule>;
}

export interface RunOrder {
  readonly type: "run";
  readonly id: number;
  readonly tool: string;
  readonly args: unknown;
  readonly call: SentCall;
  /** How long it may keep the thread in one go. */
  readonly timeoutMs: number;
  /** What it is run for. */
  readonly trace?: TraceContext | undefined;
}

export type ToSandbox =
  | LoadOrder
  | ModulesOrder
  | RunOrder
  | { readonly type: "abort"; readonly id: number }
  | { readonly type: "ping" };

const field = z.union([z.string(), z.number(), z.boolean(), z.null(), z.undefined()]);

const answer = z.discriminatedUnion("type", [
  z.object({ type: z.literal("done"), id: z.number(), text: z.string() }),
  z.object({
    type: z.literal("failed"),
    id: z.number(),
    /** Wrong arguments, a right that it does not have, or anything that was thrown. */
    reason: z.enum(["invalid", "refused", "thrown"]),
    text: z.string(),
    /** Name of the error's class. */
    error: z.string().optional(),
  }),
  z.object({
    type: z.literal("log"),
    id: z.number().optional(),
    level: z.enum(["debug", "info", "warn", "error"]),
    message: z.string(),
    fields: z.record(z.string(), field).optional(),
  }),
  z.object({ type: z.literal("pong") }),
  /** An error that no run can be blamed for. */
  z.object({ type: z.literal("crashed"), error: z.string() }),
  z.object({
    type: z.literal("loaded"),
    tool: z.unknown(),
    /** The files that it read, packages left out. */
    files: z.record(z.string(), z.string()).or(z.undefined()),
  }),
  z.object({ type: z.literal("broken"), text: z.string() }),
]);

export type FromSandbox = z.infer<typeof answer>;

/** Reads what a sandbox sent: it runs code of others, so that anything may come. */
export function readAnswer(data: unknown): FromSandbox | undefined {
  const result = answer.safeParse(data);
  return result.success ? result.data : undefined;
}
