import type { ConversationItem } from "./agent.ts";
import { minimalArguments } from "./agent-arguments.ts";
import { brief } from "./agent-words.ts";

/** What an earlier summary says of what came before it. */
const COUNTS = /Caller turns: (\d+)\. Agent turns: (\d+)\. Tool calls: (\d+)\./;

/** A conversation in brief: who had how many turns, those of an earlier summary included, and what came of it. */
export function summary(items: readonly ConversationItem[]): string {
  const messages = items.filter(({ type }) => type === "message");
  const turns = (role: string) => messages.filter((item) => item.role === role).length;
  const calls = items.filter(({ type }) => type === "function_call").length;
  const earlier = messages.filter(({ role }) => role === "system").map((item) => COUNTS.exec(wordsOf(item)));
  const before = (place: number) => earlier.reduce((sum, found) => sum + Number(found?.[place] ?? 0), 0);
  const counts = `Caller turns: ${before(1) + turns("user")}. ` +
    `Agent turns: ${before(2) + turns("assistant")}. Tool calls: ${before(3) + calls}.`;
  const last = (role: string) => brief(wordsOf(messages.findLast((item) => item.role === role)));
  const results = items.filter(({ type }) => type === "function_call_output").map(({ output }) =>
    brief(output)
  );
  return [
    counts,
    ...told("The caller said last", last("user")),
    ...told("The agent said last", last("assistant")),
    ...results.flatMap((result) => told("A tool answered", result)),
  ].join(" ");
}

/** The JSON schema after which a text asks for an answer, or undefined where it names none. */
export function schemaIn(text: string): unknown {
  const at = /\bJSON schema\b[^{]*(?=\{)/i.exec(text);
  if (!at) return undefined;
  try {
    return JSON.parse(text.slice(at.index + at[0].length, text.lastIndexOf("}") + 1));
  } catch {
    return undefined;
  }
}

/** The least that a schema allows, as JSON text, with a summary where it has a place for one. */
export function recordFor(schema: unknown, items: readonly ConversationItem[]): string {
  const record = JSON.parse(minimalArguments(schema));
  return JSON.stringify("summary" in record ? { ...record, summary: summary(items) } : record);
}

function told(what: string, words: string): string[] {
  return words === "" ? [] : [`${what}: ${words}.`];
}

function wordsOf(item: ConversationItem | undefined): string {
  return item?.content?.map((part) => part.text ?? part.transcript ?? "").join(" ").trim() ?? "";
}
