import { parseArgs } from "node:util";
import type { Format } from "../load/sound.ts";

/** What can be measured: the service, and what it is compared with. */
export const BRIDGES = ["service", "service-2", "relay", "relay-built-in", "plain", "plain-own"] as const;
export type BridgeName = typeof BRIDGES[number];

export interface Options {
  readonly calls: readonly number[];
  /** Of each measurement. */
  readonly seconds: number;
  /** Before it, from the moment that all calls talk. */
  readonly warmSeconds: number;
  readonly bridges: readonly BridgeName[];
  readonly format: Format;
  /** Variables of the service beside those of the bench. */
  readonly env: Readonly<Record<string, string>>;
  /** Calls that are set up and ended to measure what that costs; 0 leaves it out. */
  readonly setUps: number;
  /** How long to look for the largest number of calls, in all; 0 leaves it out. */
  readonly searchSeconds: number;
  /** Where the figures go, as JSON; undefined for nowhere. */
  readonly json: string | undefined;
  /** Shows where the time goes instead of measuring. */
  readonly profile: boolean;
}

export const USAGE = `deno task bench:calls [options]
  --calls 1,10,100,200,400   concurrent calls, one run each
  --seconds 8                measured in each run
  --warm 4                   seconds before that in which the calls talk already
  --against relay,plain      baselines: relay, relay-built-in, plain, plain-own; none for the service alone;
                             service-2 is the service with two workers, on all cores
  --only relay               measures these and not the service
  --format pcmu              audio between bridge and model: pcmu, as the service has it by default, or pcm
  --env LINE_FRAME_MS=60     a variable for the service; again for each further one
  --set-ups 300              calls that only begin and end, to measure what that costs; 0 for none
  --search 90                seconds to look for the largest number of calls that a core carries; 0 for none
  --json file                where the figures go; default bench/results/<date>.json, none for nowhere
  --profile                  shows where the time goes at the first number of --calls, default 100`;

/** Reads the command line; throws an error that says what is wrong with it. */
export function readOptions(args: readonly string[], date: Date): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      calls: { type: "string" },
      seconds: { type: "string", default: "8" },
      warm: { type: "string", default: "4" },
      against: { type: "string", default: "relay,plain" },
      only: { type: "string" },
      format: { type: "string", default: "pcmu" },
      env: { type: "string", multiple: true, default: [] },
      "set-ups": { type: "string", default: "300" },
      search: { type: "string", default: "90" },
      json: { type: "string" },
      profile: { type: "boolean", default: false },
    },
  });
  const profile = values.profile;
  const calls = (values.calls ?? (profile ? "100" : "1,10,100,200,400")).split(",").map(whole("--calls", 1));
  const against = values.against === "none" || profile ? [] : values.against.split(",");
  const stamp = date.toISOString().slice(0, 16).replaceAll(/[-:]/g, "").replace("T", "-");
  const json = values.json ?? (profile ? "none" : `bench/results/${stamp}.json`);
  return {
    calls: profile ? calls.slice(0, 1) : calls.toSorted((a, b) => a - b),
    seconds: whole("--seconds", 1)(values.seconds),
    warmSeconds: whole("--warm", 1)(values.warm),
    bridges: (values.only?.split(",") ?? ["service", ...against]).map(oneOf("--against", BRIDGES)),
    format: oneOf("--format", ["pcm", "pcmu"] as const)(values.format),
    env: Object.fromEntries(values.env.map(variable)),
    setUps: whole("--set-ups", 0)(values["set-ups"]),
    searchSeconds: whole("--search", 0)(values.search),
    json: json === "none" ? undefined : json,
    profile,
  };
}

const whole = (name: string, least: number) => (text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new Error(`Could not read ${name}, whole numbers from ${least} on are expected: ${text}`);
};

function variable(text: string): [name: string, value: string] {
  const at = text.indexOf("=");
  if (at < 1) throw new Error(`Could not read --env, NAME=value is expected: ${text}`);
  return [text.slice(0, at), text.slice(at + 1)];
}

const oneOf = <Value extends string>(name: string, known: readonly Value[]) => (text: string): Value => {
  const value = known.find((each) => each === text);
  if (value !== undefined) return value;
  throw new Error(`Could not read ${name}, known are ${known.join(", ")}: ${text}`);
};
