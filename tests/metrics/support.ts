import { assertEquals } from "@std/assert";
import type { CallEvent } from "../../lib/call/events.ts";
import type { Clock } from "../../lib/clock.ts";
import { createLog } from "../../lib/log.ts";
import { createMetrics, type KnownNames, type Metrics } from "../../lib/metrics.ts";
import { VirtualClock } from "../support/clock.ts";
import { type Exposition, readExposition } from "../support/exposition.ts";

export const MODEL = "gpt-realtime-2.1";

export interface BenchOptions {
  clock?: Clock;
  known?: Partial<KnownNames>;
}

/** Metrics by themselves, in virtual time, with what they log. */
export function metricsBench({ clock: given, known }: BenchOptions = {}) {
  const clock = new VirtualClock();
  const logged: string[] = [];
  const metrics = createMetrics({
    clock: given ?? clock,
    log: createLog({ level: "debug", write: (line) => logged.push(line) }),
    known: {
      personas: () => ["test", "billing"],
      tools: () => ["lookup"],
      models: () => [MODEL],
      ...known,
    },
  });
  return { clock, metrics, logged, read: () => page(metrics) };
}

/** What Prometheus would read; fails where it would not. */
export async function page(metrics: Metrics): Promise<Exposition> {
  const { contentType, text } = await metrics.render();
  assertEquals(contentType, "text/plain; version=0.0.4; charset=utf-8");
  const exposition = readExposition(text);
  assertEquals(exposition.faults, []);
  return exposition;
}

/** Metrics of a call that has been, each event at its time. */
export async function metricsOf(events: readonly (CallEvent & { atMs: number })[]): Promise<Exposition> {
  const { clock, metrics, logged, read } = metricsBench();
  for (const { atMs, ...event } of events) {
    clock.advance(atMs - clock.now());
    metrics.watch(event as CallEvent, "u-1");
  }
  assertEquals(logged, []);
  return await read();
}
