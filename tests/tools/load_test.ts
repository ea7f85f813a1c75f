import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { readConfig } from "../../lib/config.ts";
import { definePersona, hangup, type PersonaDefinition, transfer } from "../../lib/persona/define.ts";
import type { LoadedPersona } from "../../lib/persona/load.ts";
import { loadTools, type Toolbox } from "../../lib/tools/load.ts";
import type { ToolOutcome } from "../../lib/tools/tool.ts";
import { answers } from "../fixtures/tools/hazards.ts";
import { toolCall } from "../support/tool-call.ts";

const FIXTURES = new URL("../fixtures/", import.meta.url).pathname;
const PLAIN = definePersona({ instructions: "Answer." });

interface Setting {
  env?: Record<string, string>;
  personas?: Record<string, PersonaDefinition>;
  /** Files of TOOLS_DIR. */
  files?: Record<string, string>;
}

/** Loads the tools of a folder made for it. */
async function withTools(
  { env = {}, personas = { assistant: PLAIN }, files = {} }: Setting,
  check: (toolbox: Toolbox, dir: string) => Promise<void> | void,
): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${dir}/${name}`, text);
    const loaded = Object.entries(personas).map(([name, persona]): [string, LoadedPersona] => [
      name,
      { ...persona, name, file: `${FIXTURES}tools/hazards.ts`, warnings: [] },
    ]);
    const config = readConfig({ TOOLS_DIR: dir, ...env });
    const toolbox = await loadTools({ personas: new Map(loaded), config, log: toolCall().log });
    try {
      await check(toolbox, dir);
    } finally {
      toolbox.close();
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function run(toolbox: Toolbox, name: string, args: unknown = {}): Promise<ToolOutcome> {
  return await toolbox.toolsFor({ name: "assistant" }).get(name)!.run(args, toolCall());
}

const AVR = { TOOLS_DIR: `${FIXTURES}avr_tools` };

Deno.test("AVR's tools run unchanged, with axios and dotenv, and reach avr-ami; folder and README are skipped", async () => {
  const requests: [string, unknown][] = [];
  const ami = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    requests.push([new URL(request.url).pathname, await request.json()]);
    return Response.json({ message: "Call ended" });
  });
  await withTools({ env: { ...AVR, AMI_ENDPOINT: `http://127.0.0.1:${ami.addr.port}` } }, async (toolbox) => {
    const names = [...toolbox.toolsFor({ name: "assistant" }).keys()];
    assertEquals(names, ["avr_hangup", "transfer_to_desk", "peek", "avr_transfer"]);
    assertEquals(await run(toolbox, "avr_hangup"), { kind: "output", text: "Call ended" });
    assertEquals(await run(toolbox, "transfer_to_desk", { transfer_extension: "2001", note: "extra" }), {
      kind: "output",
      text: '{"message":"Call ended"}',
    });
    assertEquals(requests, [
      ["/hangup", { uuid: "u-1" }],
      ["/transfer", { uuid: "u-1", exten: "2001", context: "internal", priority: 1 }],
    ]);
    const invalid = await run(toolbox, "transfer_to_desk", { transfer_priority: "first" });
    assertMatch(
      (invalid as { text: string }).text,
      /not valid[^]*at transfer_extension[^]*at transfer_priority/,
    );
    assertEquals(requests.length, 2);
    assertEquals(toolbox.warnings.length, 1);
    assertMatch(toolbox.warnings[0]!, /avr_hangup\.js: takes the place of the built-in avr_hangup/);
  });
  await ami.shutdown();
});

Deno.test("AVR's tools see no key, no .env, no file beyond their own and start no program", async () => {
  Deno.env.set("OPENAI_API_KEY", "sk-hidden");
  Deno.env.set("PARLEY_TEST_TOKEN", "t-1");
  try {
    await withTools({ env: { ...AVR, TOOLS_ALLOW_ENV: "PARLEY_TEST_TOKEN" } }, async (toolbox) => {
      const outcome = await run(toolbox, "peek");
      assert(outcome.kind === "output");
      const seen = JSON.parse(outcome.text);
      assertEquals([seen.dotenv, seen.key, seen.names.sort()], [
        "refused",
        "undefined",
        ["AMI_URL", "PARLEY_TEST_TOKEN"],
      ]);
      for (const what of ["deno", "file", "command"]) assertMatch(seen[what], /^refused: /);
    });
  } finally {
    Deno.env.delete("OPENAI_API_KEY");
    Deno.env.delete("PARLEY_TEST_TOKEN");
  }
});

