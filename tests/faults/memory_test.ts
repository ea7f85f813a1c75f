import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { runDeno } from "../support/run.ts";

const PROGRAM = fileURLToPath(new URL("./memory.ts", import.meta.url));
const WARM_UP = 40;
const CALLS = 120;
/** Code that is compiled on its first use takes half of it; a call that leaves a second of its audio leaves more. */
const LEFT_KB_MAX = 6;

Deno.test("faults: calls that were struck and have ended leave nothing in memory", async () => {
  const args = ["--v8-flags=--expose-gc", "--no-check", "--allow-read", "--allow-env", PROGRAM];
  const { code, out, error } = await runDeno([...args, String(WARM_UP), String(CALLS)]);
  assertEquals(code, 0, error);
  const { beforeKb, afterKb, objects, left } = JSON.parse(out);
  assert(objects > 3 * CALLS, `only ${objects} objects were looked at`);
  assertEquals(left, [], "calls, phones or sockets still there");
  const perCallKb = (afterKb - beforeKb) / CALLS;
  assert(
    perCallKb < LEFT_KB_MAX,
    `${perCallKb.toFixed(1)} KiB are left of each call: ${beforeKb} to ${afterKb}`,
  );
});
