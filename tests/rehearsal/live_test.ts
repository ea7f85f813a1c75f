import { assertEquals, assertMatch } from "@std/assert";
import { rehearseCommand } from "../../lib/rehearsal/command.ts";
import { say, script } from "../../lib/simulator/agent.ts";
import { listen } from "../../lib/simulator/listen.ts";
import { createSimulator } from "../../lib/simulator/simulator.ts";

Deno.test("--live: the same scene in real time, over a real socket, with the server's own answers", async () => {
  const keys = new Set<unknown>();
  const simulator = createSimulator({
    agent: script([say("Hello."), say("The answer of the server.")]),
    transcribe: () => "misheard",
    key: "sk-test",
    onClientEvent: (_, session) => keys.add(session.who.headers.authorization),
  });
  const server = listen(simulator, 0, "127.0.0.1");
  const dir = await Deno.makeTempDir();
  const out: string[] = [];
  const errors: string[] = [];
  try {
    await Deno.writeTextFile(`${dir}/clock.js`, 'export default { instructions: "x", greeting: false };');
    await Deno.writeTextFile(
      `${dir}/clock.rehearsal.js`,
      `export default { scenes: { a: [
        { caller: "says", what: "Hello?" },
        { agent: "says", text: "A line of the scene." },
        { expect: "said", words: "line of the scene" },
      ] } };`,
    );
    const env = {
      PERSONAS_DIR: dir,
      PERSONA: "clock",
      OPENAI_REALTIME_URL: server.url,
      OPENAI_API_KEY: "sk-test",
    };
    const began = performance.now();
    const code = await rehearseCommand(["--live"], () => env, {
      out: (line) => out.push(line),
      error: (line) => errors.push(line),
    });
    assertEquals([code, errors], [1, []], out.join("\n"));
    assertEquals([...keys], ["Bearer sk-test"]);
    const report = out.join("\n");
    assertMatch(report, /failed {2}said "line of the scene": said "Hello\."/);
    assertMatch(report, /Note: The caller was understood as: misheard/);
    assertEquals(performance.now() - began > 2000, true);
  } finally {
    await simulator.close();
    await server.close();
    await Deno.remove(dir, { recursive: true });
  }
});
