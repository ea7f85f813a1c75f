/** A span as a collector of OpenTelemetry's gets it. Times in milliseconds since 1970. */
export interface ReceivedSpan {
  readonly scope: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first of a trace. */
  readonly parentSpanId: string;
  /** As OTLP counts them: 1 internal, 2 server, 3 client. */
  readonly kind: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Which of them were sent as whole numbers. */
  readonly ints: ReadonlySet<string>;
  readonly events: readonly string[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly error: string | undefined;
}

/** A collector's stand-in on loopback, for `OTEL_EXPORTER_OTLP_PROTOCOL=http/json`. */
export interface OtlpCollector extends AsyncDisposable {
  /** What makes a process of Deno's send to it, soon. */
  readonly env: Record<string, string>;
  readonly spans: readonly ReceivedSpan[];
  /** All that was sent, traces, logs and metrics, as text. */
  text(): string;
  /** The first span that `test` accepts; fails after 10 s. */
  next(what: string, test: (span: ReceivedSpan) => boolean): Promise<ReceivedSpan>;
}

export function startOtlpCollector(): OtlpCollector {
  const spans: ReceivedSpan[] = [];
  const bodies: string[] = [];
  let wake = () => {};
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const text = await request.text();
    bodies.push(text);
    if (new URL(request.url).pathname === "/v1/traces") {
      spans.push(...spansIn(JSON.parse(text)));
      wake();
    }
    return Response.json({});
  });
  return {
    env: {
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${server.addr.port}`,
      OTEL_BSP_SCHEDULE_DELAY: "50",
    },
    spans,
    text: () => bodies.join("\n"),
    async next(what, test) {
      const untilMs = performance.now() + 10_000;
      for (;;) {
        const found = spans.find(test);
        if (found) return found;
        const leftMs = untilMs - performance.now();
        if (leftMs <= 0) throw new Error(`Waited in vain for: ${what}; got ${spans.map(({ name }) => name)}`);
        let timer: ReturnType<typeof setTimeout> | undefined;
        await new Promise<void>((resolve) => {
          wake = resolve;
          timer = setTimeout(resolve, leftMs);
        });
        clearTimeout(timer);
      }
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** The part of OTLP's JSON that is looked at. */
interface Traces {
  resourceSpans: { scopeSpans: { scope: { name: string }; spans: WireSpan[] }[] }[];
}
interface WireSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: WireValue }[];
  events: { name: string }[];
  links: { traceId: string; spanId: string }[];
  status: { code: number; message: string };
}
interface WireValue {
  stringValue?: string;
  boolValue?: boolean;
  intValue?: string | number;
  doubleValue?: number;
  arrayValue?: { values: WireValue[] };
}

function spansIn({ resourceSpans }: Traces): ReceivedSpan[] {
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans).flatMap(({ scope, spans }) =>
    spans.map((span) => ({
      scope: scope.name,
      name: span.name,
      traceId: span.traceId,
      spanId: span.spanId,
      parentSpanId: span.parentSpanId ?? "",
      kind: span.kind,
      startMs: Number(span.startTimeUnixNano) / 1e6,
      endMs: Number(span.endTimeUnixNano) / 1e6,
      attributes: Object.fromEntries(span.attributes.map(({ key, value }) => [key, plain(value)])),
      ints: new Set(
        span.attributes.filter(({ value }) => value.intValue !== undefined).map(({ key }) => key),
      ),
      events: span.events.map(({ name }) => name),
      links: span.links.map(({ traceId, spanId }) => ({ traceId, spanId })),
      error: span.status.code === 2 ? span.status.message : undefined,
    }))
  );
}

function plain({ stringValue, boolValue, intValue, doubleValue, arrayValue }: WireValue): unknown {
  if (intValue !== undefined) return Number(intValue);
  return stringValue ?? boolValue ?? doubleValue ?? arrayValue?.values.map(plain);
}
