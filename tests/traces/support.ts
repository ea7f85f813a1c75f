import { assert } from "@std/assert";
import type { CallEvent } from "../../lib/call/events.ts";
import { CallTrace, type CallTraceOptions } from "../../lib/traces/call-trace.ts";
import type { Attributes, OpenSpan, SpanStart } from "../../lib/traces/span.ts";
import { VirtualClock } from "../support/clock.ts";

/** A span as it was made. */
export interface MadeSpan {
  readonly name: string;
  readonly kind: string;
  readonly startMs: number;
  endMs: number | undefined;
  error: string | undefined;
  readonly attributes: Record<string, Attributes[string]>;
  readonly events: { readonly name: string; readonly atMs: number; readonly attributes: Attributes }[];
  readonly parts: MadeSpan[];
}

/** A trace that is only looked at. Fails where a span is ended twice, before it begins, or told an attribute twice. */
export function makeSpan(start: SpanStart): { made: MadeSpan; span: OpenSpan } {
  const { name, kind = "internal", startMs, attributes = {} } = start;
  const made: MadeSpan = {
    name,
    kind,
    startMs,
    endMs: undefined,
    error: undefined,
    attributes: {},
    events: [],
    parts: [],
  };
  const set = (more: Attributes) => {
    for (const [key, value] of Object.entries(more)) {
      if (value === undefined) continue;
      assert(!(key in made.attributes), `${name} is told ${key} twice`);
      made.attributes[key] = value;
    }
  };
  set(attributes);
  const span: OpenSpan = {
    open(start) {
      const part = makeSpan(start);
      made.parts.push(part.made);
      return part.span;
    },
    event: (name, atMs, attributes = {}) => made.events.push({ name, atMs, attributes }),
    end(endMs, { attributes = {}, error } = {}) {
      assert(made.endMs === undefined, `${name} is ended twice`);
      assert(endMs >= startMs, `${name} ends before it begins: ${startMs} to ${endMs}`);
      made.endMs = endMs;
      made.error = error;
      set(attributes);
    },
  };
  return { made, span };
}

/** The span and all of its parts. */
export function allOf(span: MadeSpan): MadeSpan[] {
  return [span, ...span.parts.flatMap(allOf)];
}

/** Those of a name, wherever they are. */
export function named(span: MadeSpan, name: string): MadeSpan[] {
  return allOf(span).filter((each) => each.name === name);
}

/** Names and parts, for a look at the whole. */
export function treeOf(span: MadeSpan, indent = ""): string[] {
  return [`${indent}${span.name}`, ...span.parts.flatMap((part) => treeOf(part, `${indent}  `))];
}

export type TimedEvent = CallEvent & { atMs: number };

const PROVIDER = { "gen_ai.provider.name": "openai", "server.address": "api.openai.com", "server.port": 443 };

/** The trace that the events make, each at its time. */
export function traceOf(
  events: readonly TimedEvent[],
  options: Partial<Pick<CallTraceOptions, "content" | "toolName" | "persona">> = {},
): MadeSpan {
  const clock = new VirtualClock();
  const { made, span } = makeSpan({ name: "call test", kind: "server", startMs: 0 });
  const trace = new CallTrace({
    clock,
    span,
    persona: "test",
    conversation: "u-1",
    content: false,
    provider: PROVIDER,
    toolName: (name) => name,
    ...options,
  });
  for (const { atMs, ...event } of events) {
    clock.advance(atMs - clock.now());
    trace.watch(event as CallEvent);
  }
  return made;
}
