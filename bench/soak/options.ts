/** What a soak does; all of it bounds it. */
export interface SoakOptions {
  readonly calls: number;
  /** At the same time. */
  readonly parallel: number;
  /** No call begins after so long, in both parts together. */
  readonly seconds: number;
  readonly seed: number;
  /** Calls of the part inside of the soak's own process, besides `calls`. */
  readonly inner: number;
  /** The number of the one call that is made, with all that the service logs. */
  readonly only: number | undefined;
  /** Shortest and longest call. */
  readonly lengthMs: readonly [number, number];
  /** Of the model's audio; G.711 takes half the machine. */
  readonly format: "pcm" | "pcmu";
  readonly recoverySeconds: number;
  readonly sampleMs: number;
  readonly json: boolean;
}

export const DEFAULTS: SoakOptions = {
  calls: 5000,
  parallel: 100,
  seconds: 600,
  seed: 1,
  inner: 600,
  only: undefined,
  lengthMs: [1000, 6000],
  format: "pcm",
  recoverySeconds: 4,
  sampleMs: 2000,
  json: false,
};

export const USAGE =
  "Usage: deno task soak [--calls 5000] [--parallel 100] [--seconds 600] [--seed 1] [--inner 600] [--pcmu] [--json]\n" +
  "       deno task soak --only 17 [--seed 1] [--pcmu]";

const NUMBERS = ["calls", "parallel", "seconds", "seed", "inner", "only"] as const;

/** Reads the command line; undefined: it can't be read. */
export function readOptions(args: readonly string[]): SoakOptions | undefined {
  const options: { -readonly [Name in keyof SoakOptions]: SoakOptions[Name] } = { ...DEFAULTS };
  const waiting = [...args];
  for (let arg = waiting.shift(); arg !== undefined; arg = waiting.shift()) {
    if (arg === "--json") {
      options.json = true;
      continue;
    }
    if (arg === "--pcmu") {
      options.format = "pcmu";
      continue;
    }
    const name = NUMBERS.find((each) => arg === `--${each}`);
    const value = waiting.shift() ?? "";
    if (!name || !/^\d{1,7}$/.test(value)) return undefined;
    options[name] = Number(value);
  }
  return options.parallel > 0 ? options : undefined;
}
