import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { readConfig } from "../lib/config.ts";
import { ENVIRONMENT_NAMES } from "../lib/config/variables.ts";
import { flags, personaFlags } from "../lib/permissions.ts";
import { runDeno } from "./support/run.ts";

const KEY = { OPENAI_API_KEY: "sk-test" };
const ENV_FLAG = `--allow-env=${ENVIRONMENT_NAMES.join(",")}`;

const NETS: [env: Record<string, string>, net: string][] = [
  [{}, "0.0.0.0:6030,127.0.0.1:6006"],
  [KEY, "0.0.0.0:6030,api.openai.com:443,127.0.0.1:6006"],
  [{ ...KEY, SIMULATOR: "always" }, "0.0.0.0:6030,127.0.0.1:6006"],
  [{ ...KEY, HOST: "::", PORT: "7000" }, "[::]:7000,api.openai.com:443,127.0.0.1:6006"],
  [{ OPENAI_REALTIME_URL: "ws://127.0.0.1:8080/x" }, "0.0.0.0:6030,127.0.0.1:8080,127.0.0.1:6006"],
  [{ OPENAI_REALTIME_URL: "ws://[::1]/x" }, "0.0.0.0:6030,[::1]:80,127.0.0.1:6006"],
  [{ OPENAI_URL_INSTRUCTIONS: "http://prompts/x?y" }, "0.0.0.0:6030,127.0.0.1:6006,prompts:80"],
  [{ RECORDS_URL: "https://crm.example.com/calls?x" }, "0.0.0.0:6030,crm.example.com:443,127.0.0.1:6006"],
  [
    { ...KEY, OPENAI_URL_INSTRUCTIONS: "https://api.openai.com/x" },
    "0.0.0.0:6030,api.openai.com:443,127.0.0.1:6006",
  ],
];

Deno.test("the net permission names what is listened on and dialled, and nothing else", () => {
  for (const [env, net] of NETS) assertEquals(flags(readConfig(env))[0], `--allow-net=${net}`);
});

Deno.test("the flags are net, the named variables and the read paths, and no other right", () => {
  assertEquals(flags(readConfig({ ...KEY, OPENAI_FILE_INSTRUCTIONS: "a.txt", PERSONAS_DIR: "/p" })), [
    "--allow-net=0.0.0.0:6030,api.openai.com:443,127.0.0.1:6006",
    ENV_FLAG,
    "--allow-read=.env,/p,./tools,./avr_tools,a.txt,./samples",
  ]);
  assertEquals(
    flags(readConfig({})).at(-1),
    "--allow-read=.env,./personas,./tools,./avr_tools,./lib/simulator/speech,./samples",
  );
});

Deno.test("the only right to write is for the file of the records, where there is one", () => {
  const granted = flags(readConfig({ ...KEY, RECORDS_FILE: "./out/records.jsonl" }));
  assertEquals(granted.filter((flag) => flag.startsWith("--allow-write")), [
    "--allow-write=./out/records.jsonl",
  ]);
  assertEquals(granted.length, flags(readConfig(KEY)).length + 1);
  assertEquals(
    personaFlags(readConfig({ RECORDS_FILE: "x", RECORDS_URL: "http://x" })),
    personaFlags(readConfig({})),
  );
});

Deno.test("without the console its recordings need not be read", () => {
  assertEquals(
    flags(readConfig({ ...KEY, CONSOLE: "off" })).at(-1),
    "--allow-read=.env,./personas,./tools,./avr_tools",
  );
});

Deno.test("several workers may read the program's own source, which a thread's modules are read from", () => {
  const [one, two] = ["1", "2"].map((WORKERS) => flags(readConfig({ ...KEY, WORKERS })));
  assertEquals(two, one!.map((flag) => flag.startsWith("--allow-read=") ? `${flag},./lib` : flag));
});

