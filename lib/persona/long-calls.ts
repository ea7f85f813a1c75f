import type { Overrides } from "../config.ts";
import { conversationTokens, DEFAULT_MODEL, DEFAULT_TOKEN_LIMIT } from "../config/models.ts";
import type { PersonaDefinition } from "./define.ts";
import type { Summarize } from "./fields.ts";

/** Below the limit at which turns are left out, so that they are summed up before. */
const AFTER_TOKENS = 20_000;
const KEEP_TURNS = 2;

/** When and how a persona's conversations are summed up; undefined: never. */
export function summarizeOf(
  { summarize }: Pick<PersonaDefinition, "summarize">,
): Required<Summarize> | undefined {
  if (!summarize) return undefined;
  const { afterTokens = AFTER_TOKENS, keepTurns = KEEP_TURNS } = summarize === true ? {} : summarize;
  return { afterTokens, keepTurns };
}

/** What in a persona's `truncation` and `summarize` is allowed and doubtful. */
export function longCallWarnings(persona: PersonaDefinition, overrides: Overrides): string[] {
  const warnings: string[] = [];
  const model = overrides.model ?? persona.model ?? DEFAULT_MODEL;
  const most = conversationTokens(model);
  const own = typeof persona.truncation === "object" ? persona.truncation.tokenLimit : undefined;
  if (own !== undefined && own > most && overrides.tokenLimit === undefined) {
    warnings.push(`truncation.tokenLimit is more than ${model} reads: ${most} counts instead of ${own}`);
  }
  const limit = Math.min(limitOf(persona, overrides), most);
  const summarize = summarizeOf(persona);
  if (summarize && summarize.afterTokens >= limit) {
    warnings.push(
      `summarize.afterTokens ${summarize.afterTokens} is not below the ${limit} tokens at which turns are left out: ` +
        "they may be lost before they are summed up",
    );
  }
  return warnings;
}

/** Tokens of conversation at which the oldest turns are left out. */
function limitOf({ truncation }: PersonaDefinition, { retentionRatio, tokenLimit }: Overrides): number {
  if (typeof retentionRatio === "string") return Infinity;
  if (tokenLimit !== undefined) return tokenLimit;
  if (typeof truncation === "string" && retentionRatio === undefined) return Infinity;
  return (typeof truncation === "object" ? truncation.tokenLimit : undefined) ?? DEFAULT_TOKEN_LIMIT;
}
