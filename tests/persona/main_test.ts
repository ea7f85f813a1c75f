import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { personasCommand } from "../../lib/persona/main.ts";

async function run(name?: string, env: Record<string, string> = {}) {
  const out: string[] = [];
  const errors: string[] = [];
  const code = await personasCommand(name, env, {
    out: (line) => out.push(line),
    error: (line) => errors.push(line),
  });
  return { code, out: out.join("\n"), errors };
}

async function withPersonas(
  files: Record<string, string>,
  use: (dir: string) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${dir}/${name}`, text);
    await use(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("deno task personas lists every persona, with no key needed", async () => {
  const { code, out, errors } = await run(undefined, { SIMULATOR: "never", OPENAI_VOICE: "ash" });
  assertEquals([code, errors], [0, []]);
  for (const name of ["assistant (the default)", "navigationGuide", "sportsCommentator", "supportAgent"]) {
    assertMatch(out, new RegExp(`^${name.replace(/[()]/g, "\\$&")}$`, "m"));
  }
  assertEquals(out.match(/^ {2}voice {5}ash$/gm)?.length, 4);
  assertStringIncludes(out, '  greeting  "Thanks for calling. How can I help?"');
});

Deno.test("deno task personas with a name prints the session.update and where each value comes from", async () => {
  const env = { OPENAI_LANGUAGE: "de", OPENAI_TEMPERATURE: "0.8", OPENAI_MODEL: "gpt-realtime-2" };
  const { code, out, errors } = await run("supportAgent", env);
  assertEquals(code, 0);
  assertEquals(errors, ["OPENAI_TEMPERATURE is ignored, as the Realtime API no longer takes a temperature"]);
  const [json, table] = out.split("\n\n");
  const { type, session } = JSON.parse(json!);
  assertEquals([type, session.audio.output.voice], ["session.update", "cedar"]);
  assertMatch(session.instructions, /Speak German/);
  assertMatch(table!, /^model \(in the URL\) +env +gpt-realtime-2$/m);
  assertMatch(table!, /^instructions +persona +"You are/m);
  assertMatch(table!, /^audio\.input\.transcription\.language +env +"de"$/m);
  assertMatch(table!, /^audio\.output\.voice +persona +"cedar"$/m);
  assertMatch(table!, /^max_output_tokens +default +"inf"$/m);
});

Deno.test("deno task personas shows what an instructions function makes of a sample call", async () => {
  const text = "export default { instructions: (call) => `Call ${call.uuid} for ${call.persona}.` };";
  await withPersonas({ "mine.js": text }, async (dir) => {
    const { code, out } = await run("mine", { PERSONAS_DIR: dir, PERSONA: "mine" });
    assertEquals(code, 0);
    assertMatch(out, /"instructions": "Call 0{8}-[-0-9]+ for mine\."/);
  });
});

Deno.test("deno task personas shows what Parley itself does with calls, beside the session", async () => {
  const text = `import { z } from "zod";
    export default {
      instructions: "Tier {{tier}}, {{nobody}}.", greeting: "Hi",
      variables: z.object({ tier: z.string().default("free"), from: z.string().optional() }),
      timeZone: "UTC", interrupt: { minSpeechMs: 300 }, dtmf: "ignore", limits: { minutes: 5 },
      idle: { afterSeconds: 8, say: ["Are you still there?", "Hello, is anybody there?"] },
    };`;
  await withPersonas({ "mine.js": text }, async (dir) => {
    const env = { PERSONAS_DIR: dir, PERSONA: "mine", OPENAI_TURN_DETECTION_EAGERNESS: "low" };
    const all = await run(undefined, env);
    assertMatch(all.out, /^ {2}idle {6}\{"afterSeconds":8,"say":\["Are/m);
    assertMatch(all.out, /^ {2}variables tier, from$/m);
    assertEquals(all.errors.map((error) => error.replace(/^.*mine\.js: /, "")), [
      "OPENAI_TURN_DETECTION_EAGERNESS has no effect with server_vad",
      "instructions names {{nobody}}, which variables does not have",
    ]);
    const { out } = await run("mine", env);
    assertMatch(out, /"instructions": "Tier «free», \.\\n\\nWhat stands/);
    assertMatch(out, /^interrupt +persona +\{"minSpeechMs":300\}$/m);
    assertMatch(out, /^dtmf +persona +ignore$/m);
    assertMatch(out, /^idle +persona +\{.{59}\.\.\.$/m);
  });
});

Deno.test("deno task personas tells every fault of variables and files, and fails", async () => {
  const files = { "a.js": "export default {};", "b.js": 'export default { instructions: "x", speed: 9 };' };
  await withPersonas(files, async (dir) => {
    const { code, out, errors } = await run(undefined, { PERSONAS_DIR: dir, PORT: "x", PERSONA: "a" });
    assertEquals([code, out, errors.length], [1, "", 3]);
    assert(
      errors[0]!.startsWith("PORT ") && errors[1]!.includes("a.js: ") && errors[2]!.includes("b.js: speed "),
    );
  });
});

Deno.test("deno task personas with an unknown name lists the known ones and fails", async () => {
  const { code, errors } = await run("nobody");
  assertEquals(code, 1);
  assertMatch(errors[0]!, /assistant, navigationGuide, sportsCommentator, supportAgent: "nobody"$/);
});

Deno.test("deno task personas shows what the agent can do, and of an MCP server's token nothing", async () => {
  const files = {
    "sales.js": 'export default { instructions: "x", greeting: "Hi" };',
    "mine.js": `export default {
      instructions: "x", greeting: "Hi", handoffs: { sales: "To buy." }, handoffVoice: "switch", holdSound: true,
      tools: [{ kind: "hangup", name: "hangup" }],
      mcp: [{ label: "crm", url: "https://crm.example", authorizationEnv: "PARLEY_TEST_TOKEN" }],
    };`,
  };
  Deno.env.set("PARLEY_TEST_TOKEN", "s3cret");
  try {
    await withPersonas(files, async (dir) => {
      const env = { PERSONAS_DIR: dir, PERSONA: "mine" };
      const { code, out, errors } = await run("mine", env);
      assertEquals([code, errors], [0, []]);
      assertMatch(out, /^tools +persona +hangup, handoff_to_sales, avr_transfer, crm \(MCP\)$/m);
      assertMatch(out, /^tool_choice +default +"auto"$/m);
      assertMatch(out, /^handoffs +persona +sales$/m);
      assertMatch(out, /^handoffVoice +persona +switch$/m);
      assertMatch(out, /"authorization": "\.\.\."/);
      assert(!out.includes("s3cret"));
      const all = await run(undefined, env);
      assertMatch(all.out, /^ {2}tools {5}hangup, handoff_to_sales, avr_transfer, crm \(MCP\)$/m);
      assertMatch(all.out, /^ {2}handoffs {2}sales$/m);
      assertMatch(all.out, /^ {2}holdSound true$/m);
    });
  } finally {
    Deno.env.delete("PARLEY_TEST_TOKEN");
  }
});

Deno.test("deno task personas warns of what goes wrong in speech, with the file; a function's text when it is named", async () => {
  const files = {
    "plain.js": 'export default { instructions: "Use **find_it**.", greeting: "See www.clock.example." };',
    "made.js": 'export default { instructions: () => "Be **bold**.", greeting: "Hi" };',
  };
  await withPersonas(files, async (dir) => {
    const env = { PERSONAS_DIR: dir, PERSONA: "plain" };
    const told = (errors: string[]) =>
      errors.map((error) => error.replace(`${dir}/`, "").split(/: (?!\w+ has|\w+ names)|,/)[0]);
    const { code, errors } = await run(undefined, env);
    assertEquals([code, told(errors)], [0, [
      "plain.js: instructions has bold type",
      "plain.js: greeting has the address www.clock.example",
      "plain.js: instructions names find_it",
    ]]);
    assertEquals(told((await run("made", env)).errors), ["made.js: instructions has bold type"]);
    const other = await run("plain", { ...env, OPENAI_INSTRUCTIONS: "Speak __up__." });
    assertMatch(other.errors[0]!, /plain\.js: instructions \(env\) has bold type: /);
  });
});
