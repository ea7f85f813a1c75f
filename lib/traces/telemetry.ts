import {
  context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
} from "@opentelemetry/api";
import type { Clock } from "../clock.ts";
import { keepUrlsPrivate } from "../tools/tracing.ts";
import { FRACTIONS } from "./attributes.ts";
import type { Attributes, OpenSpan, SpanEnd, SpanStart } from "./span.ts";
import type { RemoteParent } from "./traceparent.ts";

/** The first span of a trace, or of our part of one. */
export interface RootSpan {
  readonly span: OpenSpan;
  readonly traceId: string;
  /** Whether anybody will see it. */
  readonly isSampled: boolean;
  /** Spans that others make while `act` runs, and in what follows from it, are parts of this one. */
  readonly within: <T>(act: () => T) => T;
}

/** Where traces go: Deno's own OpenTelemetry. */
export interface Telemetry {
  begin(start: SpanStart, parent: RemoteParent | undefined): RootSpan;
}

const TRACER = "parley";
const KINDS = { internal: SpanKind.INTERNAL, server: SpanKind.SERVER, client: SpanKind.CLIENT } as const;

/** Deno exports by itself with OTEL_DENO=true; undefined without. */
export function createTelemetry(clock: Clock): Telemetry | undefined {
  const tracer = trace.getTracer(TRACER);
  // It is never ended, and so never sent.
  if (!tracer.startSpan("probe", {}, ROOT_CONTEXT).isRecording()) return undefined;
  keepUrlsPrivate();

  return {
    begin(start, parent) {
      // The call's clock has no date; all times of a trace are told by the date at its begin.
      const epochMs = Date.now() - clock.now();
      const from = parent ? trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true }) : ROOT_CONTEXT;
      const asked = trace.getActiveSpan()?.spanContext();

      const open = (parts: typeof from, { name, kind = "internal", startMs, attributes = {} }: SpanStart) =>
        tracer.startSpan(name, {
          kind: KINDS[kind],
          startTime: epochMs + startMs,
          attributes: plain(attributes),
        }, parts);
      const handle = (span: Span): OpenSpan => ({
        open: (start) => handle(open(trace.setSpan(ROOT_CONTEXT, span), start)),
        event: (name, atMs, attributes = {}) => void span.addEvent(name, plain(attributes), epochMs + atMs),
        end: (endMs, end) => finish(span, epochMs + endMs, end),
      });

      const root = open(from, start);
      if (asked && asked.traceId !== root.spanContext().traceId) root.addLink({ context: asked });
      const { traceId, traceFlags } = root.spanContext();
      const own = trace.setSpan(ROOT_CONTEXT, root);
      return {
        span: handle(root),
        traceId,
        isSampled: (traceFlags & TraceFlags.SAMPLED) !== 0,
        within: (act) => context.with(own, act),
      };
    },
  };
}

function finish(span: Span, endMs: number, { attributes = {}, error }: SpanEnd = {}): void {
  span.setAttributes(plain(error === undefined ? attributes : { ...attributes, "error.type": error }));
  if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error });
  span.end(endMs);
}

type Plain = NonNullable<Parameters<Span["setAttributes"]>[0]>;

/** Deno sends a number as a `double`, whatever it is; what counts has to be an `int`, and a bigint is. */
function plain(attributes: Attributes): Plain {
  const sent: Record<string, string | number | boolean | bigint | readonly string[]> = {};
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || (typeof value === "number" && !Number.isFinite(value))) continue;
    sent[key] = typeof value !== "number" || FRACTIONS.has(key) ? value : BigInt(Math.round(value));
  }
  return sent as unknown as Plain;
}
