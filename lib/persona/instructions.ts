import { type Clock, systemClock } from "../clock.ts";
import type { Config } from "../config.ts";
import { languageName } from "../config/models.ts";
import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { PersonaDefinition } from "./define.ts";
import { fetchInstructions, readInstructions } from "./sources.ts";
import { renderStyle } from "./style.ts";
import { callFacts, renderInstructions, type TemplateContext, templateContext } from "./template.ts";

export type InstructionsSource = "env" | "url" | "file" | "persona";

export interface ResolvedInstructions {
  /** What the model is told; never empty. */
  readonly text: string;
  readonly source: InstructionsSource;
}

export interface ResolveOptions {
  /** AVR's id of the call; told to the URL and to the persona's function. */
  uuid: string;
  /** What the line's URL told, as readVariables() gives it. @default none */
  variables?: Readonly<Record<string, unknown>>;
  /** For date and time. @default the machine's clock */
  now?: () => Date;
  log: Log;
  /** The call's end: what is under way is given up. */
  signal?: AbortSignal;
  /** @default the global one */
  fetch?: typeof fetch;
  /** Reads a UTF-8 file. @default Deno's, with a bound */
  readTextFile?: (path: string) => Promise<string>;
  /** @default the machine's */
  clock?: Clock;
  /** What one source may take, in ms. @default {3000} */
  limitMs?: number;
}

const DEFAULT_LIMIT_MS = 3_000;

/** For a persona that is left without a word: its function failed and it has no style. */
const GENERIC_INSTRUCTIONS =
  "You are a helpful assistant who answers a telephone call. Speak in short, natural sentences, one question at a time.";

/**
 * The text for one call: `OPENAI_INSTRUCTIONS`, else what the URL answers, else the file, else the persona; with its
 * placeholders filled in. A source that fails or takes too long is passed over with a warning that names no text; this
 * never rejects.
 */
export async function resolveInstructions(
  persona: PersonaDefinition & { readonly name?: string },
  config: Pick<Config, "instructions" | "overrides">,
  options: ResolveOptions,
): Promise<ResolvedInstructions> {
  const { uuid, variables, now, log, signal, clock = systemClock, limitMs = DEFAULT_LIMIT_MS } = options;
  const { text, url, file } = config.instructions;
  const sources: [InstructionsSource, (signal: AbortSignal) => string | Promise<string>][] = [];
  if (text !== undefined) sources.push(["env", () => text]);
  if (url !== undefined) {
    sources.push(["url", (signal) => fetchInstructions(url, uuid, signal, options.fetch)]);
  }
  if (file !== undefined) sources.push(["file", () => readInstructions(file, options.readTextFile)]);
  const language = config.overrides.language ?? persona.language;
  const context = templateContext(persona, {
    uuid,
    log,
    language,
    ...(variables && { variables }),
    ...(now && { now }),
  });
  sources.push(["persona", () => personaText(persona, context)]);

  const finish = (body: string, source: InstructionsSource) => {
    const isFunction = source === "persona" && typeof persona.instructions === "function";
    const text = renderInstructions(body, context, isFunction);
    return { text: language === undefined ? text : `${text}\n\n${languageLine(language)}`, source };
  };
  for (const [source, read] of sources) {
    if (signal?.aborted) break;
    try {
      return finish(await withLimit(clock, limitMs, signal, read), source);
    } catch (error) {
      if (signal?.aborted) break;
      log.warn("Instructions could not be taken from a source", { source, reason: messageOf(error) });
    }
  }
  return finish(renderStyle(persona.style) || GENERIC_INSTRUCTIONS, "persona");
}

/** What to do comes before how to sound, as OpenAI's guide for these models has it. */
async function personaText(persona: PersonaDefinition, context: TemplateContext): Promise<string> {
  const { instructions } = persona;
  const body = typeof instructions === "function"
    ? await instructions(callFacts(context))
    : instructions ?? "";
  if (typeof body !== "string") throw new Error(`The function gave no text but ${typeof body}`);
  const text = [body.trim(), renderStyle(persona.style)].filter(Boolean).join("\n\n");
  if (text === "") throw new Error("The text is empty");
  return text;
}

function languageLine(code: string): string {
  return `Speak ${
    languageName(code) ?? code
  }, also when the caller uses another language, unless told otherwise above.`;
}

/** Runs `work` for at most `limitMs` and until `outer` ends; its own signal tells it to give up. */
async function withLimit<T>(
  clock: Clock,
  limitMs: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => T | Promise<T>,
): Promise<T> {
  const end = new AbortController();
  const ended = Promise.withResolvers<never>();
  const stop = (reason: string) => {
    ended.reject(new Error(reason));
    end.abort(new Error(reason));
  };
  const onOuter = () => stop("The call has ended");
  outer?.addEventListener("abort", onOuter);
  const cancel = clock.after(limitMs, () => stop(`Took longer than ${limitMs} ms`));
  ended.promise.catch(() => {});
  try {
    return await Promise.race([Promise.resolve(end.signal).then(work), ended.promise]);
  } finally {
    cancel();
    outer?.removeEventListener("abort", onOuter);
  }
}
