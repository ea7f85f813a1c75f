/** The sandbox's side: runs tools on order, inside of a Worker. */
import { Script } from "node:vm";
import type { ToolCall, ToolLog } from "./define.ts";
import {
  type FromSandbox,
  type LoadOrder,
  type ModulesOrder,
  type RunOrder,
  SANDBOX_NAME,
  type ToSandbox,
} from "./protocol.ts";
import { firstLine, resultText } from "./result.ts";
import { inTrace, keepUrlsPrivate } from "./tracing.ts";

/** A tool inside its sandbox. */
export interface ServedTool {
  readonly name: string;
  /** The arguments as `run` takes them, or what is wrong with them. */
  check(args: unknown): Promise<{ args: unknown } | { fault: string }>;
  run(args: unknown, call: ToolCall): unknown;
}

/** A tool file may wait at its top level before it defines its tool. */
const DEFINED_WITHIN_MS = 3000;
/** Log messages in a row of `LOG_WINDOW_MS`; more are dropped. */
const LOG_MAX = 100;
const LOG_WINDOW_MS = 10_000;
const LOG_MAX_CHARACTERS = 1000;

const scope = globalThis as unknown as {
  readonly name?: unknown;
  readonly console: Record<string, (...values: unknown[]) => void>;
  onmessage: (event: MessageEvent<ToSandbox>) => void;
  postMessage(message: FromSandbox): void;
};

/** Whether this code runs in a tool's sandbox. */
export const inSandbox = scope.name === SANDBOX_NAME;

// Kept before any tool is loaded, so that one which replaces them harms itself alone.
const post: (message: FromSandbox) => void = inSandbox ? scope.postMessage.bind(globalThis) : () => {};
const { setTimeout, clearTimeout, performance } = globalThis;

const tools = new Map<string, PromiseWithResolvers<ServedTool>>();
const running = new Map<number, AbortController>();
let listening = false;
let onLoad: (order: LoadOrder | ModulesOrder) => void = () => {};

/** Offers a tool to the main thread; of two with one name the first counts. */
export function serve(tool: ServedTool): void {
  slot(tool.name).resolve(tool);
  listen();
}

/** Begins to take orders; `load` is told of the order to load. */
export function listen(load?: typeof onLoad): void {
  if (load) onLoad = load;
  if (listening || !inSandbox) return;
  listening = true;
  keepUrlsPrivate();
  scope.onmessage = ({ data }) => {
    if (data.type === "run") void run(data);
    else if (data.type === "abort") running.get(data.id)?.abort();
    else if (data.type === "ping") post({ type: "pong" });
    else onLoad(data);
  };
  for (const type of ["error", "unhandledrejection"] as const) {
    globalThis.addEventListener(type, (event) => {
      // Told to the main thread instead of printed: the message may hold what belongs in no log.
      event.preventDefault();
      const error: unknown = "reason" in event ? event.reason : (event as ErrorEvent).error;
      post({ type: "crashed", error: error instanceof Error ? error.name : typeof error });
    });
  }
  for (const method of ["log", "info", "debug", "warn", "error", "trace"] as const) {
    scope.console[method] = (...values) => log(undefined, "debug", values.map(shown).join(" "));
  }
}

/** Tells the main thread what became of an order to load. */
export function answerLoad(answer: Extract<FromSandbox, { type: "loaded" | "broken" }>): void {
  post(answer);
}

function slot(name: string): PromiseWithResolvers<ServedTool> {
  const known = tools.get(name) ?? Promise.withResolvers<ServedTool>();
  tools.set(name, known);
  return known;
}

async function run({ id, tool: name, args, call, timeoutMs, trace }: RunOrder): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const tool = await defined(name);
    const checked = await tool.check(args);
    if ("fault" in checked) return post({ type: "failed", id, reason: "invalid", text: checked.fault });
    const context = { ...call, signal: controller.signal, log: logOf(id) };
    const act = () => inTrace(trace, () => tool.run(checked.args, context));
    const result = await limited(act, timeoutMs + ANSWER_FIRST_MS);
    post({ type: "done", id, text: resultText(result) });
  } catch (error) {
    const kind = error instanceof Error ? error.name : typeof error;
    const reason = kind === "NotCapable" ? "refused" : "thrown";
    post({ type: "failed", id, reason, text: firstLine(error), error: kind });
  } finally {
    running.delete(id);
  }
}

/** The service tells that the time is up, in its own words, before a loop is broken off. */
const ANSWER_FIRST_MS = 100;
/** Where a script finds what to run; not for tools to see. */
const ENTRY = Symbol.for("parley.entry");
const entry = new Script(`globalThis[Symbol.for("parley.entry")]()`);

/**
 * Calls it; a loop in it is broken off when the time is up. A Worker can't be ended from outside while it loops, only a
 * script can. What comes after the first \`await\` is no longer part of that script.
 */
export function limited<T>(call: () => T, timeoutMs: number): T {
  const holder = globalThis as unknown as Record<symbol, unknown>;
  holder[ENTRY] = () => {
    delete holder[ENTRY];
    return call();
  };
  return entry.runInThisContext({ timeout: Math.ceil(timeoutMs) }) as T;
}

async function defined(name: string): Promise<ServedTool> {
  const missing = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => missing.reject(new Error(`its file defines no tool ${name}`)),
    DEFINED_WITHIN_MS,
  );
  try {
    return await Promise.race([slot(name).promise, missing.promise]);
  } finally {
    clearTimeout(timer);
  }
}

let windowFromMs = -Infinity;
let logged = 0;

function log(id: number | undefined, level: keyof ToolLog, message: string, fields?: object): void {
  const nowMs = performance.now();
  if (nowMs - windowFromMs > LOG_WINDOW_MS) [windowFromMs, logged] = [nowMs, 0];
  if (++logged > LOG_MAX) return;
  const plain = Object.entries(fields ?? {}).map(([key, value]) => [
    key,
    value === null || ["number", "boolean", "undefined"].includes(typeof value)
      ? value
      : shortened(shown(value)),
  ]);
  post({
    type: "log",
    level,
    message: shortened(shown(message)),
    ...(id === undefined ? {} : { id }),
    ...(plain.length === 0 ? {} : { fields: Object.fromEntries(plain.slice(0, 20)) }),
  });
}

function logOf(id: number): ToolLog {
  return {
    debug: (message, fields) => log(id, "debug", message, fields),
    info: (message, fields) => log(id, "info", message, fields),
    warn: (message, fields) => log(id, "warn", message, fields),
    error: (message, fields) => log(id, "error", message, fields),
  };
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : Deno.inspect(value, { depth: 2, strAbbreviateSize: 200 });
}

function shortened(text: string): string {
  return text.length > LOG_MAX_CHARACTERS ? `${text.slice(0, LOG_MAX_CHARACTERS)}...` : text;
}
