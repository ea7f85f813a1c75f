import type { CallersOptions } from "../load/callers.ts";
import type { ClockOffset } from "../load/clock.ts";
import { readLog } from "../load/log.ts";
import type { ModelOptions } from "../load/model.ts";
import type { Spread } from "../quantiles.ts";
import { type Bridge, type Ports, ROOT } from "./bridges.ts";
import { type Child, startChild } from "./child.ts";
import type { Machine } from "./machine.ts";
import { type Figures, measure } from "./measure.ts";
import type { BridgeName } from "./options.ts";
import { BusyTime, cpuMs, residentKb } from "./proc.ts";

/** What one run gives: a bridge under so many calls for a while. */
export interface Result extends Figures {
  readonly bridge: BridgeName;
  readonly calls: number;
  readonly seconds: number;
  readonly format: string;
  /** The bridge's, all its threads together, per second of one call. */
  readonly cpuMsPerCallSecond: number;
  /** The bridge's share of a core. */
  readonly coreShare: number;
  /** What the bridge's memory has grown by since its start, per call. */
  readonly kbPerCall: number;
  readonly residentMb: number;
  /** From dialling to the agent's first word. */
  readonly setUpMs: Spread;
  readonly harness: Harness;
  /** Why the figures are not to be believed, or the bridge could not do it; empty when all is well. */
  readonly faults: readonly string[];
}

/** How the measuring itself went. */
export interface Harness {
  /** How late the timers of callers and model were. */
  readonly callersLagMs: Spread;
  readonly modelLagMs: Spread;
  readonly callersShare: number;
  readonly modelShare: number;
  /** Cores that other programs of the machine used meanwhile. */
  readonly othersShare: number;
  readonly clock: ClockOffset;
}

export interface RunOptions {
  readonly bridge: Bridge;
  readonly calls: number;
  readonly seconds: number;
  readonly warmSeconds: number;
  readonly machine: Machine;
  readonly ports: Ports;
  /** A folder for what V8's profiler writes. */
  readonly profile?: string;
  /** Told when what is measured begins, and when it ends. */
  readonly onEdge?: () => void;
}

/** Timers that are later than this, p99, don't keep the time of real calls any more. */
const LAG_LIMIT_MS = 5;
/** Calls that are being set up at a time. */
const AT_ONCE = 8;
const SETTLE_MS = 500;
/** The longest set-up of all calls, with room for the rest; only the script's length depends on it. */
const SET_UP_SECONDS = 60;

/** Threads that collect garbage beside the program would take the one core away from it, for tens of milliseconds. */
const GARBAGE_FLAGS = "--v8-flags=--single-threaded-gc,--max-semi-space-size=64";

interface Ready {
  readonly ready: number;
  readonly failures: readonly string[];
  readonly setUpMs: Spread;
  readonly clock: ClockOffset;
}

