import { assert, assertEquals, assertLess, assertNotEquals, assertStringIncludes, fail } from "@std/assert";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { ENVIRONMENT_NAMES } from "../../lib/config/variables.ts";
import { createSimulator } from "../../lib/simulator/simulator.ts";
import { commandOf, copyInto, environmentOf, parseDockerfile, textsOf } from "../support/dockerfile.ts";
import { dialIn } from "../support/phone.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string) => Deno.readTextFileSync(ROOT + path);
const instructions = parseDockerfile(read("Dockerfile"));
const [healthcheck = ""] = textsOf(instructions, "HEALTHCHECK");
const [command = ""] = textsOf(instructions, "CMD");
const HEALTHY_WITHIN_MS = 5000;

/** What a container would be: a folder with what the image copies, and an environment. */
interface Container {
  run(command: readonly string[], variables: Record<string, string>): Deno.ChildProcess;
}

/** The image's build and its containers, without an engine: COPY, ENV, the RUN lines of deno, CMD and HEALTHCHECK. */
async function build(folder: string): Promise<Container> {
  const host = Deno.env.toObject();
  for (const name of ENVIRONMENT_NAMES) delete host[name];
  const set = environmentOf(instructions);
  delete set.DENO_DIR; // The packages are in the cache of this machine, not in the image's.
  set.PATH = `${dirname(Deno.execPath())}:${host.PATH}`;

  const container: Container = {
    run: ([program, ...args], variables) =>
      new Deno.Command(program === "/bin/sh" ? "sh" : program!, {
        args,
        cwd: folder,
        env: { ...host, ...set, ...variables },
        clearEnv: true,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn(),
  };
  for (const { name, text } of instructions) {
    if (name === "COPY") copyInto(folder, ROOT, text);
    if (name !== "RUN" || !text.startsWith("deno ")) continue;
    const { success, stderr } = await container.run(["sh", "-c", text], {}).output();
    assert(success, `${text}: ${new TextDecoder().decode(stderr)}`);
  }
  return container;
}

/** Runs `use` with the container, in a folder that is gone afterwards. */
async function inContainer(use: (container: Container) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "parley-image-" });
  try {
    await use(await build(folder));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("Dockerfile: the Deno that CI runs, a user who is not root, AVR's folder and port", () => {
  const [version] = /\d+\.\d+\.\d+/.exec(read(".ci/run"))!;
  assertEquals(textsOf(instructions, "FROM"), [`denoland/deno:${version}`]);
  assertEquals(textsOf(instructions, "USER"), ["1000"]);
  assertEquals(textsOf(instructions, "WORKDIR"), ["/usr/src/app"]);
  assertEquals(textsOf(instructions, "STOPSIGNAL"), ["SIGTERM"]);
  const { PORT, SIMULATOR } = environmentOf(instructions);
  assertEquals([PORT, SIMULATOR], ["6030", "never"]);
  assertEquals(textsOf(instructions, "EXPOSE"), [PORT]);
});

Deno.test("Dockerfile: the first health check comes and ends within 5 s", () => {
  const seconds = (option: string) => Number(new RegExp(`--${option}=(\\d+)s`).exec(healthcheck)?.[1]);
  assert(seconds("interval") + seconds("timeout") <= HEALTHY_WITHIN_MS / 1000);
});

Deno.test("Dockerfile: no permission is given that the configuration does not ask for", () => {
  for (const text of instructions.map(({ text }) => text)) {
    assert(!/(^|\s)(-A|--allow-all|--allow-(write|run|ffi|sys))\b/.test(text), text);
  }
  const asking = (text: string) => /--allow-\S+( --allow-\S+)* lib\/permissions\.ts/.exec(text)?.[0];
  assertEquals(asking(command), asking(JSON.parse(read("deno.json")).tasks.start.command));
  const start = command.slice(command.lastIndexOf("exec"));
  assert(!start.includes("--allow"), start);
});

Deno.test("Dockerfile: the context has what is copied, and little else", () => {
  const kept = read(".dockerignore").split("\n").filter((line) => line.startsWith("!")).map((line) =>
    line.slice(1)
  );
  const sources = textsOf(instructions, "COPY").flatMap((text) => text.split(/\s+/).slice(0, -1));
  for (const source of sources) {
    assert(kept.some((each) => source === each || source.startsWith(`${each}/`)), `Ignored: ${source}`);
  }
  for (const each of kept) assert(sources.includes(each), `Never copied: ${each}`);
});

Deno.test("Dockerfile: healthy within 5 s, answers a call, ends at SIGTERM", async () => {
  const simulator = createSimulator({ key: "test" });
  await using model = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, simulator.handler);
  await inContainer(async (container) => {
    const PORT = String(freePort());
    const variables = {
      PORT,
      OPENAI_API_KEY: "test",
      OPENAI_REALTIME_URL: `ws://127.0.0.1:${model.addr.port}/v1/realtime`,
    };
    const startMs = performance.now();
    const service = container.run(commandOf(command), variables);
    let isRunning = true;
    const said = service.output().finally(() => isRunning = false);
    try {
      const check = commandOf(healthcheck.slice(healthcheck.indexOf("CMD ") + 4));
      while (!(await container.run(check, variables).output()).success) {
        if (!isRunning) fail(new TextDecoder().decode((await said).stderr));
        assertLess(performance.now() - startMs, HEALTHY_WITHIN_MS, "Not healthy in time");
      }
      const phone = await dialIn(`ws://127.0.0.1:${PORT}/supportAgent`);
      await phone.next("the greeting", ({ type }) => type === "audio");
      await phone.hangUp();
    } finally {
      if (isRunning) service.kill("SIGTERM");
    }
    const { code, stderr } = await said;
    assertEquals(code, 0, new TextDecoder().decode(stderr));
  });
  await simulator.close();
});

Deno.test("Dockerfile: without a key it says which one and does not start", async () => {
  await inContainer(async (container) => {
    const { code, stderr } = await container.run(commandOf(command), {}).output();
    assertNotEquals(code, 0);
    assertStringIncludes(new TextDecoder().decode(stderr), "OPENAI_API_KEY");
  });
});

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
