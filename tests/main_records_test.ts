import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { isGenuine, startCollector } from "./support/collector.ts";
import { dialIn } from "./support/phone.ts";
import { startProcess } from "./support/process.ts";

const SECRET = "of-the-collector-0123456789";

/** A persona with a summary and a cheap limit on what its calls cost. */
async function personasDir(): Promise<string> {
  const dir = await Deno.makeTempDir();
  await Deno.writeTextFile(
    `${dir}/summing.ts`,
    `import { definePersona } from "parley";
import { z } from "zod";
export default definePersona({
  instructions: "Speak.",
  greeting: "Hello.",
  limits: { usd: 0.5 },
  summary: z.object({ topic: z.enum(["clocks", "other"]), urgent: z.boolean() }),
});`,
  );
  return dir;
}

Deno.test("main: a call that ends with the service leaves its record in the file and with the collector", async () => {
  const dir = await personasDir();
  const file = `${dir}/records.jsonl`;
  await using collector = startCollector(500, 200);
  {
    await using service = await startProcess({
      PERSONAS_DIR: dir,
      PERSONA: "summing",
      RECORDS_FILE: file,
      RECORDS_URL: collector.url,
      RECORDS_SECRET: SECRET,
      LOG_FORMAT: "json",
    });
    assertStringIncludes(service.output(), `; write: ${file}; no run, ffi, sys`);
    assertStringIncludes(service.output(), new URL(collector.url).host);
    const phone = await dialIn(`ws://127.0.0.1:${service.port}/`, { uuid: "u-9" });
    await phone.next("greeting", ({ type }) => type === "transcript");
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await phone.hangUp();
    service.kill("SIGTERM");
    assertEquals((await service.status).code, 0, service.output());
    assert(!service.output().includes("NotCapable"), service.output());
    assert(!service.output().includes(SECRET));
  }
  const [sent] = collector.taken;
  assert(isGenuine(sent!, SECRET));
  assertEquals(await Deno.readTextFile(file), `${sent!.body}\n`);
  const { uuid, personas, endReason, extracted, transcript, usd } = sent!.record as Record<string, unknown>;
  assertEquals([uuid, personas, endReason], ["u-9", ["summing"], "hung_up"]);
  assertEquals(extracted, { topic: "clocks", urgent: false });
  assertEquals((transcript as { text: string }[]).map(({ text }) => text), ["Hello."]);
  assert(typeof usd === "number" && usd > 0);
  await Deno.remove(dir, { recursive: true });
});

Deno.test("main: a collector that never answers does not hold the exit", async () => {
  const dir = await personasDir();
  await using collector = startCollector("hang");
  await using service = await startProcess({
    PERSONAS_DIR: dir,
    PERSONA: "summing",
    RECORDS_URL: collector.url,
  });
  const phone = await dialIn(`ws://127.0.0.1:${service.port}/`);
  await phone.next("greeting", ({ type }) => type === "transcript");
  await phone.hangUp();
  const start = performance.now();
  service.kill("SIGTERM");
  assertEquals((await service.status).code, 0);
  // The summary is waited for, and the exit limit for what is left.
  assertLess(performance.now() - start, 8_000 + 1_500 + 500);
  assert(collector.received.length >= 1, service.output());
  assertStringIncludes(service.output(), "Records are lost, as they were not taken");
  await Deno.remove(dir, { recursive: true });
});
