import type {
  ConversationItem,
  RealtimeClientEvent,
  RealtimeResponseCreateParams,
} from "openai/resources/realtime/realtime";
import { z } from "zod";
import { messageOf } from "../errors.ts";
import type { SummarySchema } from "../persona/define.ts";
import type { FinishedResponse, Metadata } from "../realtime/events.ts";
import { textItem } from "./history.ts";

/** What is known of a call when it is over. */
export interface Conclusion {
  readonly summary: string;
  readonly extracted: Readonly<Record<string, unknown>>;
}

/** The metadata key that tells our requests from others. */
const KEY = "parley_aftermath";
const FUNCTION = "save_call_record";
/** The record and room for thought. */
const OUTPUT_TOKENS_MAX = 2_000;
const SUMMARY_MAX_CHARS = 4_000;
const EXTRACTED_MAX_CHARS = 32_000;

const ASK =
  `The call is over: the line is closed, and nobody hears you any more. Write its record as one JSON object and nothing ` +
  `else, neither a word nor a code fence around it:

- "summary": two to five sentences, in the language of the conversation: what the caller wanted, what was done about it, what is still open.
- "fields": what its part of the JSON schema below asks for.

Write nothing that was not said. What is not known is left out, or null where the schema takes that.

JSON schema:
`;

/** What the model has to write. */
function recordSchema(schema: SummarySchema): Record<string, unknown> {
  const { $schema: _, ...fields } = z.toJSONSchema(schema, { io: "input" });
  return {
    type: "object",
    properties: { summary: { type: "string" }, fields },
    required: ["summary", "fields"],
    additionalProperties: false,
  };
}

/**
 * Asks for the record of a call. The first time at the end of the conversation, with everything before it as it was: the
 * model reads that from its cache, while other instructions or tools would have it read all of the audio at eighty times
 * the price. The second time by a function that it has to call, which leaves it no way around the schema.
 * @param fault what was wrong with the first answer
 */
export function recordRequest(
  key: string,
  schema: SummarySchema,
  fault: string | undefined,
): readonly RealtimeClientEvent[] {
  const parameters = recordSchema(schema);
  const again = `That was not the record: ${fault}\nCall ${FUNCTION} with the record of this call.`;
  const item: ConversationItem = textItem(
    "system",
    fault === undefined ? ASK + JSON.stringify(parameters) : again,
  );
  const how: RealtimeResponseCreateParams = fault === undefined ? { tool_choice: "none" } : {
    tools: [{ type: "function", name: FUNCTION, description: "Saves the record of the call.", parameters }],
    tool_choice: { type: "function", name: FUNCTION },
  };
  return [
    { type: "conversation.item.create", item },
    {
      type: "response.create",
      event_id: key,
      response: {
        conversation: "none",
        output_modalities: ["text"],
        max_output_tokens: OUTPUT_TOKENS_MAX,
        metadata: { purpose: "aftermath", [KEY]: key },
        ...how,
      },
    },
  ];
}

/** The key of the request that a response answers. */
export function keyOf(metadata: Metadata): string | undefined {
  return metadata[KEY];
}

/** The record that a response brings, checked against the schema; or what is wrong with it, in words for the model. */
export async function conclusionIn(
  { calls, text }: Pick<FinishedResponse, "calls" | "text">,
  schema: SummarySchema,
): Promise<Conclusion | { readonly fault: string }> {
  const written = calls[0]?.arguments ?? text;
  try {
    const { summary, fields } = outer.parse(JSON.parse(withoutFence(written)));
    const extracted = await schema.parseAsync(fields);
    const length = JSON.stringify(extracted).length;
    if (length > EXTRACTED_MAX_CHARS) return { fault: `The fields have ${length} characters` };
    return { summary: summary.trim().slice(0, SUMMARY_MAX_CHARS), extracted };
  } catch (error) {
    if (error instanceof z.ZodError) return { fault: z.prettifyError(error) };
    // The parser's own message quotes the text.
    return { fault: error instanceof SyntaxError ? "It is not JSON" : messageOf(error) };
  }
}

const outer = z.object({ summary: z.string(), fields: z.record(z.string(), z.unknown()).default({}) });

/** Models put JSON into a code block at times, whatever they are told. */
function withoutFence(text: string): string {
  return /^\s*```(?:json)?\s*\n([^]*?)\n?\s*```\s*$/i.exec(text)?.[1] ?? text;
}
