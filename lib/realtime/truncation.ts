import type { RealtimeTruncation } from "openai/resources/realtime/realtime";
import type { Overrides } from "../config.ts";
import { conversationTokens, DEFAULT_RETENTION_RATIO, DEFAULT_TOKEN_LIMIT } from "../config/models.ts";
import type { PersonaDefinition } from "../persona/define.ts";
import type { Choose } from "./session.ts";

/**
 * What becomes of the oldest turns of a long conversation.
 *
 * A minute of talk, half of it each side's, is 300 tokens of the caller's audio, 600 of the agent's and some text: about
 * 1000. The default of 24,000 thus holds 24 minutes, nearly every call as a whole, fits beside the instructions into the
 * 32k models too, and costs a cent per answer (24,000 tokens from the cache at $0.40 a million), where the 96,000 that
 * gpt-realtime-2.1 would read cost four. What stays after a cut is not in the cache: up to 19,200 tokens of audio at $32 a
 * million, $0.61. Cutting to 80 % makes that happen every 5 minutes; without a share it would happen at every answer.
 */
export function truncation(
  { truncation: own }: PersonaDefinition,
  { retentionRatio, tokenLimit }: Overrides,
  model: string,
  choose: Choose,
): RealtimeTruncation {
  if (typeof retentionRatio === "string") {
    return choose("truncation", retentionRatio, undefined, retentionRatio);
  }
  // A limit from the environment means that there is one, whatever the persona has.
  const byEnv = retentionRatio !== undefined || tokenLimit !== undefined;
  if (typeof own === "string" && !byEnv) return choose("truncation", undefined, own, own);
  const type = "retention_ratio";
  const fields = typeof own === "object" ? own : {};
  const limit = choose(
    "truncation.token_limits.post_instructions",
    tokenLimit,
    fields.tokenLimit,
    DEFAULT_TOKEN_LIMIT,
  );
  return {
    type: choose("truncation.type", byEnv ? type : undefined, own && type, type),
    retention_ratio: choose(
      "truncation.retention_ratio",
      retentionRatio,
      fields.retentionRatio,
      DEFAULT_RETENTION_RATIO,
    ),
    // The API takes no more than the model reads, and a persona's model may be another one today.
    token_limits: { post_instructions: Math.min(limit, conversationTokens(model)) },
  };
}
