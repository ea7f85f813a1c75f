import { fileURLToPath } from "node:url";
import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { readArguments } from "../../lib/rehearsal/arguments.ts";
import { rehearseCommand } from "../../lib/rehearsal/command.ts";
import { parseXml } from "./xml.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Runs the command as `deno task rehearse` does. */
async function rehearse(args: string[], env: Record<string, string> = {}) {
  const own = Object.fromEntries(
    ["PATH", "HOME", "DENO_DIR"].flatMap((name) => Deno.env.has(name) ? [[name, Deno.env.get(name)!]] : []),
  );
  const permissions = ["--no-prompt", "--quiet", "--allow-read", "--allow-env", "--allow-run=deno"];
  const { code, stdout, stderr } = await new Deno.Command("deno", {
    args: ["run", ...permissions, "lib/rehearsal/main.ts", ...args],
    cwd: root,
    clearEnv: true,
    env: { ...own, NO_COLOR: "1", ...env },
  }).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), error: decoder.decode(stderr) };
}

async function withFiles(files: Record<string, string>, use: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${dir}/${name}`, text);
    await use(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

const PERSONA = 'export default { instructions: "x", greeting: "Good day." };';
const REHEARSAL = `export default { scenes: {
  "It greets": [{ expect: "said", words: "good day" }],
  "It says goodbye": [{ expect: "said", words: "goodbye" }],
} };`;

Deno.test("deno task rehearse: all expectations, the transcript of what failed, a JUnit file, recordings, code 1", () =>
  withFiles({ "clock.js": PERSONA, "clock.rehearsal.js": REHEARSAL }, async (dir) => {
    const env = { PERSONAS_DIR: dir, PERSONA: "clock" };
    const files = ["--junit", `${dir}/junit.xml`, "--record", `${dir}/sound`];
    const { code, out, error } = await rehearse(["clock", ...files], env);
    assertEquals([code, error], [1, ""]);
    assertMatch(
      out,
      /^clock\n {2}ok {6}It greets .*\n {12}ok {6}said "good day"\n {2}FAILED {2}It says goodbye/,
    );
    assertStringIncludes(out, 'failed  said "goodbye": said "Good day."');
    assertMatch(out, /^ +0\.\d {2}agent {3}Good day\.$/m);
    assertMatch(out, /^1 held, 1 failed: /m);
    const suites = parseXml(await Deno.readTextFile(`${dir}/junit.xml`));
    assertEquals([suites.attributes.tests, suites.attributes.failures], ["2", "1"]);
    const names = [...Deno.readDirSync(`${dir}/sound`)].map(({ name }) => name).sort();
    assertEquals(names, ["clock-it-greets.wav", "clock-it-says-goodbye.wav"]);
    const held = await rehearse(["--scene", "GREETS"], env);
    assertEquals([held.code, held.error], [0, ""]);
    assertMatch(held.out, /^1 held, 0 failed/m);
  }));

Deno.test("deno task rehearse: a persona's code can't write, nor reach the network, while it is rehearsed", () => {
  const nosy = `
    const tries = [() => Deno.writeTextFileSync("DIR/stolen", "x"), () => Deno.readTextFileSync("/etc/passwd")];
    const refused = tries.filter((each) => { try { each(); } catch (e) { return e.name === "NotCapable"; } });
    const net = await Deno.permissions.query({ name: "net" });
    export default { instructions: "x", greeting: "Refused " + refused.length + ", net " + net.state };`;
  const asks = 'export default { scenes: { a: [{ expect: "said", words: "refused 2, net prompt" }] } };';
  return withFiles({}, async (dir) => {
    await Deno.writeTextFile(`${dir}/clock.js`, nosy.replaceAll("DIR", dir));
    await Deno.writeTextFile(`${dir}/clock.rehearsal.js`, asks);
    const env = { PERSONAS_DIR: dir, PERSONA: "clock" };
    const { code, out, error } = await rehearse(["--junit", `${dir}/out.xml`], env);
    assertEquals([code, error], [0, ""], out);
  });
});

Deno.test("deno task rehearse: a persona's tools run in their sandboxes, with the permissions that they declare", () => {
  const persona = `
    import { definePersona, defineTool } from "parley";
    import { z } from "zod";
    const open = defineTool({
      name: "opening", description: "Tells when we open.", input: z.object({ day: z.string() }), read: ["DIR/hours.txt"],
      run: async ({ day }) => day + ": " + await Deno.readTextFile("DIR/hours.txt"),
    });
    const nosy = defineTool({ name: "nosy", description: "x", run: () => Deno.readTextFile("DIR/hours.txt") });
    export default definePersona({ instructions: "x", greeting: "Hi.", tools: [open, nosy] });`;
  const rehearsal = `
    import { agent, caller, defineRehearsal, expect } from "parley";
    export default defineRehearsal({ scenes: { "It opens": [
      caller.says("When do you open?"),
      agent.calls("opening", { day: "Monday" }),
      agent.calls("nosy"),
      agent.says("At ten."),
      expect.that("results", ({ tools }) => tools.map(({ result }) => result).join(" | ")),
    ] } });`;
  return withFiles({ "hours.txt": "ten", "clock.rehearsal.ts": rehearsal }, async (dir) => {
    await Deno.writeTextFile(`${dir}/clock.ts`, persona.replaceAll("DIR", dir));
    const { code, out, error } = await rehearse([], { PERSONAS_DIR: dir, PERSONA: "clock" });
    assertEquals([code, error], [1, ""]);
    assertMatch(out, /failed {2}results: Monday: ten \| The tool is not permitted to do this: /);
  });
});

Deno.test("deno task rehearse: faults in files are told, in the JUnit file as well, with code 2", () =>
  withFiles({ "clock.js": PERSONA, "clock.rehearsal.js": "export default { scenes: {} };" }, async (dir) => {
    const { code, out, error } = await rehearse(["--junit", `${dir}/junit.xml`], {
      PERSONAS_DIR: dir,
      PERSONA: "clock",
      LOG_LEVEL: "loud",
    });
    assertEquals([code, out], [2, ""]);
    assertMatch(error, /^LOG_LEVEL /);
    const { error: own } = await rehearse([], { PERSONAS_DIR: dir, PERSONA: "clock" });
    assertEquals(own, `${dir}/clock.rehearsal.js: scenes must have a scene\n`);
    assertEquals(parseXml(await Deno.readTextFile(`${dir}/junit.xml`)).attributes.errors, "1");
  }));

Deno.test("deno task rehearse: a command line that makes no sense says what does, with code 2", async () => {
  const { code, error } = await rehearse(["--jnuit", "x"]);
  assertEquals(code, 2);
  assertStringIncludes(error, "--jnuit");
  assertStringIncludes(error, "--junit <file>");
  assertThrows(
    () => readArguments(["--junit", "a,b"]),
    Error,
    "Could not read --junit: need a path without a comma",
  );
  assertThrows(() => readArguments(["--record="]), Error, "--record");
});

/** In this process, without the permissions of its own. */
async function command(args: string[], env: Record<string, string | undefined>) {
  const out: string[] = [];
  const errors: string[] = [];
  const code = await rehearseCommand(args, () => env, {
    out: (line) => out.push(line),
    error: (line) => errors.push(line),
  });
  return { code, out, errors };
}

Deno.test("the rehearsals of Parley's own personas hold", async () => {
  const { code, out, errors } = await command([], {});
  assertEquals([code, errors], [0, []], out.join("\n"));
  assert(out.includes("assistant") && out.includes("supportAgent"));
});

Deno.test("rehearsals are of the file: the environment's model, voice and instructions do not count", async () => {
  const env = {
    OPENAI_INSTRUCTIONS: "Other.",
    OPENAI_TURN_DETECTION_SILENCE_MS: "3000",
    OPENAI_API_KEY: "sk-x",
  };
  const { code, out } = await command(["assistant", "--scene", "the greeting"], env);
  assertEquals(code, 0, out.join("\n"));
});

Deno.test("--live without a model, and a scene that is not there, are faults", async () => {
  assertEquals((await command(["--live"], {})).errors, ["--live needs a model: set OPENAI_API_KEY"]);
  const none = await command(["--scene", "nothing like this"], {});
  assertEquals([none.code, none.errors], [2, [
    "There is no scene with these words in its name: nothing like this",
  ]]);
});
