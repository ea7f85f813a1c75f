/**
 * Thousands of short calls, hundreds at a time, with random faults on both sides: `deno task soak`. Ends with code 1
 * when a call hangs, or memory, sockets or timers do not stay flat.
 */
import { soakInside } from "./soak/in-process.ts";
import { readOptions, type SoakOptions, USAGE } from "./soak/options.ts";
import { soakProcess } from "./soak/out-of-process.ts";
import { callTables, inJson, innerSummary, processSummary, SAMPLE_HEADER, sampleRow } from "./soak/report.ts";
import { makeSounds } from "./soak/sounds.ts";
import { type InnerFigures, judgeInner, judgeProcess, type ProcessFigures } from "./soak/verdict.ts";

export interface SoakOutcome {
  readonly inner: InnerFigures | undefined;
  readonly process: ProcessFigures | undefined;
  /** None: all is well. */
  readonly faults: readonly string[];
}

/** Runs both parts, whichever have calls. @param print takes the report, line by line */
export async function soak(options: SoakOptions, print: (line: string) => void): Promise<SoakOutcome> {
  const untilMs = performance.now() + options.seconds * 1000;
  const sounds = await makeSounds();
  const all: string[] = [];
  const judged = (faults: readonly string[]) => {
    for (const fault of faults) print(`FAULT         ${fault}`);
    print(faults.length === 0 ? "verdict       all is well\n" : "");
    all.push(...faults);
  };

  let inner: InnerFigures | undefined;
  if (options.inner > 0) {
    print(`Inside of this process: ${options.inner} calls, seed ${options.seed}`);
    inner = await soakInside(options, sounds, untilMs - performance.now());
    for (const line of innerSummary(inner)) print(line);
    judged(judgeInner(inner));
  }
  let process: ProcessFigures | undefined;
  if (options.calls > 0) {
    print(
      `A process of its own: ${options.calls} calls, ${options.parallel} at a time, seed ${options.seed}`,
    );
    print(SAMPLE_HEADER);
    const forMs = untilMs - performance.now();
    process = await soakProcess(options, sounds, forMs, (sample) => print(sampleRow(sample)));
    for (const line of ["", ...callTables(process.results), "", ...processSummary(process)]) print(line);
    judged(judgeProcess(process));
  }
  return { inner, process, faults: all };
}

if (import.meta.main) {
  const options = readOptions(Deno.args);
  if (!options) {
    console.error(USAGE);
    Deno.exit(2);
  }
  // Deno.exit ends the processes that were started too.
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => Deno.exit(130));
  const chosen = options.only === undefined ? options : { ...options, calls: 0, inner: 1 };
  const { faults, inner, process } = await soak(chosen, options.json ? () => {} : console.log);
  if (options.json) {
    console.log(JSON.stringify({ options, faults, inner: inJson(inner), process: inJson(process) }));
  }
  Deno.exit(faults.length > 0 ? 1 : 0);
}
