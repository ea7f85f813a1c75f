import * as check from "./checks.ts";
import type { Variable } from "./variable.ts";

export const RECORDS_CONTENTS = ["full", "no-content"] as const;
/** What a record tells: all of a call, or nothing of what was said, dialled and written in it. */
export type RecordsContent = typeof RECORDS_CONTENTS[number];

/** What is kept of each call when it is over; part of the table in variables.ts. */
export const RECORDS = {
  RECORDS_FILE: {
    group: "Records",
    otherwise: "no file",
    example: "./records.jsonl",
    check: check.path,
    help: "File that gets one line of JSON for each call when it is over; opened anew for each.",
  },
  RECORDS_URL: {
    group: "Records",
    alias: "RECORDS_ENDPOINT",
    otherwise: "nowhere",
    example: "https://crm.example.com/calls",
    check: check.httpUrl,
    help: "Where the same JSON is POSTed to; tried again while it is not taken.",
  },
  RECORDS_SECRET: {
    group: "Records",
    otherwise: "not signed",
    example: "a-long-random-text",
    check: check.apiKey,
    secret: true,
    help: "Signs what is POSTed: HMAC-SHA256 in X-Parley-Signature, with the time in X-Parley-Timestamp.",
  },
  RECORDS_CONTENT: {
    group: "Records",
    default: "full",
    check: check.oneOf(...RECORDS_CONTENTS),
    help: "full, or no-content: without numbers, transcript, tool arguments and summary.",
  },
} as const satisfies Readonly<Record<string, Variable>>;

/** What of these variables is allowed and doubtful, one line each. */
export function recordsWarnings(
  { url, secret }: { readonly url: string | undefined; readonly secret: string | undefined },
): string[] {
  if (url === undefined && secret !== undefined) return ["RECORDS_SECRET has no effect without RECORDS_URL"];
  if (url !== undefined && secret === undefined) {
    return ["RECORDS_SECRET is not set: whoever takes the records can't tell ours from others"];
  }
  return [];
}

/** What calls may cost together; part of the table in variables.ts. */
export const BUDGET = {
  BUDGET_USD_PER_DAY: {
    group: "Limits",
    otherwise: "any amount",
    example: "50",
    check: check.dollars,
    help: "US dollars that calls may cost in a day (UTC), per process: then new ones are refused with 503.",
  },
} as const satisfies Readonly<Record<string, Variable>>;