const FETCHES = `module.exports = { name: "fetches", description: "x", input_schema: { type: "object" },
  handler: async (uuid, { url }) => (await require("axios").get(url)).data };`;

Deno.test("AVR's tools reach what TOOLS_ALLOW_NET names and nothing else", async () => {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => new Response("reached"));
  const url = `http://127.0.0.1:${server.addr.port}/`;
  const files = { "fetches.js": FETCHES };
  await withTools({ files }, async (toolbox) => {
    assertMatch(JSON.stringify(await run(toolbox, "fetches", { url })), /error.*Requires net access/);
  });
  await withTools({ files, env: { TOOLS_ALLOW_NET: new URL(url).host } }, async (toolbox) => {
    assertEquals(await run(toolbox, "fetches", { url }), { kind: "output", text: "reached" });
  });
  await server.shutdown();
});

Deno.test("a broken tool is told of by its file and takes no other down", async () => {
  const files = {
    "a_syntax.js": "module.exports = {",
    "b_throws.cjs": `throw new Error("at the top");`,
    "b_loops.js": "for (;;);",
    "c_no_handler.js": `module.exports = { name: "c", description: "x" };`,
    "d_package.js": `require("no-such-package");`,
    "e_name.js": `module.exports = { name: "a b", description: "x", handler: async () => "" };`,
    "f_import.ts": `import "./missing.ts";`,
    "g_no_export.ts": `export const tool = 1;`,
    "h_definition.ts":
      `import { defineTool } from "parley"; export default defineTool({ name: "h", description: "", run: 1, nett: [] });`,
    "i_key.ts":
      `import { defineTool } from "parley"; export default defineTool({ name: "i", description: "x", env: ["OPENAI_API_KEY"], run: () => "" });`,
    "j_env_file.ts":
      `import { defineTool } from "parley"; export default defineTool({ name: "j", description: "x", read: ["."], run: () => "" });`,
    "fine.js": `module.exports = { name: "fine", description: "x", handler: async (uuid) => uuid };`,
    "fine_too.ts":
      `import { defineTool } from "parley"; export default defineTool({ name: "fine_too", description: "x", run: () => "too" });`,
    "notes.txt": "",
    "_helper.js": "throw 1",
  };
  await withTools({ files }, async (toolbox, dir) => {
    assertEquals(await run(toolbox, "fine"), { kind: "output", text: "u-1" });
    assertEquals(await run(toolbox, "fine_too"), { kind: "output", text: "too" });
    const warned = Object.fromEntries(
      toolbox.warnings.map((
        line,
      ) => [line.slice(dir.length + 1).split(":")[0], line.split(": ").slice(1).join(": ")]),
    );
    assertEquals(
      Object.keys(warned).sort(),
      Object.keys(files).filter((name) => /^[a-j]_/.test(name)).sort(),
    );
    assertStringIncludes(warned["b_throws.cjs"]!, "can't be loaded: at the top");
    assertMatch(warned["b_loops.js"]!, /timed out after 5000ms/);
    assertStringIncludes(warned["c_no_handler.js"]!, "module.exports must be");
    assertStringIncludes(warned["d_package.js"]!, "Cannot find module 'no-such-package'");
    assertStringIncludes(warned["e_name.js"]!, "name must be up to 64 letters");
    assertStringIncludes(warned["g_no_export.ts"]!, "has no tool as its default export");
    assertMatch(
      warned["h_definition.ts"]!,
      /Tool h is not valid: description must not be empty: ""; run must be a function: 1;.*nett/,
    );
    assertStringIncludes(warned["i_key.ts"]!, "tool i is left out: it can't be given OPENAI_API_KEY");
    assertStringIncludes(
      warned["j_env_file.ts"]!,
      "tool j is left out: it can't be allowed to read ., where .env is",
    );
  });
});

