import { assertEquals, assertStringIncludes } from "@std/assert";
import { createLog } from "../../lib/log.ts";
import { RefusalLog } from "../../lib/server/refusal.ts";
import { VirtualClock } from "../support/clock.ts";

Deno.test("refusals: a scanner does not fill the log, and how often it came is told", () => {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const refusals = new RefusalLog(clock, createLog({ write: (line) => lines.push(line) }));
  for (let count = 0; count < 100; count++) {
    refusals.note(401, "It brings no token", "10.0.0.1");
    clock.advance(10);
  }
  refusals.note(404, "Could not find the persona", undefined);
  assertEquals(lines.length, 2);
  assertStringIncludes(lines[0]!, "status=401");
  assertStringIncludes(lines[0]!, "address=10.0.0.1");
  assertStringIncludes(lines[1]!, "status=404");
  clock.advance(10_000);
  refusals.note(401, "It brings no token", "10.0.0.1");
  assertEquals(lines.length, 3);
  assertStringIncludes(lines[2]!, "untold=99");
});
