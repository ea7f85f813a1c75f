import type { Spread } from "../quantiles.ts";
import type { Bridge, Ports } from "./bridges.ts";
import type { Machine } from "./machine.ts";
import type { BridgeName } from "./options.ts";
import { cpuMs, residentKb } from "./proc.ts";
import { pause, startCallers, startModel } from "./run.ts";

/** What it costs to begin and end a call that says nothing: sockets, configuration, the agent's first word. */
export interface SetUpCost {
  readonly bridge: BridgeName;
  readonly calls: number;
  readonly cpuMsPerCall: number;
  /** From dialling to the agent's first word, while others are set up too. */
  readonly setUpMs: Spread;
  /** What is left of each call in memory a second after the last one, KB: garbage, mostly, not yet collected. */
  readonly kbLeftPerCall: number;
  readonly faults: readonly string[];
}

const WARM_CALLS = 100;
const AT_ONCE = 10;
const SETTLE_MS = 1000;

/** Sets up calls and hangs up at their first word; the first hundred only warm the bridge up. */
export async function measureSetUp(
  bridge: Bridge,
  calls: number,
  { machine, ports }: { readonly machine: Machine; readonly ports: Ports },
): Promise<SetUpCost> {
  const dir = await Deno.makeTempDir({ prefix: "parley-bench-" });
  try {
    await using model = await startModel({ bridge, machine, ports }, dir, calls, 1);
    await using service = await bridge.start();
    const begin = async (count: number) => {
      await using callers = startCallers({ machine, ports }, dir, count, {
        hangUpAtOnce: true,
        atOnce: AT_ONCE,
      });
      const told = await callers.ask<{ ready: number; failures: string[]; setUpMs: Spread }>();
      await pause(SETTLE_MS);
      return told;
    };
    await begin(WARM_CALLS);
    const [beforeMs, beforeKb] = [await cpuMs(service.pid), await residentKb(service.pid)];
    const { ready, failures, setUpMs } = await begin(calls);
    const [afterMs, afterKb] = [await cpuMs(service.pid), await residentKb(service.pid)];
    await service.end();
    await model.end();
    return {
      bridge: bridge.name,
      calls,
      cpuMsPerCall: (afterMs - beforeMs) / ready,
      setUpMs,
      kbLeftPerCall: (afterKb - beforeKb) / ready,
      faults: ready < calls ? [`${calls - ready} calls were not set up: ${failures[0] ?? "no time"}`] : [],
    };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}