Deno.test("what personas and their tools need is added", () => {
  const needs = { net: ["crm:8443"], env: ["CRM_TOKEN"], read: ["./prices", "./tools"] };
  assertEquals(flags(readConfig({ ...KEY, AMI_URL: "https://ami" }), needs), [
    "--allow-net=0.0.0.0:6030,api.openai.com:443,ami:443,crm:8443",
    `${ENV_FLAG},CRM_TOKEN`,
    "--allow-read=.env,./personas,./tools,./avr_tools,./samples,./prices",
  ]);
});

Deno.test("deno task personas may dial the instructions' host alone", () => {
  assertEquals(personaFlags(readConfig(KEY)), [ENV_FLAG, "--allow-read=.env,./personas,./tools,./avr_tools"]);
  assertEquals(personaFlags(readConfig({ OPENAI_URL_INSTRUCTIONS: "http://a" }))[0], "--allow-net=a:80");
});

Deno.test("the simulator can speak with what its flag grants", async () => {
  const [flag] = flags(readConfig({})).slice(-1);
  const script = new URL("./support/say.ts", import.meta.url).pathname;
  const { code, out, error } = await runDeno(["--no-prompt", flag!, script]);
  assertEquals([code, out, error], [0, "spoken\n", ""]);
});

/** As the tasks of deno.json run it. */
async function printed(env: Record<string, string>, cwd?: string): Promise<string> {
  const script = new URL("../lib/permissions.ts", import.meta.url).pathname;
  const args = ["--no-prompt", "--allow-read", "--allow-env", script];
  const { code, out, error } = await runDeno(args, { env, ...(cwd === undefined ? {} : { cwd }) });
  assertEquals([code, error], [0, ""]);
  return out;
}

Deno.test("lib/permissions.ts prints the flags of the environment on one line", async () => {
  assertEquals(
    await printed({ ...KEY, PORT: "7000" }),
    flags(readConfig({ ...KEY, PORT: "7000" })).join(" ") + "\n",
  );
});