/** Runs one bridge under load and puts together what it did. */
export async function run(options: RunOptions): Promise<Result> {
  const { bridge, calls, seconds, warmSeconds, profile } = options;
  const dir = await Deno.makeTempDir({ prefix: "parley-bench-" });
  try {
    await using model = await startModel(options, dir, calls, warmSeconds + seconds + SET_UP_SECONDS);
    await using service = await bridge.start(profile);
    await pause(SETTLE_MS);
    const emptyKb = await residentKb(service.pid);
    await using callers = startCallers(options, dir, calls, { hangUpAtOnce: false, atOnce: AT_ONCE });
    const { ready, failures, setUpMs, clock } = await callers.ask<Ready>();
    await pause(warmSeconds * 1000);

    const processes = [service, callers, model];
    const busy = await BusyTime.begin(processes.map(({ pid }) => pid));
    const { atMs: fromMs } = await callers.ask<{ atMs: number }>("begin");
    await model.ask("begin");
    options.onEdge?.();
    const beforeMs = await cpuMs(service.pid);
    await pause(seconds * 1000);
    const { atMs: toMs, lagMs: callersLagMs, lost } = await callers.ask<CallersEnd>("end");
    const afterMs = await cpuMs(service.pid);
    options.onEdge?.();
    const { lagMs: modelLagMs } = await model.ask<{ lagMs: Spread }>("end");
    const [, callersShare, modelShare, othersShare] = await busy.end();
    const fullKb = await residentKb(service.pid);
    await callers.ask("stop");
    await model.ask("stop");
    await service.end();

    const elapsedMs = toMs - fromMs;
    const figures = measure({
      callers: await readLog(`${dir}/callers`),
      model: await readLog(`${dir}/model`),
      calls,
      fromMs,
      toMs,
      offsetMs: clock.offsetMs,
    });
    const harness = { callersLagMs, modelLagMs, callersShare, modelShare, othersShare, clock } as Harness;
    return {
      bridge: bridge.name,
      calls,
      seconds,
      format: bridge.format,
      cpuMsPerCallSecond: (afterMs - beforeMs) / ready / (elapsedMs / 1000),
      coreShare: (afterMs - beforeMs) / elapsedMs,
      ...figures,
      kbPerCall: (fullKb - emptyKb) / ready,
      residentMb: fullKb / 1024,
      setUpMs,
      harness,
      faults: [
        ...(ready < calls ? [`${calls - ready} calls were not set up: ${failures[0] ?? "no time"}`] : []),
        ...(lost > 0 ? [`${lost} calls ended early`] : []),
        ...(figures.unmatched > 0 ? [`${figures.unmatched} calls could not be matched`] : []),
        ...Object.entries(figures.lost).flatMap(([what, count]) =>
          count > 0 ? [`${count} ${what} were lost`] : []
        ),
        ...harnessFaults(harness),
      ],
    };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

interface CallersEnd {
  readonly atMs: number;
  readonly lagMs: Spread;
  readonly lost: number;
}

function harnessFaults({ callersLagMs, modelLagMs }: Harness): string[] {
  const late = Math.max(callersLagMs.p99, modelLagMs.p99);
  return late <= LAG_LIMIT_MS ? [] : [`invalid: the bench's own timers were ${late.toFixed(1)} ms late, p99`];
}

/** Whether the figures tell of the bench more than of the bridge. */
export const isInvalid = ({ harness }: Pick<Result, "harness">): boolean => harnessFaults(harness).length > 0;

export async function startModel(
  { bridge, machine, ports }: Pick<RunOptions, "bridge" | "machine" | "ports">,
  dir: string,
  calls: number,
  seconds: number,
): Promise<Child> {
  const { format } = bridge;
  const options: ModelOptions = { port: ports.model, format, calls, seconds, log: `${dir}/model` };
  const model = load("model.ts", options, dir, machine);
  await model.ask();
  return model;
}

export function startCallers(
  { machine, ports }: Pick<RunOptions, "machine" | "ports">,
  dir: string,
  calls: number,
  how: Pick<CallersOptions, "hangUpAtOnce" | "atOnce">,
): Child {
  const options: CallersOptions = {
    port: ports.bridge,
    modelPort: ports.model,
    calls,
    log: `${dir}/callers`,
    ...how,
  };
  return load("callers.ts", options, dir, machine);
}

function load(file: string, options: object, dir: string, machine: Machine): Child {
  return startChild({
    name: file,
    command: Deno.execPath(),
    args: [
      "run",
      "--no-prompt",
      "--quiet",
      GARBAGE_FLAGS,
      "--allow-net=127.0.0.1",
      "--allow-read",
      `--allow-write=${dir}`,
      `bench/load/${file}`,
      JSON.stringify(options),
    ],
    cwd: ROOT,
    cores: machine.loadCores,
  });
}

export const pause = (ms: number): Promise<void> => new Promise((wake) => setTimeout(wake, ms));
