export type Attributes = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface SpanStart {
  readonly name: string;
  /** Who is at the other end: `server` answers somebody, `client` asks somebody. @default {"internal"} */
  readonly kind?: "internal" | "server" | "client";
  /** By the call's clock; so are all times here. */
  readonly startMs: number;
  readonly attributes?: Attributes;
}

export interface SpanEnd {
  readonly attributes?: Attributes;
  /** What went wrong, as a code of few values. */
  readonly error?: string | undefined;
}

/** A stretch of time in a trace. No key of its attributes is given twice: not every implementation lets the last one win. */
export interface OpenSpan {
  /** Begins a part of it. */
  open(start: SpanStart): OpenSpan;
  /** A moment in it. */
  event(name: string, atMs: number, attributes?: Attributes): void;
  /** Once, and last; parts of it may end later. */
  end(endMs: number, end?: SpanEnd): void;
}

/** One that nobody sees. */
export const NO_SPAN: OpenSpan = {
  open: () => NO_SPAN,
  event() {},
  end() {},
};

/** What bounds a trace. */
export interface Bounds {
  /** Spans, and moments in them. */
  readonly spans: number;
  readonly events: number;
}

/** The same span, with so many parts and moments in all; `omitted` tells how many were left out. */
export function bounded(
  span: OpenSpan,
  max: Bounds,
): { readonly span: OpenSpan; readonly omitted: () => number } {
  let spans = 0;
  let events = 0;
  const wrap = (inner: OpenSpan): OpenSpan => ({
    open: (start) => wrap(++spans > max.spans ? NO_SPAN : inner.open(start)),
    event(name, atMs, attributes) {
      if (++events <= max.events) inner.event(name, atMs, attributes);
    },
    end: (endMs, end) => inner.end(endMs, end),
  });
  return {
    span: wrap(span),
    omitted: () => Math.max(0, spans - max.spans) + Math.max(0, events - max.events),
  };
}
