/**
 * What OpenTelemetry's package does not do, by Deno's own `Deno.telemetry`, as a sandbox may read no package. All of it is
 * nothing without OTEL_DENO=true.
 */

/** The span that something is done for. */
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
}

/** The part of a span of Deno's that is used. */
interface Span {
  setAttribute(key: string, value: unknown): Span;
  setStatus(status: { readonly code: number; readonly message?: string }): Span;
}

/** The part of OpenTelemetry's context that is used. */
interface Context {
  getValue(key: symbol): { spanContext(): TraceContext } | undefined;
  setValue(key: symbol, value: unknown): Context;
}

/** The key under which OpenTelemetry's packages keep the active span. */
const SPAN_KEY = Symbol.for("OpenTelemetry Context Key SPAN");

/** Attributes of Deno's spans that have whole URLs in them. */
const WITH_URLS: ReadonlySet<string> = new Set(["url.full", "exception.message", "exception.stacktrace"]);

const kept = new WeakSet<object>();

/**
 * Deno makes spans of its own for each request that is served or fetched, with the whole URL in them: with the token of
 * AUTH_TOKEN, and the telephone numbers that core puts there. From here on they get it without user, password, query and
 * fragment. There is no setting for that (2.9.6), and an attribute that is set once more is sent twice; so it is done
 * where this thread's spans are told their attributes.
 */
export function keepUrlsPrivate(): void {
  const spans = spansOfThisThread();
  if (!spans || kept.has(spans)) return;
  kept.add(spans);
  const { setAttribute, setStatus } = spans;
  spans.setAttribute = function (this: Span, key, value) {
    if (key === "url.query") return this;
    return setAttribute.call(this, key, WITH_URLS.has(key) ? withoutQueries(String(value)) : value);
  };
  spans.setStatus = function (this: Span, status) {
    const { message } = status;
    return setStatus.call(
      this,
      message === undefined ? status : { ...status, message: withoutQueries(message) },
    );
  };
}

/** The text with only origin and path of each URL in it. */
export function withoutQueries(text: string): string {
  return text.replace(/\b(https?|wss?):\/\/[^\s)"']*/gi, (found) => {
    const url = URL.parse(found);
    return url ? `${url.protocol}//${url.host}${url.pathname}` : "(URL)";
  });
}

/** The span that is active here, to be told to another thread; undefined where nothing is traced. */
export function activeTrace(): TraceContext | undefined {
  const active: Context = Deno.telemetry.contextManager.active();
  const { traceId, spanId, traceFlags } = active.getValue(SPAN_KEY)?.spanContext() ?? {};
  if (traceId === undefined || spanId === undefined || traceFlags === undefined) return undefined;
  return { traceId, spanId, traceFlags };
}

/** Has the requests that `act` makes belong to a span of another thread's. */
export function inTrace<T>(trace: TraceContext | undefined, act: () => T): T {
  if (!trace) return act();
  const { contextManager } = Deno.telemetry;
  const active: Context = contextManager.active();
  const spanContext = () => ({ ...trace, isRemote: true });
  return contextManager.with(active.setValue(SPAN_KEY, { spanContext }), act);
}

/** What all spans of this thread are made from; undefined where there are none. */
function spansOfThisThread(): Span | undefined {
  try {
    // Never ended, and so never sent.
    return Object.getPrototypeOf(Deno.telemetry.tracerProvider.getTracer("parley").startSpan("probe"));
  } catch {
    return undefined;
  }
}
