import { LOG_LEVELS } from "../log.ts";
import * as check from "./checks.ts";
import type { Variable } from "./variable.ts";

/** What is told while the service runs; part of the table in variables.ts. */
export const LOG = {
  LOG_LEVEL: {
    group: "Log",
    default: "info",
    check: check.oneOf(...LOG_LEVELS),
    help: "debug, info, warn or error.",
  },
  LOG_FORMAT: { group: "Log", default: "text", check: check.oneOf("text", "json"), help: "text or json." },
  LOG_TRANSCRIPTS: {
    group: "Log",
    default: "false",
    check: check.trueOrFalse,
    help:
      "Whether the log has what is said in calls: true or false. Digits and English words for numbers become #.",
  },
} as const satisfies Readonly<Record<string, Variable>>;
