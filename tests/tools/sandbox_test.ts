import {
  assert,
  assertEquals,
  assertGreater,
  assertLess,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import type { SandboxedTool } from "../../lib/tools/define.ts";
import { MAX_RESULT_BYTES } from "../../lib/tools/result.ts";
import * as hazards from "../fixtures/tools/hazards.ts";
import { runDeno } from "../support/run.ts";
import { startTools, toolCall, watchTicks } from "../support/tool-call.ts";

const FILE = new URL("../fixtures/tools/hazards.ts", import.meta.url);
const start = (of: SandboxedTool) => startTools(FILE, of);

async function textOf(definition: SandboxedTool, args: unknown): Promise<string> {
  using box = start(definition);
  // A machine that does much else takes seconds to start a sandbox.
  const outcome = await box.tool({ ...definition, timeoutSeconds: definition.timeoutSeconds ?? 60 }).run(
    args,
    toolCall(),
  );
  assert(outcome.kind !== "control");
  return `${outcome.kind}: ${outcome.text}`;
}

Deno.test("a tool reaches the hosts it declares and no other, not even another port", async () => {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => new Response("reached"));
  const own = `127.0.0.1:${server.addr.port}`;
  const declaring = { ...hazards.fetches, permissions: { ...hazards.fetches.permissions, net: [own] } };
  assertEquals(await textOf(declaring, { what: `http://${own}/` }), "output: reached");
  for (const host of [own, "127.0.0.1:8010", "localhost:8010", "example.com"]) {
    assertMatch(
      await textOf(hazards.fetches, { what: `http://${host}/` }),
      /^error: The tool is not permitted to do this: Requires net access to "/,
    );
  }
  await server.shutdown();
});

Deno.test("a refusal is told to the operator, with what the tool would have to declare", async () => {
  using box = start(hazards.fetches);
  const call = toolCall();
  await box.tool(hazards.fetches).run({ what: "http://crm.example.com:8443" }, call);
  assertEquals(call.logged.length, 1);
  assertStringIncludes(call.logged[0]!, "A tool was refused what it does not declare");
  assertStringIncludes(call.logged[0]!, "crm.example.com:8443");
});

for (
  const what of ["file", "own file", "key", "environment", "command", "write", "system", "module", "listen"]
) {
  Deno.test(`a tool that declares nothing is refused: ${what}`, async () => {
    Deno.env.set("OPENAI_API_KEY", "sk-hidden");
    try {
      const text = await textOf(hazards.peeks, { what });
      assertMatch(text, /^error: The tool (is not permitted to do this|failed): Requires (\w+) access/);
      assert(!text.includes("sk-hidden"));
    } finally {
      Deno.env.delete("OPENAI_API_KEY");
    }
  });
}

Deno.test("a tool that loops is broken off while the timers of this thread keep their pace, and others go on", async () => {
  using box = start(hazards.loops);
  await loaded(box);
  const ticks = watchTicks();
  const startMs = performance.now();
  const outcomes = await Promise.all([
    box.tool({ ...hazards.loops, timeoutSeconds: 1 }).run({}, toolCall()),
    box.tool(hazards.answers).run({ what: "runs" }, toolCall()),
  ]);
  assertEquals(outcomes, [
    { kind: "error", text: "The tool gave no result within 1 seconds and was stopped." },
    { kind: "output", text: "2" },
  ]);
  assertLess(performance.now() - startMs, 1500);
  assertPace(ticks.stop());
  assertEquals(box.starts, 1);
});

Deno.test("a tool that loops where it can't be broken off is replaced, then switched off; the thread keeps its pace", async () => {
  // A process of its own, as such a loop goes on until the process ends.
  const script = new URL("../support/run-spinning-tool.ts", import.meta.url).pathname;
  const { code, out, error } = await runDeno(["--no-prompt", "--allow-read", script]);
  assertEquals([code, error], [0, ""]);
  const { outcomes, starts, gapsMs, logged } = JSON.parse(out);
  const late = { kind: "error", text: "The tool gave no result within 0.2 seconds and was stopped." };
  assertEquals(outcomes, [
    late,
    { kind: "error", text: "The tool stopped working and gave no result." },
    { kind: "output", text: "1" },
    late,
    { kind: "error", text: "The tool is out of order. Nothing was done." },
  ]);
  assertEquals(starts, 2);
  assertPace(gapsMs);
  assertMatch(
    logged.at(-1),
    /^error A tool is switched off until the next start: it loops and can't be stopped/,
  );
});

