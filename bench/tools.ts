/** What sandboxed tools cost: `deno run --allow-read bench/tools.ts` prints the figures of docs/tools.md. */
import { systemClock } from "../lib/clock.ts";
import { silentLog } from "../lib/log.ts";
import { Sandbox } from "../lib/tools/sandbox.ts";
import { startSandbox } from "../lib/tools/worker.ts";

const TYPESCRIPT = new URL("../tests/fixtures/tools/hazards.ts", import.meta.url);
const COMMON_JS = new URL("../lib/tools/avr-worker.ts", import.meta.url);
const FIXTURES = new URL("../tests/fixtures/avr_tools/", import.meta.url).pathname;
const RUNS = 5;
const CALLS = 5000;

const call = {
  uuid: "u-1",
  persona: "assistant",
  variables: {},
  signal: new AbortController().signal,
  log: silentLog,
};
const pause = (ms: number) => new Promise((wake) => setTimeout(wake, ms));
const megabytes = () => Deno.memoryUsage().rss / 2 ** 20;
const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

function typescript(): Sandbox {
  const none = { net: [], env: [], read: [] };
  return new Sandbox({
    name: "x",
    start: () => startSandbox(TYPESCRIPT, none),
    clock: systemClock,
    log: silentLog,
  });
}

function commonJs(): Sandbox {
  const permissions = { net: [], env: [], read: [FIXTURES, "./node_modules"] };
  return new Sandbox({
    name: "x",
    start: () => startSandbox(COMMON_JS, permissions),
    load: { type: "load", file: `${FIXTURES}avr_hangup.js`, env: {}, fallback: Deno.cwd() },
    clock: systemClock,
    log: silentLog,
  });
}

/** Starts several, one after the other; all stay. */
async function starts(what: string, make: () => Sandbox, ready: (sandbox: Sandbox) => Promise<unknown>) {
  const [blocked, until, memory]: number[][] = [[], [], []];
  const sandboxes: Sandbox[] = [];
  for (let i = 0; i < RUNS; i++) {
    await pause(200);
    const beforeMegabytes = megabytes();
    const sandbox = make();
    const startMs = performance.now();
    const done = ready(sandbox);
    blocked!.push(performance.now() - startMs);
    await done;
    until!.push(performance.now() - startMs);
    await pause(100);
    memory!.push(megabytes() - beforeMegabytes);
    sandboxes.push(sandbox);
  }
  const [blockedMs, readyMs, more] = [blocked, until, memory].map((values) => median(values!).toFixed(1));
  console.log(`${what}: ready after ${readyMs} ms, this thread blocked for ${blockedMs} ms, ${more} MB each`);
  sandboxes.forEach((sandbox) => sandbox.close());
}

const answer = (sandbox: Sandbox) =>
  sandbox.run({ tool: "answers", args: { what: "text" }, timeoutMs: 5000, effect: "read" }, call);

await starts("TypeScript with zod", typescript, answer);
await starts("CommonJS with axios and dotenv", commonJs, (sandbox) => sandbox.load());

const sandbox = typescript();
await answer(sandbox);
const startMs = performance.now();
for (let i = 0; i < CALLS; i++) await answer(sandbox);
console.log(`A call of a tool that runs: ${((performance.now() - startMs) / CALLS * 1000).toFixed(0)} us`);

for (const [what, run] of [["idle", undefined], ["beside a loop", "loops"]] as const) {
  let lastMs = performance.now();
  const late: number[] = [];
  const ticks = setInterval(() => {
    const nowMs = performance.now();
    late.push(nowMs - lastMs - 20);
    lastMs = nowMs;
  }, 20);
  if (run) await sandbox.run({ tool: run, args: {}, timeoutMs: 4000, effect: "read" }, call);
  else await pause(4000);
  clearInterval(ticks);
  late.sort((a, b) => a - b);
  const [p50, p99] = [0.5, 0.99].map((part) => late[Math.floor(part * late.length)]!.toFixed(2));
  console.log(
    `20 ms ticks, ${what}: late by ${p50} ms (p50), ${p99} ms (p99), ${late.at(-1)!.toFixed(2)} ms at most`,
  );
}
sandbox.close();
