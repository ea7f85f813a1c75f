import * as check from "./checks.ts";
import type { Variable } from "./variable.ts";

/** What traces may tell; part of the table in variables.ts. */
export const TRACES = {
  TRACE_CONTENT: {
    group: "Log",
    default: "false",
    check: check.trueOrFalse,
    help:
      "Whether traces have what is said, tool arguments and results, and numbers: true or false. Traces are made with OTEL_DENO=true.",
  },
} as const satisfies Readonly<Record<string, Variable>>;