/** Frames go out every 20 ms: their timer must not notice. One late tick is the machine's doing. */
function assertPace(gapsMs: number[]): void {
  assertGreater(gapsMs.length, 15);
  assertLess(gapsMs.sort((a, b) => a - b)[Math.floor(gapsMs.length * 0.9)]!, 35);
}

for (const what of ["later", "rejection"]) {
  Deno.test(`a crash is replaced and ends only what was in that sandbox: ${what}`, async () => {
    using box = start(hazards.crashes);
    const crash = box.tool({ ...hazards.crashes, effect: "write" }).run({ what }, toolCall());
    const other = box.tool({ ...hazards.waits, timeoutSeconds: 9 }).run({ what: "for ever" }, toolCall());
    assertEquals(await Promise.all([crash, other]), [
      {
        kind: "error",
        text: "The tool stopped working and gave no result. Whether it took effect is not known.",
      },
      { kind: "error", text: "The tool stopped working and gave no result." },
    ]);
    assertEquals(box.logged.filter((line) => line.includes("secret")), []);
    assertEquals((await box.tool(hazards.answers).run({ what: "text" }, toolCall())).kind, "output");
    assertEquals(box.starts, 2);
  });
}

for (const what of ["exit", "close"]) {
  Deno.test(`a tool that ends its own thread is answered for, and the process goes on: ${what}`, async () => {
    using box = start(hazards.crashes);
    await loaded(box);
    const tool = box.tool({ ...hazards.crashes, timeoutSeconds: 0.3 });
    assertMatch(
      (await tool.run({ what }, toolCall()) as { text: string }).text,
      /no result within 0.3 seconds/,
    );
    await until(() => box.logged.some((line) => line.includes("does not respond")));
    assertEquals((await box.tool(hazards.answers).run({ what: "text" }, toolCall())).kind, "output");
  });
}

Deno.test("what a tool throws is told to the model in one line, and the sandbox stays", async () => {
  using box = start(hazards.crashes);
  const tool = box.tool(hazards.crashes);
  assertEquals(await tool.run({ what: "throw" }, toolCall()), {
    kind: "error",
    text: "The tool failed: no such order.",
  });
  assertMatch(JSON.stringify(await tool.run({ what: "stack" }, toolCall())), /Maximum call stack size/);
  assertEquals(box.starts, 1);
});

