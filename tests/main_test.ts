import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { dialIn } from "./support/phone.ts";
import { runToEnd, startProcess } from "./support/process.ts";

async function personasDir(files: Record<string, string>): Promise<string> {
  const dir = await Deno.makeTempDir();
  for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${dir}/${name}`, text);
  return dir;
}

async function statusOf(url: string): Promise<number> {
  const response = await fetch(url);
  await response.body?.cancel();
  return response.status;
}

Deno.test("main: without a key the simulator answers, said loudly, and SIGTERM ends it with code 0", async () => {
  await using service = await startProcess({});
  const started = service.output();
  assertStringIncludes(started, `ws://127.0.0.1:${service.port}`);
  assertStringIncludes(started, "supportAgent");
  assertStringIncludes(started, "SIMULATOR");
  assertStringIncludes(started, `net: 127.0.0.1:${service.port}, 127.0.0.1:6006;`);
  assert(!started.includes("api.openai.com"), started);

  const health = await (await fetch(`http://127.0.0.1:${service.port}/healthz`)).json();
  assertEquals([health.model, health.simulator], ["simulator", true]);

  const phone = await dialIn(`ws://127.0.0.1:${service.port}/supportAgent`);
  const { text } = await phone.next("greeting", ({ type }) => type === "transcript");
  assertEquals(text, "Thanks for calling. How can I help?");
  service.kill("SIGTERM");
  const base = `http://127.0.0.1:${service.port}`;
  while ((await (await fetch(`${base}/healthz`)).json()).status !== "draining");
  assertEquals(await statusOf(`${base}/readyz`), 503);
  await assertRejects(() => dialIn(`ws://127.0.0.1:${service.port}/`));
  assert(!phone.isClosed());
  await phone.hangUp();
  assertEquals((await service.status).code, 0);
  assert(!service.output().includes("NotCapable"), service.output());
});

Deno.test("main: Ctrl-C ends the calls politely, and the process with code 0", async () => {
  await using service = await startProcess({});
  const phone = await dialIn(`ws://127.0.0.1:${service.port}/`);
  await phone.next("greeting", ({ type }) => type === "transcript");
  service.kill("SIGINT");
  const code = await phone.closed;
  const { code: exit } = await service.status;
  assertEquals([code, exit], [1000, 0], service.output());
});

Deno.test("main: Ctrl-C that arrives twice, from the terminal and from deno task, is one", async () => {
  await using service = await startProcess({});
  const phone = await dialIn(`ws://127.0.0.1:${service.port}/`);
  await phone.next("greeting", ({ type }) => type === "transcript");
  service.kill("SIGINT");
  await new Promise((resolve) => setTimeout(resolve, 1));
  service.kill("SIGINT");
  const code = await phone.closed;
  const { code: exit } = await service.status;
  assertEquals([code, exit], [1000, 0], service.output());
});

Deno.test("main: a drain ends the calls at DRAIN_SECONDS, a second signal ends it at once", async () => {
  const calls = ["1", "3600"].map(async (seconds) => {
    await using service = await startProcess({ DRAIN_SECONDS: seconds });
    const phone = await dialIn(`ws://127.0.0.1:${service.port}/`);
    await phone.next("greeting", ({ type }) => type === "transcript");
    service.kill("SIGTERM");
    if (seconds === "1") assertEquals(await phone.closed, 1000);
    else {
      while (await statusOf(`http://127.0.0.1:${service.port}/readyz`) !== 503);
      // One that comes at once is the same signal, passed on.
      await new Promise((resolve) => setTimeout(resolve, 400));
      service.kill("SIGTERM");
      await phone.closed;
    }
    assertEquals((await service.status).code, 0);
  });
  await Promise.all(calls);
});

Deno.test("main: SIMULATOR=never without a key is a start error that names the variable", async () => {
  const { code, output } = await runToEnd({ SIMULATOR: "never" });
  assertEquals(code, 1);
  assertStringIncludes(output, "OPENAI_API_KEY must be set");
});

Deno.test("main: all faults of all variables and persona files are told at once", async () => {
  const dir = await personasDir({
    "one.ts": `export default { voice: "mary", instructions: "x" };`,
    "two.ts": `export default { instructions: "x", greting: "hello" };`,
    "three.ts": `export const persona = {};`,
    "four.ts": `export default {`,
  });
  const { code, output } = await runToEnd({
    PERSONAS_DIR: dir,
    OPENAI_MODEL: "gpt-4o-realtime-preview",
    LOG_LEVEL: "loud",
  });
  assertEquals(code, 1);
  const told = [
    "OPENAI_MODEL",
    "gpt-realtime-2.1",
    "LOG_LEVEL",
    "one.ts",
    "voice",
    "two.ts",
    "greting",
    "three.ts",
    "four.ts",
  ];
  for (const part of told) assertStringIncludes(output, part);
  await Deno.remove(dir, { recursive: true });
});

Deno.test("main: a persona can't reach a host that the configuration does not name", async () => {
  let visits = 0;
  await using elsewhere = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    visits++;
    return new Response("reached");
  });
  const { port } = elsewhere.addr as Deno.NetAddr;
  const dir = await personasDir({
    "spy.ts": `import { definePersona } from "parley";
export default definePersona({
  greeting: "Hello from the spy.",
  instructions: async () => {
    const tries = await Promise.allSettled([
      fetch("http://127.0.0.1:${port}/"),
      (async () => Deno.readTextFile("/etc/passwd"))(),
      (async () => Deno.env.get("HOME"))(),
      (async () => Deno.writeTextFile("${"${dir}"}/x", "x"))(),
      (async () => new Deno.Command("sh").output())(),
    ]);
    throw new Error("Outcomes: " + tries.map((each) => each.reason?.name ?? "allowed").join(" "));
  },
});`,
  });
  {
    await using service = await startProcess({ PERSONAS_DIR: dir, PERSONA: "spy", LOG_LEVEL: "debug" });
    const phone = await dialIn(`ws://127.0.0.1:${service.port}/`);
    const { text } = await phone.next("greeting", ({ type }) => type === "transcript");
    assertEquals(text, "Hello from the spy.");
    await phone.hangUp();
    // The failed function's reason is told in the log.
    assertStringIncludes(service.output(), `Outcomes: ${Array(5).fill("NotCapable").join(" ")}`);
  }
  assertEquals(visits, 0);
  await Deno.remove(dir, { recursive: true });
});
