import { assertEquals, assertThrows } from "@std/assert";
import { carried, leastFailed, nextTrial, type Trial } from "../../bench/calls/search.ts";
import { ownTimes } from "../../bench/calls/profile.ts";
import { readOptions } from "../../bench/calls/options.ts";
import { kbPerFurtherCall } from "../../bench/calls/report.ts";
import { spread } from "../../bench/quantiles.ts";

const trial = (calls: number, carried: boolean): Trial => ({ calls, carried, invalid: false });

/** Tries until it is close enough. */
function search(limit: number, ...trials: Trial[]): Trial[] {
  for (let next = nextTrial(trials); next !== undefined; next = nextTrial(trials)) {
    trials.push(trial(next, next <= limit));
    assertEquals(trials.length < 20, true);
  }
  return trials;
}

Deno.test("the largest number of calls is found from either side, within eight of a hundred", () => {
  for (const limit of [37, 110, 400, 733, 1500]) {
    const known = [1, 10, 100, 200].map((calls) => trial(calls, calls <= limit));
    const found = carried(search(limit, ...known));
    assertEquals(found <= limit && found >= limit * 0.9 - 5, true, `${limit}: ${found}`);
  }
});

Deno.test("a bridge that carries no call is not searched for ever", () => {
  assertEquals(carried(search(0, trial(1, false), trial(10, false))), 0);
});

Deno.test("more calls that went well by chance do not count beyond fewer that did not", () => {
  const trials = [trial(100, true), trial(200, false), trial(400, true)];
  assertEquals([carried(trials), leastFailed(trials)], [100, 200]);
});

Deno.test("a quantile is a value that was measured", () => {
  assertEquals(spread([3, 1, 2]), { count: 3, p50: 2, p99: 3, max: 3 });
  assertEquals(spread(Array.from({ length: 1000 }, (_, at) => at)), {
    count: 1000,
    p50: 499,
    p99: 989,
    max: 999,
  });
  assertEquals(spread([]), { count: 0, p50: NaN, p99: NaN, max: NaN });
});

Deno.test("memory per further call leaves out what the bridge needs for itself", () => {
  assertEquals(kbPerFurtherCall([{ calls: 100, residentMb: 90 }, { calls: 0, residentMb: 70 }]), 204.8);
  assertEquals(kbPerFurtherCall([{ calls: 100, residentMb: 90 }]), undefined);
});

Deno.test("a profile counts each function's own time within the window, and no idle time", () => {
  const node = (id: number, functionName: string) => ({
    id,
    callFrame: { functionName, url: "", lineNumber: 0 },
  });
  const profile = {
    nodes: [node(1, "a"), node(2, "(idle)"), node(3, "b")],
    startTime: 1000,
    samples: [1, 2, 3, 1, 3],
    timeDeltas: [1000, 1000, 1000, 3000, 9000],
  };
  assertEquals(ownTimes([profile], 0, 10_000), [
    { name: "a", ms: 4, share: 0.8 },
    { name: "b", ms: 1, share: 0.2 },
  ]);
});

Deno.test("options that make no sense are refused by name", () => {
  const date = new Date("2026-02-03T04:05:06Z");
  for (
    const args of [["--calls", "1,x"], ["--seconds", "0"], ["--against", "fast"], ["--format", "opus"], [
      "--x",
    ]]
  ) {
    assertThrows(() => readOptions(args, date), Error, args[0]);
  }
  const { calls, bridges, json } = readOptions(["--calls", "100,10", "--against", "relay"], date);
  assertEquals(calls, [10, 100]);
  assertEquals(bridges, ["service", "relay"]);
  assertEquals(json, "bench/results/20260203-0405.json");
});
