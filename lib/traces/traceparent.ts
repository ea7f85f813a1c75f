/** Whose trace a call's is a part of. */
export interface RemoteParent {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
}

const FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/**
 * Reads a `traceparent`, as W3C Trace Context has it; undefined where it makes no sense, and for none.
 * https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function readTraceparent(text: string | null): RemoteParent | undefined {
  const [, version, traceId, spanId, flags, more] = FORM.exec(text?.trim() ?? "") ?? [];
  if (version === undefined || version === "ff" || (version === "00" && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId!) || /^0+$/.test(spanId!)) return undefined;
  return { traceId: traceId!, spanId: spanId!, traceFlags: Number.parseInt(flags!, 16) & 1 };
}

/** That of a line's request: the URL's, for who can't set headers, comes before the header's. */
export function remoteParentOf(query: URLSearchParams, headers: Headers): RemoteParent | undefined {
  return readTraceparent(query.get("traceparent")) ?? readTraceparent(headers.get("traceparent"));
}
