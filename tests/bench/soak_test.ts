import { assert, assertEquals, assertGreater } from "@std/assert";
import { soak } from "../../bench/soak.ts";
import { DEFAULTS, readOptions } from "../../bench/soak/options.ts";

Deno.test({
  name: "a small soak, in both parts, finds the service sound and leaves no process behind",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const lines: string[] = [];
    const { faults, inner, process } = await soak({
      ...DEFAULTS,
      calls: 30,
      parallel: 10,
      inner: 10,
      seconds: 60,
      // Without what takes long: agents that hang up late, models that never come back.
      seed: 3060,
      lengthMs: [100, 800],
      recoverySeconds: 1,
      sampleMs: 500,
    }, (line) => lines.push(line));
    const report = lines.join("\n");
    assertEquals(faults, [], report);
    assertEquals(inner?.results.length, 10);
    assertEquals(process?.results.length, 30);
    assertGreater(process!.samples.at(-1)!.rssBytes, 10_000_000);
    assertGreater(Math.max(...process!.samples.map(({ sockets }) => sockets)), process!.before.sockets + 5);
    assert(/first audio +p50 \d+ ms/.test(report), report);
  },
});

Deno.test("a soak's command line is read, and a misspelt one is not run", () => {
  assertEquals(readOptions(["--calls", "100", "--json"]), { ...DEFAULTS, calls: 100, json: true });
  for (const wrong of ["--call 5", "--calls", "--calls -5", "--parallel 0", "--seed x"]) {
    assertEquals(readOptions(wrong.split(" ")), undefined, wrong);
  }
});
