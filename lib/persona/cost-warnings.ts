import type { Overrides } from "../config.ts";
import { DEFAULT_MODEL } from "../config/models.ts";
import { priceOf, PRICES_AS_OF } from "../config/prices.ts";
import type { PersonaDefinition } from "./define.ts";

/** What the first answers of a call cost, with some instructions and tools: below that a limit ends every call. */
const USD_MIN = 0.05;

/** What in a persona's `limits.usd` is allowed and doubtful. */
export function costWarnings(
  { limits, model: own }: PersonaDefinition,
  { model: given }: Overrides,
): string[] {
  if (limits?.usd === undefined) return [];
  const model = given ?? own ?? DEFAULT_MODEL;
  if (!priceOf(model)) {
    return [`limits.usd can't be held, as the price of ${model} is not known (prices of ${PRICES_AS_OF})`];
  }
  return limits.usd < USD_MIN
    ? [`limits.usd ${limits.usd} is so little that a call may end after its first answer`]
    : [];
}
