import { assert, assertEquals } from "@std/assert";
import type { CallEvent } from "../../lib/call/events.ts";
import { readConfig } from "../../lib/config.ts";
import { createLog } from "../../lib/log.ts";
import { createTraces, type TracesOptions } from "../../lib/traces.ts";
import type { OpenSpan, SpanStart } from "../../lib/traces/span.ts";
import type { Telemetry } from "../../lib/traces/telemetry.ts";
import { VirtualClock } from "../support/clock.ts";
import { type MadeSpan, makeSpan } from "./support.ts";

const known = { personas: () => ["test"], tools: () => ["lookup"], models: () => [] };

/** Traces with a telemetry that only looks. */
function bench(env: Record<string, string> = {}, { isSampled = true, span }: Partial<Sees> = {}) {
  const logged: string[] = [];
  const made: MadeSpan[] = [];
  const parents: unknown[] = [];
  const telemetry: Telemetry = {
    begin(start, parent) {
      const one = makeSpan(start);
      made.push(one.made);
      parents.push(parent);
      return { span: span?.(start) ?? one.span, traceId: "t-1", isSampled, within: (act) => act() };
    },
  };
  const options: TracesOptions = {
    config: readConfig({ SIMULATOR: "always", ...env }),
    clock: new VirtualClock(),
    log: createLog({ level: "debug", write: (line) => logged.push(line) }),
    known,
    telemetry,
  };
  return { traces: createTraces(options)!, made, parents, logged };
}

interface Sees {
  isSampled: boolean;
  span: (start: SpanStart) => OpenSpan;
}

const call = {
  uuid: "u-1",
  persona: "test",
  generation: 2,
  parent: undefined,
  from: "+15550100",
  to: "5001",
};
const ended: CallEvent = { type: "ended", reason: "hung_up" };

Deno.test("traces: where nobody takes them there are none, and no call is watched", () => {
  const { clock, config, log } = { clock: new VirtualClock(), config: readConfig({}), log: createLog() };
  // Tests run without OTEL_DENO.
  assertEquals(createTraces({ clock, config, log, known }), undefined);
});

Deno.test("traces: telephone numbers are in a span with TRACE_CONTENT alone", () => {
  const { traces, made } = bench();
  traces.begin(call)!.watch(ended);
  assert(!JSON.stringify(made).includes("5550100"));
  assertEquals(made[0]!.attributes["gen_ai.conversation.id"], "u-1");
  assertEquals(made[0]!.attributes["parley.end_reason"], "hung_up");
  const told = bench({ TRACE_CONTENT: "true" });
  told.traces.begin(call)!.watch(ended);
  assertEquals(told.made[0]!.attributes["parley.line.from"], "+15550100");
  assertEquals(told.made[0]!.attributes["parley.line.to"], "5001");
});

Deno.test("traces: a call that is not sampled is not watched, and what it leads to still knows of it", () => {
  const { traces, made } = bench({}, { isSampled: false });
  const traced = traces.begin(call)!;
  traced.watch({ type: "caller_speaking" });
  traced.watch(ended);
  assertEquals([made[0]!.parts, made[0]!.endMs], [[], undefined]);
  assertEquals([traced.traceId, traced.within(() => 7)], [undefined, 7]);
});

Deno.test("traces: a fault of our own in tracing ends no call, and is told once", () => {
  const broken = () => {
    throw new Error("no span");
  };
  const { traces, logged } = bench({}, { span: () => ({ open: broken, event: broken, end: broken }) });
  const traced = traces.begin(call)!;
  traced.watch({ type: "caller_speaking" });
  traced.watch({ type: "hang_up", reason: "key" });
  traced.watch(ended);
  assertEquals(logged.length, 1);
  assert(logged[0]!.includes("no span"));
});

Deno.test("traces: whose trace a call belongs to is handed on", () => {
  const { traces, parents } = bench();
  const parent = { traceId: "a".repeat(32), spanId: "b".repeat(16), traceFlags: 1 };
  traces.begin({ ...call, parent });
  assertEquals(parents, [parent]);
});
