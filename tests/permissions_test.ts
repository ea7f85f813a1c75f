import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { readConfig } from "../lib/config.ts";
import { ENVIRONMENT_NAMES } from "../lib/config/variables.ts";
import { flags, personaFlags } from "../lib/permissions.ts";
import { runDeno } from "./support/run.ts";

const KEY = { OPENAI_API_KEY: "sk-test" };
const ENV_FLAG = `--allow-env=${ENVIRONMENT_NAMES.join(",")}`;

const NETS: [env: Record<string, string>, net: string][] = [
  [{}, "0.0.0.0:6030"],
  [KEY, "0.0.0.0:6030,api.openai.com:443"],
  [{ ...KEY, SIMULATOR: "always" }, "0.0.0.0:6030"],
  [{ ...KEY, HOST: "::", PORT: "7000" }, "[::]:7000,api.openai.com:443"],
  [{ OPENAI_REALTIME_URL: "ws://127.0.0.1:8080/x" }, "0.0.0.0:6030,127.0.0.1:8080"],
  [{ OPENAI_REALTIME_URL: "ws://[::1]/x" }, "0.0.0.0:6030,[::1]:80"],
  [{ OPENAI_URL_INSTRUCTIONS: "http://prompts/x?y" }, "0.0.0.0:6030,prompts:80"],
  [{ ...KEY, OPENAI_URL_INSTRUCTIONS: "https://api.openai.com/x" }, "0.0.0.0:6030,api.openai.com:443"],
];

Deno.test("the net permission names what is listened on and dialled, and nothing else", () => {
  for (const [env, net] of NETS) assertEquals(flags(readConfig(env))[0], `--allow-net=${net}`);
});

Deno.test("the flags are net, the named variables and the read paths, and no other right", () => {
  assertEquals(flags(readConfig({ ...KEY, OPENAI_FILE_INSTRUCTIONS: "a.txt", PERSONAS_DIR: "/p" })), [
    "--allow-net=0.0.0.0:6030,api.openai.com:443",
    ENV_FLAG,
    "--allow-read=.env,/p,a.txt",
  ]);
  assertEquals(flags(readConfig({})).at(-1), "--allow-read=.env,./personas,./lib/simulator/speech");
});

Deno.test("what personas and their tools need is added", () => {
  const [net, , read] = flags(readConfig(KEY), { net: ["crm:8443"], read: ["./tools"] });
  assertEquals([net, read], [
    "--allow-net=0.0.0.0:6030,api.openai.com:443,crm:8443",
    "--allow-read=.env,./personas,./tools",
  ]);
});

Deno.test("deno task personas may dial the instructions' host alone", () => {
  assertEquals(personaFlags(readConfig(KEY)), [ENV_FLAG, "--allow-read=.env,./personas"]);
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
  const args = ["--no-prompt", "--allow-read=.env", "--allow-env", script];
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