Deno.test("lib/permissions.ts prints what is needed to tell the faults when the configuration has some", async () => {
  const cwd = await Deno.makeTempDir();
  try {
    assertEquals(await printed({ PORT: "x", PERSONAS_DIR: "/p" }, cwd), `${ENV_FLAG} --allow-read=.env,/p\n`);
    assertEquals(await printed({ PERSONAS_DIR: "a b" }, cwd), `${ENV_FLAG} --allow-read=.env,./personas\n`);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});

const PERSONA = `
import { definePersona } from "parley";
import { z } from "zod";
import { words } from "./_words.ts";
export default definePersona({ instructions: z.string().parse(words) });`;

Deno.test("the printed flags are enough for personas of any folder, and not for more", async () => {
  const dir = await Deno.makeTempDir();
  const script = new URL("../lib/persona/main.ts", import.meta.url).pathname;
  const env = { PERSONAS_DIR: `${dir}/linked`, PERSONA: "mine" };
  try {
    // As Kubernetes mounts a ConfigMap: links to files in a hidden folder.
    await Deno.mkdir(`${dir}/linked/..data`, { recursive: true });
    await Deno.writeTextFile(`${dir}/linked/..data/mine.ts`, PERSONA);
    await Deno.symlink("..data/mine.ts", `${dir}/linked/mine.ts`);
    await Deno.writeTextFile(`${dir}/linked/..data/_words.ts`, 'export const words = "Say hello.";');
    await Deno.symlink("..data/_words.ts", `${dir}/linked/_words.ts`);
    const granted = ["--no-prompt", ...personaFlags(readConfig(env)), script];
    const fine = await runDeno([...granted, "mine"], { env });
    assertEquals([fine.code, fine.error], [0, ""]);
    assertStringIncludes(fine.out, '"instructions": "Say hello."');

    await Deno.writeTextFile(
      `${dir}/linked/..data/mine.ts`,
      `export default Deno.readTextFileSync("/etc/hostname");`,
    );
    const refused = await runDeno(granted, { env });
    assertEquals([refused.code, refused.out], [1, ""]);
    assertMatch(refused.error, /mine\.ts: can't be loaded: Requires read access to "\/etc\/hostname"/);

    await Deno.writeTextFile(
      `${dir}/linked/..data/mine.ts`,
      `await fetch("http://127.0.0.1:8099"); export default 1;`,
    );
    const offline = await runDeno(granted, { env });
    assert(offline.code === 1);
    assertMatch(offline.error, /Requires net access to "127\.0\.0\.1:8099"/);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

const AGENT = `
import { definePersona, defineTool } from "parley";
console.log("-A");
const tool = defineTool({
  name: "look", description: "x", net: ["crm.example.com:443"], env: ["CRM_TOKEN"], read: ["./prices"], run: () => "",
});
export default definePersona({
  instructions: "x", tools: [tool], mcp: [{ label: "m", url: "https://m.example.com", authorizationEnv: "MCP_TOKEN" }],
});`;
const OWN_TOOL = `
import { defineTool } from "parley";
export default defineTool({ name: "own", description: "x", net: ["own.example.com:443"], run: () => "" });`;

async function withFolders(
  files: Record<string, string>,
  check: (env: Record<string, string>, dir: string) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    for (const name of ["personas", "tools"]) await Deno.mkdir(`${dir}/${name}`);
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${dir}/${name}`, text);
    await check({ ...KEY, PERSONAS_DIR: `${dir}/personas`, TOOLS_DIR: `${dir}/tools` }, dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("what the tools of personas and of TOOLS_DIR declare is granted, and what these files print is no flag", async () => {
  await withFolders({ "personas/agent.ts": AGENT, "tools/own.ts": OWN_TOOL }, async (env, dir) => {
    assertEquals((await printed(env)).split(" "), [
      "--allow-net=0.0.0.0:6030,api.openai.com:443,127.0.0.1:6006,crm.example.com:443,own.example.com:443",
      `${ENV_FLAG},CRM_TOKEN,MCP_TOKEN`,
      `--allow-read=.env,${dir}/personas,${dir}/tools,./avr_tools,./samples,./lib/tools,./lib/persona,./lib/errors.ts,./prices\n`,
    ]);
  });
});

Deno.test("AVR's CommonJS tools are granted what the configuration says, without being loaded", async () => {
  await withFolders(
    { "personas/a.ts": PERSONA, "tools/own.js": `console.log("-A"); for (;;);` },
    async (env, dir) => {
      const allow = { TOOLS_ALLOW_NET: "a:1, b:2", TOOLS_ALLOW_ENV: "A", TOOLS_ALLOW_READ: "./prices" };
      assertEquals((await printed({ ...env, ...allow })).split(" "), [
        "--allow-net=0.0.0.0:6030,api.openai.com:443,127.0.0.1:6006,a:1,b:2",
        `${ENV_FLAG},A`,
        `--allow-read=.env,${dir}/personas,${dir}/tools,./avr_tools,./samples,./lib/tools,./lib/persona,./lib/errors.ts,${dir}/tools/../node_modules,./node_modules,./prices\n`,
      ]);
    },
  );
});

for (
  const [what, text] of Object.entries({
    "throws": "throw 1",
    "is no persona": "export default 1",
    "reads what it may not": `Deno.readTextFileSync("/etc/hostname")`,
    "leaves an error unhandled": `setTimeout(() => { throw 1 }); await new Promise(() => {})`,
  })
) {
  Deno.test(`a persona that ${what} does not keep the flags from being printed`, async () => {
    await withFolders({ "personas/agent.ts": text }, async (env) => {
      assertMatch(await printed(env), /^--allow-net=0\.0\.0\.0:6030,\S+ --allow-env=\S+ --allow-read=\S+\n$/);
    });
  });
}
