import { Caller } from "./caller.ts";
import { planCall, type PlanOptions } from "./plan.ts";
import type { CallResult } from "./result.ts";
import type { Sounds } from "./sounds.ts";

export interface CallersOptions extends PlanOptions {
  readonly sounds: Sounds;
  /** Of the service. */
  readonly port: number;
  /** Number of the first call. @default 0 */
  readonly from?: number;
  readonly calls: number;
  /** At the same time. */
  readonly parallel: number;
  /** No call begins after so long. */
  readonly forMs: number;
  /** Looked at before each call: false and no other begins. */
  readonly mayGoOn: () => boolean;
}

/** The callers of a soak. */
export interface Callers {
  readonly placed: number;
  readonly live: number;
  readonly results: readonly CallResult[];
  /** How late each tick came, ms: how busy this machine is. */
  readonly lagsMs: readonly number[];
  /** Resolves when the last call is over. */
  readonly finished: Promise<void>;
  /** What avr-ami has core do. */
  hangUp(callNumber: number): void;
  stop(): void;
}

const TICK_MS = 10;
/** What a tick counts at most: while this process stands still, nobody else is late. */
const TICK_MAX_MS = 50;
/** So many begin in one tick. */
const AT_ONCE = 4;

/** Places calls one after the other, many at a time. */
export function placeCalls(options: CallersOptions): Callers {
  const { from = 0, calls, parallel, port, sounds } = options;
  const live = new Map<number, Caller>();
  const results: CallResult[] = [];
  const lagsMs: number[] = [];
  const { promise: finished, resolve } = Promise.withResolvers<void>();
  const untilMs = performance.now() + options.forMs;
  let placed = 0;
  let stopped = false;

  let tickedAtMs = performance.now();
  let nowMs = 0;
  const timer = setInterval(() => {
    const wallMs = performance.now();
    const sinceMs = wallMs - tickedAtMs;
    nowMs += Math.min(sinceMs, TICK_MAX_MS);
    lagsMs.push(Math.round(Math.max(0, sinceMs - TICK_MS)));
    tickedAtMs = wallMs;
    const goesOn = () => !stopped && placed < calls && performance.now() < untilMs && options.mayGoOn();
    for (let begun = 0; begun < AT_ONCE && live.size < parallel && goesOn(); begun++) {
      const number = from + placed;
      live.set(number, new Caller(planCall(options, number), port, sounds, nowMs));
      placed++;
    }
    for (const [number, caller] of live) {
      caller.tick(nowMs);
      if (!caller.result) continue;
      live.delete(number);
      results.push(caller.result);
    }
    if (live.size > 0 || goesOn()) return;
    clearInterval(timer);
    resolve();
  }, TICK_MS);

  return {
    get placed() {
      return placed;
    },
    get live() {
      return live.size;
    },
    results,
    lagsMs,
    finished,
    hangUp: (callNumber) => live.get(callNumber)?.hangUp(),
    stop() {
      stopped = true;
      for (const caller of live.values()) caller.stop();
      live.clear();
    },
  };
}
