import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { serveAmi } from "./ami.ts";
import { type Callers, placeCalls } from "./callers.ts";
import { CountingClock } from "./counting-clock.ts";
import { serviceEnvironment } from "./environment.ts";
import { openInnerService } from "./inner-service.ts";
import { LogTally } from "./log-tally.ts";
import { serveModel } from "./model.ts";
import type { SoakOptions } from "./options.ts";
import type { CallResult } from "./result.ts";
import type { Sounds } from "./sounds.ts";
import { type InnerFigures, LIMITS } from "./verdict.ts";

const SETTLE_LIMIT_MS = 20_000;
const LINGER_MS = 1000;
const STEP_MS = 100;
/** One process plays all the parts here. */
const MOST_PARALLEL = 25;

/**
 * Calls to the service inside of this process, whose timers can be counted here and whose calls can be told apart.
 * The first half of them warms up, the second tells what a call leaves behind.
 */
export async function soakInside(options: SoakOptions, sounds: Sounds, forMs: number): Promise<InnerFigures> {
  const untilMs = performance.now() + forMs;
  const clock = new CountingClock();
  const log = new LogTally();
  const balance = new Balance();
  const lingering: Record<string, number> = {};
  const core: { callers?: Callers } = {};

  const model = serveModel(options);
  const ami = serveAmi(options, (number) => core.callers?.hangUp(number));
  const service = await openInnerService({
    env: serviceEnvironment({ ...options, modelUrl: model.url, amiUrl: ami.url }),
    clock,
    onLog: options.only === undefined ? (line) => log.line(line) : undefined,
    watch: ({ type }, uuid) => balance.note(type, uuid),
  });

  async function place(from: number, calls: number): Promise<readonly CallResult[]> {
    const callers = core.callers = placeCalls({
      ...options,
      sounds,
      port: service.port,
      from,
      calls,
      parallel: Math.min(options.parallel, MOST_PARALLEL),
      forMs: untilMs - performance.now(),
      mayGoOn: () => true,
    });
    await callers.finished;
    await settled(() => service.live === 0);
    await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
    for (const [site, timers] of Object.entries(clock.sites())) {
      lingering[site] = (lingering[site] ?? 0) + timers;
    }
    await settled(() => clock.pending === 0);
    return callers.results;
  }

  const from = options.only ?? 0;
  // Few calls tell nothing of memory: none of them has to warm up.
  const firstCalls = options.inner < 2 * LIMITS.heapCallsMin ? 0 : Math.ceil(options.inner / 2);
  const first = firstCalls === 0 ? [] : await place(from, firstCalls);
  const warmBytes = heapBytes();
  const second = await place(from + firstCalls, options.inner - firstCalls);
  const growthBytes = heapBytes() - warmBytes;
  const figures: InnerFigures = {
    results: [...first, ...second],
    started: balance.started,
    ended: balance.ended,
    unbalanced: balance.unbalanced,
    lingering,
    timers: clock.sites(),
    live: service.live,
    heapBytesPerCall: growthBytes / Math.max(1, second.length),
    heapCalls: second.length,
    messages: log.messages,
  };
  await model.close();
  await service.close();
  await ami[Symbol.asyncDispose]();
  return figures;
}

/** Whether calls end as often as they begin. */
class Balance {
  started = 0;
  ended = 0;
  /** Begun minus ended, where that is not 0. */
  readonly #open = new Map<string, number>();
  readonly #below = new Set<string>();

  get unbalanced(): string[] {
    return [...new Set([...this.#below, ...this.#open.keys()])];
  }

  note(type: string, uuid: string): void {
    if (type !== "started" && type !== "ended") return;
    this[type]++;
    const open = (this.#open.get(uuid) ?? 0) + (type === "started" ? 1 : -1);
    if (open < 0) this.#below.add(uuid);
    if (open === 0) this.#open.delete(uuid);
    else this.#open.set(uuid, open);
  }
}

/** Waits until what lingers after the last call is over, but not for ever. */
async function settled(isQuiet: () => boolean): Promise<void> {
  for (let waitedMs = 0; waitedMs < SETTLE_LIMIT_MS && !isQuiet(); waitedMs += STEP_MS) {
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
}

let collect: (() => void) | undefined;

function heapBytes(): number {
  if (!collect) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  // What a first collection sets free may hold the memory of others.
  for (let round = 0; round < 3; round++) collect();
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}
