import { assert, assertEquals } from "@std/assert";
import { activeTrace, inTrace, keepUrlsPrivate, withoutQueries } from "../../lib/tools/tracing.ts";
import { runDeno } from "../support/run.ts";
import { startOtlpCollector } from "../traces/otlp.ts";

Deno.test("tracing: of a URL in a text only origin and path stay", () => {
  const cases = {
    "http://parley:6030/supportAgent?token=secret&from=%2B15550100": "http://parley:6030/supportAgent",
    "https://user:password@crm.example.com/a/b#part": "https://crm.example.com/a/b",
    'error sending request for url (http://127.0.0.1:9/x?key=secret): refused "wss://a.b/c?d=e" (again)':
      'error sending request for url (http://127.0.0.1:9/x): refused "wss://a.b/c" (again)',
    "HTTP://[::1]:80/x?secret": "http://[::1]/x",
    "http://[secret": "(URL)",
    "no address, but a ? and a #": "no address, but a ? and a #",
  };
  for (const [text, bare] of Object.entries(cases)) assertEquals(withoutQueries(text), bare);
});

Deno.test("tracing: without OpenTelemetry it is nothing", () => {
  keepUrlsPrivate();
  assertEquals(activeTrace(), undefined);
  assertEquals(inTrace(undefined, () => 7), 7);
});

/** What a process with OpenTelemetry prints and sends. */
async function traced(script: string) {
  await using collector = startOtlpCollector();
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  const module = new URL("../../lib/tools/tracing.ts", import.meta.url);
  await Deno.writeTextFile(file, `import * as tracing from "${module}";\n${script}`);
  const args = ["--no-prompt", "--allow-net=127.0.0.1", file];
  const { code, out, error } = await runDeno(args, { env: collector.env });
  await Deno.remove(file);
  assertEquals(code, 0, error);
  return { out, spans: collector.spans, text: collector.text() };
}

Deno.test("tracing: no query, password or fragment of a request is in a span, whether it is answered or fails", async () => {
  const { spans, text } = await traced(`
tracing.keepUrlsPrivate();
tracing.keepUrlsPrivate();
const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => new Response("It is."));
const url = "user:secret@127.0.0.1:" + server.addr.port + "/path?token=secret#secret";
await (await fetch("http://" + url)).text();
await server.shutdown();
await fetch("http://" + url).catch(() => {});
// As Deno tells of what failed.
const span = Deno.telemetry.tracerProvider.getTracer("test").startSpan("failed");
span.setAttribute("exception.message", "Could not reach http://" + url);
span.setAttribute("exception.stacktrace", "at http://" + url);
span.setStatus({ code: 2, message: "Could not reach http://" + url });
span.end();`);
  assertEquals(spans.map(({ name, kind }) => `${name} ${kind}`).toSorted(), [
    "GET 2",
    "GET 3",
    "GET 3",
    "failed 1",
  ]);
  assert(spans.filter(({ attributes }) => String(attributes["url.full"]).endsWith("/path")).length === 3);
  assert(!text.includes("secret"), text);
});

Deno.test("tracing: what is done for a span of another thread belongs to it, to the end of what was begun", async () => {
  const trace = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7", traceFlags: 1 };
  const { out, spans } = await traced(`
const tracer = Deno.telemetry.tracerProvider.getTracer("test");
const later = tracing.inTrace(${JSON.stringify(trace)}, async () => {
  await new Promise((resolve) => setTimeout(resolve, 5));
  tracer.startSpan("part").end();
  return tracing.activeTrace();
});
const outside = tracing.activeTrace() ?? null;
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify([await later, outside])));`);
  assertEquals(out, JSON.stringify([trace, null]));
  assertEquals(spans.map(({ traceId, parentSpanId }) => [traceId, parentSpanId]), [[
    trace.traceId,
    trace.spanId,
  ]]);
});
