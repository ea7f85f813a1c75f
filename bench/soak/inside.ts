/**
 * Loaded before main.ts in the soak's service: tells each second what can't be seen from outside. Needs no permission,
 * and its own timer neither counts nor holds the process.
 */
import { getActiveResourcesInfo } from "node:process";

const EACH_MS = 1000;
const encoder = new TextEncoder();

function tell(): void {
  const timers = getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const { heapUsed, external } = Deno.memoryUsage();
  const line = JSON.stringify({ soak: { timers, heapBytes: heapUsed + external } });
  Deno.stderr.writeSync(encoder.encode(`${line}\n`));
}

Deno.unrefTimer(setInterval(tell, EACH_MS));
