import { isReasoningModel } from "../config/models.ts";
import type { PersonaDefinition } from "./define.ts";
import { declaredNames } from "./variables.ts";

/** What the model is told of a tool, and what is said while it runs. */
export interface OfferedTool {
  readonly name: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly whileWaiting?: string;
}

/** Published for gpt-realtime: instructions and tools together. For the models that reason none is known. */
const PROMPT_TOKENS = 16_384;
/** An average over European languages; what the API counts is known to it alone. */
const CHARACTERS_PER_TOKEN = 4;

/** Not words of a prompt: what is filled in, and addresses. */
const NOT_WORDS = /\{\{[^}]*\}\}|\bhttps?:\/\/\S+/g;
const IN_BACKTICKS = /`([A-Za-z][\w-]{2,})(?:\([^`]*\))?`/g;
const VALUES = ["true", "false", "null", "yes"];
const SNAKE_CASE = /(?<![\w.-])[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?![\w-]|\.\w)/g;

/** What a prompt names and the persona has not got, and whether it is too long: one line each, with what to do. */
export function promptWarnings(
  persona: PersonaDefinition,
  told: readonly (readonly [field: string, text: string])[],
  { tools, model }: { tools: readonly OfferedTool[]; model: string },
): string[] {
  return [
    ...told.flatMap(([field, text]) =>
      toolsMissing(persona, text, tools).map((name) =>
        `${field} names ${name}, which is no tool of this persona: correct the name, or give it the tool. ` +
        `It has ${tools.map((tool) => tool.name).join(", ") || "none"}`
      )
    ),
    ...tooLong(told.map(([, text]) => text), tools, model),
  ];
}

function toolsMissing(persona: PersonaDefinition, text: string, tools: readonly OfferedTool[]): string[] {
  const { mcp = [], variables } = persona;
  // Which tools such a server has, it alone knows.
  if (mcp.some(({ allowedTools }) => allowedTools === undefined)) return [];
  const known = new Set([
    ...VALUES,
    ...tools.flatMap(({ name, parameters }) => [name, ...wordsOf(parameters)]),
    ...mcp.flatMap(({ label, allowedTools = [] }) => [label, ...allowedTools]),
    ...declaredNames(variables) ?? [],
  ]);
  const words = text.replace(NOT_WORDS, " ");
  const named = [...words.matchAll(IN_BACKTICKS)].map(([, name]) => name!);
  return [...new Set([...named, ...words.match(SNAKE_CASE) ?? []])].filter((name) => !known.has(name));
}

/** The names of arguments and their values: prompts explain them. */
function wordsOf(schema: unknown): string[] {
  if (Array.isArray(schema)) return schema.flatMap(wordsOf);
  if (typeof schema === "string") return [schema];
  if (typeof schema !== "object" || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) => [key, ...wordsOf(value)]);
}

function tooLong(texts: readonly string[], tools: readonly OfferedTool[], model: string): string[] {
  const declared = tools.map(({ name, description, parameters }) =>
    JSON.stringify({ name, description, parameters })
  );
  const characters = [...texts, ...declared].reduce((sum, text) => sum + text.length, 0);
  const tokens = Math.ceil(characters / CHARACTERS_PER_TOKEN);
  if (tokens <= PROMPT_TOKENS) return [];
  const limit = isReasoningModel(model)
    ? `no limit is published for ${model}, but it reads them for every answer`
    : `${model} takes at most ${PROMPT_TOKENS}`;
  return [
    `instructions and tools have about ${tokens} tokens, by an estimate of ${CHARACTERS_PER_TOKEN} characters each: ` +
    `${limit}; shorten them, or let a tool look things up`,
  ];
}
