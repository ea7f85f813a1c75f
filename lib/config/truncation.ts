import type { Check } from "./checks.ts";
import * as check from "./checks.ts";
import { DEFAULT_RETENTION_RATIO, DEFAULT_TOKEN_LIMIT, TOKEN_LIMIT_RANGE } from "./models.ts";
import type { Variable } from "./variable.ts";

/** A share, or one of the API's own ways that know no share. */
const retentionRatio: Check<number | "auto" | "disabled"> = (text) => {
  const lower = text.toLowerCase();
  if (lower === "auto" || lower === "disabled") return lower;
  try {
    return check.decimal(0, 1)(text);
  } catch {
    throw new RangeError("must be a number from 0 to 1, auto or disabled");
  }
};

/** What becomes of the oldest turns of a long call; part of the table in variables.ts. */
export const TRUNCATION = {
  OPENAI_TRUNCATION_RETENTION_RATIO: {
    group: "Conversation",
    otherwise: `the persona's, else \`${DEFAULT_RETENTION_RATIO}\``,
    example: `${DEFAULT_RETENTION_RATIO}`,
    check: retentionRatio,
    help:
      "Share of a long conversation that stays when its oldest turns are left out, 0 to 1; auto or disabled.",
  },
  OPENAI_TRUNCATION_TOKEN_LIMIT: {
    group: "Conversation",
    otherwise: `the persona's, else \`${DEFAULT_TOKEN_LIMIT}\``,
    example: `${DEFAULT_TOKEN_LIMIT}`,
    check: check.wholeNumber(...TOKEN_LIMIT_RANGE),
    help: `Tokens at which that happens, ${TOKEN_LIMIT_RANGE.join(" to ")}; a minute of talk is about 1000.`,
  },
} as const satisfies Readonly<Record<string, Variable>>;
