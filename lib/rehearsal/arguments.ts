import { parseArgs } from "node:util";

export const USAGE = `Tries out personas with the calls that their rehearsals describe.

  deno task rehearse                          all rehearsals in the personas' folder
  deno task rehearse supportAgent             those of one persona, or of several

  --scene <words>   only scenes with these words in their name
  --junit <file>    writes the outcome for CI as well
  --record <dir>    writes each scene as a WAV file: the caller left, the agent right
  --live            with the real model, in real time; needs OPENAI_API_KEY, and costs what calls cost

  Ends with 0 when all that is expected holds, 1 when something does not, 2 when a file is at fault.
`;

/** The command line, understood. */
export interface RehearsalArguments {
  /** Of personas; all where there is none. */
  readonly names: readonly string[];
  readonly scene: string | undefined;
  readonly junit: string | undefined;
  readonly record: string | undefined;
  readonly live: boolean;
  readonly help: boolean;
}

/**
 * Understands the command line.
 * @throws Error that names the argument and the value seen
 */
export function readArguments(args: string[]): RehearsalArguments {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      scene: { type: "string" },
      junit: { type: "string" },
      record: { type: "string" },
      live: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  for (const name of ["junit", "record"] as const) {
    // The permission to write there is a flag, in which a comma begins another path.
    if (values[name] !== undefined && !/^[^,]+$/.test(values[name])) {
      throw new Error(`Could not read --${name}: need a path without a comma, this is: ${values[name]}`);
    }
  }
  return {
    names: positionals,
    scene: values.scene,
    junit: values.junit,
    record: values.record,
    live: values.live ?? false,
    help: values.help ?? false,
  };
}
