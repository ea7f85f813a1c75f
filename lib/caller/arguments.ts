import { parseArgs } from "node:util";
import type { Timing } from "./script.ts";

export const USAGE = `Makes a call to a running Parley, as avr-core would.

  deno task call --persona supportAgent --in samples/question.wav --out answer.wav

  --in <file>       what the caller says: a WAV of 8, 16 or 24 kHz, mono, 16 bit; again for each further turn
  --digits <keys>   keys the caller presses: 0-9, * and #; a turn of its own, in order with --in
  --out <file>      where to write what the caller hears: a WAV of 8 kHz
  --persona <name>  who answers; without it the service chooses
  --url <address>   the service (ws://127.0.0.1:6030)
  --from, --to      the numbers of caller and called, as core appends them to the address
  --token <token>   for a service that asks for one
  --speak-at <when> the first turn begins now, or so many seconds into the call (after the greeting)
  --barge-in        each further turn begins 1.5 s into the answer before it
  --listen <s>      how many seconds to listen to an answer at most (60)
`;

const DEFAULT_URL = "ws://127.0.0.1:6030";

/** A turn that the command line asks for: a file to say, or keys to press. */
export type TurnArgument = { readonly file: string } | { readonly press: string };

/** The command line, understood. */
export interface CallArguments {
  readonly url: string;
  readonly turns: readonly TurnArgument[];
  readonly out: string | undefined;
  readonly timing: Partial<Timing>;
  readonly help: boolean;
}

/**
 * Understands the command line.
 * @throws Error that names the argument and the value seen
 */
export function readArguments(args: string[]): CallArguments {
  const { values, tokens } = parseArgs({
    args,
    tokens: true,
    options: {
      in: { type: "string", multiple: true },
      digits: { type: "string", multiple: true },
      out: { type: "string" },
      persona: { type: "string" },
      url: { type: "string" },
      from: { type: "string" },
      to: { type: "string" },
      token: { type: "string" },
      "speak-at": { type: "string" },
      "barge-in": { type: "boolean" },
      listen: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  const turns: TurnArgument[] = [];
  for (const token of tokens) {
    if (token.kind !== "option" || token.value === undefined) continue;
    if (token.name === "in") turns.push({ file: token.value });
    if (token.name === "digits") turns.push({ press: keys(token.value) });
  }
  const { "speak-at": speakAt, "barge-in": bargeIn = false, listen } = values;
  const { persona, from, to, token } = values;
  return {
    url: address(values.url ?? DEFAULT_URL, persona, { from, to, token }),
    turns,
    out: values.out,
    timing: {
      bargeIn,
      ...speakAt !== undefined && { speakAtMs: speakAt === "now" ? 0 : seconds("speak-at", speakAt) },
      ...listen !== undefined && { listenMs: seconds("listen", listen) },
    },
    help: values.help ?? false,
  };
}

function keys(value: string): string {
  if (/^[0-9*#]+$/.test(value)) return value;
  throw new Error(`Could not read --digits: need 0-9, * and #, this is: ${value}`);
}

function seconds(name: string, value: string): number {
  const number = Number(value);
  if (value.trim() !== "" && number >= 0 && number < Infinity) return number * 1000;
  throw new Error(`Could not read --${name}: need a number of seconds, this is: ${value}`);
}

/** The line's address: the persona becomes the last segment of the path, the rest goes into the query. */
function address(
  base: string,
  persona: string | undefined,
  query: Readonly<Record<string, string | undefined>>,
): string {
  const url = URL.parse(base.replace(/^http/, "ws"));
  if (url?.protocol !== "ws:" && url?.protocol !== "wss:") {
    throw new Error(`Could not read --url: need ws://host:port, this is: ${base}`);
  }
  if (persona !== undefined) {
    url.pathname = `${url.pathname.replace(/\/$/, "")}/${encodeURIComponent(persona)}`;
  }
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url.href;
}