Deno.test("AVR's tools are left out when their permissions would show them .env", async () => {
  for (const env of [{ TOOLS_ALLOW_READ: "/" }, { TOOLS_ALLOW_READ: ".env" }]) {
    await withTools({ env, files: { "fetches.js": FETCHES } }, (toolbox) => {
      assertEquals([...toolbox.toolsFor({ name: "assistant" }).keys()], ["avr_transfer", "avr_hangup"]);
      assertMatch(toolbox.warnings[0]!, /CommonJS tools are left out: they can't be allowed to read/);
    });
  }
});

const named = (name: string, what: string) =>
  `module.exports = { name: "${name}", description: "${what}", handler: async () => "${what}" };`;

Deno.test("of several tools with one name the persona's own counts, then the first file, then the built-in one", async () => {
  const files = {
    "a.js": named("answers", "file"),
    "b.js": named("twin", "first"),
    "c.js": named("twin", "second"),
    "d.js": named("avr_transfer", "user"),
  };
  const personas = { assistant: definePersona({ instructions: "x", tools: [answers] }), other: PLAIN };
  await withTools({ files, personas }, async (toolbox) => {
    assertEquals(await run(toolbox, "answers", { what: "text" }), { kind: "output", text: "as it is" });
    assertEquals(toolbox.toolsFor({ name: "other" }).get("answers")!.description, "file");
    assertEquals(await run(toolbox, "twin"), { kind: "output", text: "first" });
    assertEquals(await run(toolbox, "avr_transfer"), { kind: "output", text: "user" });
    assertEquals(toolbox.warnings.length, 2);
    assertMatch(toolbox.warnings[0]!, /c\.js: is left out: .*b\.js has a tool twin as well/);
    assertMatch(toolbox.warnings[1]!, /d\.js: takes the place of the built-in avr_transfer/);
  });
});

Deno.test("a persona's own transfer and hang-up can't be opened again by a file", async () => {
  const files = { "a.js": named("avr_transfer", "open"), "b.js": named("avr_hangup", "open") };
  const personas = {
    assistant: definePersona({
      instructions: "x",
      tools: [transfer({ desk: { extension: "2001" } }), hangup()],
    }),
  };
  await withTools({ files, personas }, (toolbox) => {
    assertEquals([...toolbox.toolsFor({ name: "assistant" }).keys()], ["transfer", "hangup"]);
  });
});

Deno.test("two personas share a tool's sandbox", async () => {
  const personas = {
    assistant: definePersona({ instructions: "x", tools: [answers] }),
    other: definePersona({ instructions: "y", tools: [answers] }),
  };
  await withTools({ personas }, async (toolbox) => {
    const [one, two] = ["assistant", "other"].map((name) => toolbox.toolsFor({ name }).get("answers")!);
    await one!.run({ what: "text" }, toolCall());
    assertEquals(await two!.run({ what: "runs" }, toolCall()), { kind: "output", text: "2" });
  });
});

Deno.test("no folder of tools is no fault", async () => {
  await withTools({ env: { TOOLS_DIR: "/nowhere/tools" } }, (toolbox) => {
    assertEquals(toolbox.warnings, []);
    assertEquals([...toolbox.toolsFor({ name: "assistant" }).keys()], ["avr_transfer", "avr_hangup"]);
    assertEquals(toolbox.permissions, { net: [], env: [], read: ["/nowhere/tools", "./avr_tools"] });
    assertEquals(toolbox.toolsFor({ name: "unknown" }).size, 0);
  });
});

Deno.test("AVR's own copies of the built-in tools give way to them, others in that folder count", async () => {
  const files = {
    "avr_hangup.js": named("avr_hangup", "AVR's"),
    "avr_other.js": named("avr_other", "AVR's"),
  };
  await withTools({ files }, async (_, dir) => {
    const config = readConfig({ TOOLS_DIR: `${dir}/none`, TOOLS_ALLOW_READ: dir });
    const personas = new Map([["assistant", { ...PLAIN, name: "assistant", file: "x.ts", warnings: [] }]]);
    const toolbox = await loadTools({ personas, config, log: toolCall().log, avrDir: dir });
    assertEquals(await run(toolbox, "avr_hangup"), { kind: "control", action: { type: "hangup" } });
    assertEquals(await run(toolbox, "avr_other"), { kind: "output", text: "AVR's" });
    assertMatch(toolbox.warnings.join(), /^.*avr_hangup\.js: the built-in avr_hangup takes its place$/);
    toolbox.close();
  });
});
