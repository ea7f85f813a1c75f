import { assertEquals } from "@std/assert";
import { readTraceparent, remoteParentOf } from "../../lib/traces/traceparent.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";
const parent = (traceFlags = 1) => ({ traceId: TRACE, spanId: SPAN, traceFlags });

Deno.test("traceparent: it is read as W3C has it, of later versions what we know", () => {
  assertEquals(readTraceparent(`00-${TRACE}-${SPAN}-01`), parent());
  assertEquals(readTraceparent(` 00-${TRACE}-${SPAN}-00 `), parent(0));
  // Other flags are for others.
  assertEquals(readTraceparent(`00-${TRACE}-${SPAN}-ff`), parent());
  assertEquals(readTraceparent(`cc-${TRACE}-${SPAN}-01-what-the-future-will-be-like`), parent());
});

Deno.test("traceparent: what makes no sense counts as none, and the call gets a trace of its own", () => {
  const faulty = [
    null,
    "",
    "00",
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE.slice(1)}-${SPAN}-01`,
    `00-${"0".repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${"0".repeat(16)}-01`,
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-0x`,
    `00-${TRACE}-${SPAN}-01\n00-${TRACE}-${SPAN}-01`,
    "x".repeat(100_000),
  ];
  for (const text of faulty) assertEquals(readTraceparent(text), undefined, String(text).slice(0, 80));
});

Deno.test("traceparent: the URL's comes before the header's, which a proxy may have set", () => {
  const other = "00f067aa0ba902b9";
  const headers = new Headers({ traceparent: `00-${TRACE}-${other}-01` });
  const query = (text: string) => new URLSearchParams({ traceparent: text });
  assertEquals(remoteParentOf(query(`00-${TRACE}-${SPAN}-01`), headers)?.spanId, SPAN);
  assertEquals(remoteParentOf(query("nonsense"), headers)?.spanId, other);
  assertEquals(remoteParentOf(new URLSearchParams(), new Headers()), undefined);
});