Deno.test("a file that throws at its top level is answered for at each run", async () => {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${dir}/broken.ts`, `throw new Error("at the top");`);
    using box = startTools(new URL(`file://${dir}/broken.ts`), hazards.answers);
    for (const count of [1, 2]) {
      assertEquals((await box.tool(hazards.answers).run({ what: "text" }, toolCall())).kind, "error");
      assertEquals(box.starts, count);
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("arguments that fail the schema never reach run: the model is told what is wrong", async () => {
  using box = start(hazards.answers);
  const tool = box.tool(hazards.answers);
  const invalid = await tool.run({ what: 7, count: -1 }, toolCall());
  assertEquals(invalid.kind, "error");
  assertMatch(
    (invalid as { text: string }).text,
    /^The arguments are not valid\. Correct them[^]*at what[^]*at count/,
  );
  for (const args of [null, undefined, "text", []]) {
    assertEquals((await tool.run(args, toolCall())).kind, "error");
  }
  assertEquals(await tool.run({ what: "runs" }, toolCall()), { kind: "output", text: "1" });
});

Deno.test("results: a text as it is, other values as JSON, nothing as done, what JSON can't hold as an error", async () => {
  using box = start(hazards.answers);
  const tool = box.tool(hazards.answers);
  const run = async (what: string, call = toolCall()) =>
    (await tool.run({ what }, call) as { text: string }).text;
  assertEquals(await run("text"), "as it is");
  assertEquals(await run("nothing"), "Done.");
  assertEquals(
    await run("call", toolCall({ from: "2000" })),
    '{"uuid":"u-1","persona":"assistant","variables":{"from":"2000"}}',
  );
  assertEquals(
    await run("call", toolCall({ at: () => 1, from: "2" })),
    '{"uuid":"u-1","persona":"assistant","variables":{"from":"2"}}',
  );
  assertMatch(await run("circle"), /^The tool failed: Converting circular structure to JSON/);
});

Deno.test("a result over 16 KiB is cut between characters, with a note", async () => {
  using box = start(hazards.answers);
  const run = async (count: number) => {
    const outcome = await box.tool(hazards.answers).run({ what: "long", count }, toolCall());
    return (outcome as { text: string }).text;
  };
  assertEquals(await run(MAX_RESULT_BYTES / 2), "ä".repeat(MAX_RESULT_BYTES / 2));
  const cut = await run(500_000);
  assertMatch(cut, /^ä+\n\[Cut here: the result is longer than 16 KiB\.\]$/);
  assertLess(new TextEncoder().encode(cut).length, MAX_RESULT_BYTES + 1);
});

Deno.test("a run whose time is up is told so; one that goes on loses its sandbox once nobody else needs it", async () => {
  using box = start(hazards.waits);
  await loaded(box);
  const polite = toolCall();
  const outcomes = [
    box.tool(hazards.waits).run({ what: "a word" }, polite),
    box.tool({ ...hazards.waits, effect: "write" }).run({ what: "for ever" }, toolCall()),
  ];
  assertEquals(await Promise.all(outcomes), [
    { kind: "error", text: "The tool gave no result within 0.3 seconds and was stopped." },
    {
      kind: "error",
      text:
        "The tool gave no result within 0.3 seconds and was stopped. Whether it took effect is not known.",
    },
  ]);
  await until(() => polite.logged.some((line) => line.includes("Told to stop")));
  assertEquals(box.starts, 1);
  await until(() => box.logged.some((line) => line.includes("goes on when its time is up")));
});

Deno.test("the end of the call reaches call.signal, and the tool may finish what it does", async () => {
  using box = start(hazards.waits);
  await loaded(box);
  const call = toolCall();
  const outcome = box.tool({ ...hazards.waits, timeoutSeconds: 5 }).run({ what: "a word" }, call);
  await until(() => call.logged.some((line) => line.includes("Waiting for")));
  call.hangUp();
  assertEquals(await outcome, { kind: "error", text: "The call has ended." });
  await until(() => call.logged.some((line) => line.includes("Told to stop")));
  assertEquals(await box.tool(hazards.waits).run({}, call), { kind: "error", text: "The call has ended." });
  assertEquals(box.starts, 1);
});

Deno.test("what a tool prints goes to the debug log, not more than 100 lines in a row", async () => {
  using box = start(hazards.answers);
  const call = toolCall();
  await box.tool(hazards.answers).run({ what: "chat", count: 5000 }, call);
  const lines = [...box.logged, ...call.logged].filter((line) => /line \d+/.test(line));
  assertEquals(lines.length, 99);
  assert(lines.every((line) => line.startsWith("debug")));
});

Deno.test("no more than 64 runs wait in one sandbox", async () => {
  using box = start(hazards.waits);
  await loaded(box);
  const tool = box.tool({ ...hazards.waits, timeoutSeconds: 9 });
  const calls = Array.from({ length: 65 }, () => toolCall());
  const outcomes = calls.map((call) => tool.run({ what: "for ever" }, call));
  assertMatch((await outcomes[64] as { text: string }).text, /^The tool is busy/);
  box.sandbox.close();
  for (const outcome of outcomes) assertEquals((await outcome).kind, "error");
});

/** A run whose time is up while its sandbox is still being loaded is dropped, and proves nothing of what it would do. */
async function loaded(box: ReturnType<typeof start>): Promise<void> {
  await box.tool({ ...hazards.answers, timeoutSeconds: 60 }).run({ what: "text" }, toolCall());
}

async function until(condition: () => boolean): Promise<void> {
  const untilMs = performance.now() + 30_000;
  while (!condition()) {
    if (performance.now() > untilMs) throw new Error("It did not come about");
    await new Promise((wake) => setTimeout(wake, 10));
  }
}
