import { assertEquals, assertGreater, assertGreaterOrEqual } from "@std/assert";
import { plainIsInstalled } from "../../bench/calls/bridges.ts";
import type { Result } from "../../bench/calls/run.ts";

const ROOT = new URL("../../", import.meta.url);
const CALLS = 2;
const SECONDS = 2;
const TIMES = [
  "--calls",
  String(CALLS),
  "--seconds",
  String(SECONDS),
  "--warm",
  "1",
  "--set-ups",
  "0",
  "--search",
  "0",
];

/** The bench as a process of its own, since reading /proc needs every permission. */
async function bench(...args: string[]): Promise<Result> {
  const file = await Deno.makeTempFile();
  try {
    const { stderr, success } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-prompt", "--quiet", "bench/calls.ts", ...TIMES, "--json", file, ...args],
      cwd: ROOT,
      stdout: "null",
      stderr: "piped",
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    const { results, remarks } = JSON.parse(await Deno.readTextFile(file));
    assertEquals(results.length, 1, JSON.stringify(remarks));
    return results[0];
  } finally {
    await Deno.remove(file);
  }
}

// How fast is no matter for a test: that what is measured really happens is.
Deno.test("calls through every bridge of the bench are matched from end to end", async () => {
  const runs = [["--only", "service"], ["--only", "service", "--format", "pcmu"], ["--only", "relay"]];
  if (await plainIsInstalled()) runs.push(["--only", "plain"]);
  for (const { bridge, format, ...result } of await Promise.all(runs.map((args) => bench(...args)))) {
    const story = `${bridge}, ${format}: ${JSON.stringify(result)}`;
    assertGreaterOrEqual(result.toModelMs.count, CALLS * SECONDS * 50 * 0.9, story);
    assertGreaterOrEqual(result.toCallerMs.count, 4, story);
    assertGreaterOrEqual(result.firstFrameMs.count, 1, story);
    assertGreater(result.toModelMs.p50, 0, story);
    assertGreater(result.toCallerMs.p50, 0, story);
    assertEquals([result.unmatched, result.lost.interruptions], [0, 0], story);
    assertGreater(result.cpuMsPerCallSecond, 0, story);
    assertGreater(result.residentMb, 0, story);
  }
});
