/** What the model is told when a tool has no result: what happened, and what it can do. */
import type { Effect, ToolOutcome } from "./tool.ts";

type ErrorOutcome = ToolOutcome & { readonly kind: "error" };

const error = (text: string): ErrorOutcome => ({ kind: "error", text });

/** A change that was under way may have been made. */
const unsure = (effect: Effect) => effect === "write" ? " Whether it took effect is not known." : "";

export function failed(reason: "invalid" | "refused" | "thrown", text: string, effect: Effect): ErrorOutcome {
  if (reason === "invalid") return error(`The arguments are not valid. Correct them and try again.\n${text}`);
  if (reason === "refused") return error(`The tool is not permitted to do this: ${text}.${unsure(effect)}`);
  return error(`The tool failed: ${text}.${unsure(effect)}`);
}

export function tooLong(timeoutMs: number, effect: Effect): ErrorOutcome {
  return error(
    `The tool gave no result within ${timeoutMs / 1000} seconds and was stopped.${unsure(effect)}`,
  );
}

export function crashed(effect: Effect): ErrorOutcome {
  return error(`The tool stopped working and gave no result.${unsure(effect)}`);
}

export function busy(): ErrorOutcome {
  return error("The tool is busy with too many requests. Nothing was done.");
}

export function outOfOrder(): ErrorOutcome {
  return error("The tool is out of order. Nothing was done.");
}

export function callEnded(): ErrorOutcome {
  return error("The call has ended.");
}
