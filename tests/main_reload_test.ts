import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { makeFolder } from "./support/folder.ts";
import { dialIn } from "./support/phone.ts";
import { type RunningService, startProcess } from "./support/process.ts";

const LIMIT_MS = 10_000;

const persona = (greeting: string, more = "") =>
  `import { definePersona, defineTool } from "parley";
export default definePersona({ instructions: "Answer.", greeting: "${greeting}", ${more} });`;

/** Waits until it has printed so. @returns how long that took, ms */
async function printed(service: RunningService, text: string): Promise<number> {
  const fromMs = performance.now();
  while (!service.output().includes(text)) {
    if (performance.now() - fromMs > LIMIT_MS) throw new Error(`Never printed ${text}: ${service.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return performance.now() - fromMs;
}

async function health({ port }: RunningService) {
  return await (await fetch(`http://127.0.0.1:${port}/healthz`)).json();
}

/** Calls it and hears its greeting. */
async function call({ port }: RunningService) {
  const phone = await dialIn(`ws://127.0.0.1:${port}/`);
  const { text } = await phone.next("greeting", ({ type }) => type === "transcript");
  return { phone, text };
}

Deno.test("dev: an edit is for the next call, a broken one says why and harms none, live calls go on", async () => {
  await using folder = await makeFolder({ "assistant.ts": persona("First."), "other.ts": persona("Other.") });
  await using service = await startProcess({ PERSONAS_DIR: folder.path }, "dev");
  // Granted for the first tool, and told so.
  assertStringIncludes(service.output(), "./lib/tools");
  const first = await call(service);
  assertEquals(first.text, "First.");

  // As editors write: another file in its place.
  await folder.write(".assistant.ts.tmp", persona("Second."));
  await Deno.rename(`${folder.path}/.assistant.ts.tmp`, `${folder.path}/assistant.ts`);
  const tookMs = await printed(service, "Personas reloaded generation=2 changed=assistant reason=edit");
  // Half a second on a machine that has nothing else to do.
  assertLess(tookMs, 2000);
  const second = await call(service);
  assertEquals(second.text, "Second.");

  await folder.write("assistant.ts", persona("Third.", 'greting: "x"'));
  await printed(service, "Personas are not reloaded, the last good ones stay generation=2");
  assert(/Could not take a file fault=".*assistant\.ts: .*greting/.test(service.output()), service.output());
  assertEquals((await call(service)).text, "Second.");
  assertStringIncludes((await health(service)).reload.error, "faults: 1");

  const tool = (more: string) =>
    `tools: [defineTool({ name: "t", description: "x", run: () => "x", ${more} })]`;
  await folder.write("assistant.ts", persona("Third.", tool('net: ["api.weather.example:443"]')));
  await printed(service, "tool t needs what Parley was not started with: net api.weather.example:443");
  await folder.write("assistant.ts", persona("Third.", tool("")));
  await printed(service, "Personas reloaded generation=3 changed=assistant");
  assertEquals((await call(service)).text, "Third.");

  const { generation, reload, calls } = await health(service);
  assertEquals([generation, "error" in reload, calls.live], [3, false, 4]);
  assert(!first.phone.isClosed() && !second.phone.isClosed());
  assert(!service.output().includes("NotCapable"), service.output());
});

Deno.test("start: an edit waits for SIGHUP, which reaches the service through deno task", async () => {
  await using folder = await makeFolder({ "assistant.ts": persona("First.") });
  await using service = await startProcess({ PERSONAS_DIR: folder.path });
  const first = await call(service);
  await folder.write("assistant.ts", persona("Second."));
  await new Promise((resolve) => setTimeout(resolve, 500));
  assertEquals((await call(service)).text, "First.");
  service.kill("SIGHUP");
  await printed(service, "Personas reloaded generation=2 changed=assistant reason=SIGHUP");
  assertEquals((await call(service)).text, "Second.");
  await folder.write("assistant.ts", "export default {{{");
  service.kill("SIGHUP");
  await printed(service, "the last good ones stay generation=2 reason=SIGHUP");
  assertEquals((await call(service)).text, "Second.");
  assert(!first.phone.isClosed());
});
