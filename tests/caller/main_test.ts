import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { readWav, writeWav } from "../../lib/audio/wav.ts";
import { serve, type Service } from "./service.ts";

const decoder = new TextDecoder();

/** Runs the command as `deno task call` does. */
async function run(args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await start(args).output();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

function start(args: string[]): Deno.ChildProcess {
  const permissions = ["--no-prompt", "--quiet", "--allow-net=127.0.0.1", "--allow-read", "--allow-write"];
  return new Deno.Command("deno", {
    args: ["run", ...permissions, "lib/caller/main.ts", ...args],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Greets at once, and says so. */
function greeter(frames: number): Service {
  return serve((call, { type }) => {
    if (type !== "init") return;
    call.send({ type: "transcript", role: "agent", text: "Good day" });
    call.say(frames);
  });
}

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a call in the terminal: transcript, figures, and a file of what was heard", () =>
  withFolder(async (folder) => {
    await using service = greeter(20);
    await Deno.writeFile(`${folder}/in.wav`, writeWav(24000, new Int16Array(2400).fill(6000)));
    const args = ["--url", service.url, "--persona", "x", "--in", `${folder}/in.wav`, "--speak-at", "now"];
    const { code, out, err } = await run([...args, "--listen", "1", "--out", `${folder}/out.wav`]);
    assertEquals(err, "");
    assertEquals(code, 0);
    assertMatch(out, /^ +0\.\d\d {2}agent: Good day$/m);
    assertMatch(out, /^frames +20 received, 20 played, 0 dropped$/m);
    assertMatch(out, /^time to first audio +\d+ ms$/m);
    assertEquals(service.calls[0]!.url.pathname, "/x");
    const heard = readWav(await Deno.readFile(`${folder}/out.wav`));
    assertEquals(heard.sampleRate, 8000);
    assertEquals(heard.samples.filter((sample) => sample === 1000).length, 20 * 160);
  }));

Deno.test("Ctrl-C hangs up and still writes what was heard", () =>
  withFolder(async (folder) => {
    await using service = greeter(5000);
    const child = start(["--url", service.url, "--out", `${folder}/out.wav`]);
    const reader = child.stdout.getReader();
    for (let out = ""; !out.includes("first audio");) out += decoder.decode((await reader.read()).value);
    reader.releaseLock();
    child.kill("SIGINT");
    const { code, stdout } = await child.output();
    assertEquals(code, 0);
    assertStringIncludes(decoder.decode(stdout), "ended: hung up");
    assertEquals(readWav(await Deno.readFile(`${folder}/out.wav`)).samples.length > 0, true);
  }));

Deno.test("a call that the service ends with an error fails", async () => {
  await using service = serve((call, { type }) => {
    if (type !== "init") return;
    call.send({ type: "error", message: "Could not go on" });
    call.close();
  });
  const { code, out } = await run(["--url", service.url]);
  assertEquals(code, 1);
  assertStringIncludes(out, "error: Could not go on");
});

Deno.test("what can't be done is told in a line, and the command fails", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/no.wav`, "text");
    await Deno.writeFile(`${folder}/cd.wav`, writeWav(44100, new Int16Array(10)));
    const cases: [args: string[], told: string][] = [
      [["--in", `${folder}/no.wav`], "no.wav: Could not read the WAV"],
      [["--in", `${folder}/cd.wav`], "44100 Hz"],
      [["--in", `${folder}/none.wav`], "none.wav: no such file"],
      [["--listen", "x"], "Could not read --listen"],
    ];
    for (const [args, told] of cases) {
      const { code, err } = await run(args);
      assertEquals(code, 1);
      assertStringIncludes(err, told);
      assertEquals(/\bat .*\.ts/.test(err), false, "no stack");
    }
  }));
