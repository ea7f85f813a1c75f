import { assert, assertEquals } from "@std/assert";
import type { CallResult } from "../../../bench/soak/result.ts";
import { planCall } from "../../../bench/soak/plan.ts";
import {
  type InnerFigures,
  judgeInner,
  judgeProcess,
  LIMITS,
  type ProcessFigures,
  type Sample,
} from "../../../bench/soak/verdict.ts";

const MB = 2 ** 20;
const plan = {
  ...planCall({ seed: 1, lengthMs: [1000, 6000] }, 1),
  persona: "steady",
  fault: undefined,
  behaviour: "hangs_up",
} as const;
const good: CallResult = {
  plan,
  outcome: "hung_up",
  end: { code: 1005 },
  error: undefined,
  firstAudioMs: 300,
  lastedMs: 4000,
};
const quiet: Sample = {
  atMs: 0,
  placed: 0,
  live: 0,
  rssBytes: 80 * MB,
  fds: 26,
  sockets: 7,
  threads: 4,
  timers: 0,
  heapBytes: 14 * MB,
  cpuS: 1,
};

/** Calls 0 to 6000, memory as it is told for each. */
const samples = (rssMb: (calls: number) => number) =>
  Array.from({ length: 60 }, (_, at): Sample => ({
    ...quiet,
    placed: at * 100,
    live: 100,
    rssBytes: rssMb(at * 100) * MB,
    fds: 230,
    timers: 500,
  }));
/** Up to the warm-up's end, with the noise of garbage collections. */
const climbing = (calls: number) => 80 + 150 * Math.min(1, calls / LIMITS.warmUpCalls) + 3 * Math.sin(calls);

const sound: ProcessFigures = {
  before: quiet,
  samples: samples(climbing),
  after: { ...quiet, placed: 6000, rssBytes: 180 * MB },
  results: [good],
  started: 6000,
  reasons: { hung_up: 6000 },
  messages: { "warn: Line was lost without a hang-up": 7 },
  lateMs: { p50: 1, p99: 5 },
  exitCode: 0,
  diedEarly: false,
  stoppedBy: undefined,
};

Deno.test("a service that stays as it was is found sound", () => {
  assertEquals(judgeProcess(sound), []);
});

const LEAKS: readonly [string, Partial<ProcessFigures>, RegExp][] = [
  [
    "memory that grows with every call",
    { samples: samples((calls) => climbing(calls) + calls / 100) },
    /^Memory grows: RSS of 27\d\.\d MB .* 28\d\.\d MB/,
  ],
  ["a socket of each hundredth call", { after: { ...sound.after, fds: 86 } }, /^File descriptors.*26.*86/],
  ["timers that go on without their calls", { after: { ...sound.after, timers: 9 } }, /^Timers.*9 after/],
  ["a call that stays live", { after: { ...sound.after, live: 1 } }, /^Calls still live.*1/],
  ["a service that no longer answers", { after: { ...sound.after, live: NaN } }, /^Calls still live.*NaN/],
  ["a process that dies", { diedEarly: true, exitCode: 1 }, /ended in the middle: code 1$/],
  ["a process that is stopped", { diedEarly: true, stoppedBy: "SIGTERM" }, /in the middle: SIGTERM$/],
  ["a process that does not end", { exitCode: undefined }, /did not end with code 0/],
  ["a call without an end", { started: 6001 }, /6001 calls that started and 6000/],
  ["calls ended by internal errors", { reasons: { hung_up: 5999, internal_error: 1 } }, /internal errors: 1/],
  ["a log that says nothing", { started: 0, reasons: {} }, /no calls/],
  [
    "a guard that had to catch a throw",
    { messages: { "error: Could not handle the line's message, the call ends": 2 } },
    /^Log, 2 times/,
  ],
  ["a line that hangs", { results: [{ ...good, outcome: "stuck" }] }, /^Line hangs.*\(hangs_up, steady\)/],
  ["a line cut without a word", { results: [{ ...good, outcome: "cut" }] }, /^Line cut/],
  ["calls given up on", { results: [{ ...good, outcome: "told_error" }] }, /^Ended by the service/],
  ["calls refused", { results: [{ ...good, outcome: "refused", end: { status: 503 } }] }, /^Refused/],
  ["an agent that does not hang up", { results: [{ ...good, outcome: "gave_up" }] }, /^Agent did not/],
  ["an agent that is never heard", { results: [{ ...good, firstAudioMs: undefined }] }, /^Agent was never/],
];
for (const [leak, change, fault] of LEAKS) {
  Deno.test(`the soak finds ${leak}`, () => {
    const faults = judgeProcess({ ...sound, ...change });
    assertEquals(faults.length, 1, faults.join("\n"));
    assert(fault.test(faults[0]!), faults[0]);
  });
}

Deno.test("what comes late on a machine that can't keep up is not blamed on the service", () => {
  const slow = { ...good, firstAudioMs: 4000 };
  const results = [slow, slow, { ...slow, outcome: "stuck" as const }];
  assertEquals(judgeProcess({ ...sound, results }), [
    "The machine can't keep up, 4000 ms to the first audio at the median: let fewer call at a time with --parallel",
  ]);
  assertEquals(
    judgeProcess({ ...sound, results: [...results, { ...slow, outcome: "cut" as const }] }).length,
    2,
  );
});

Deno.test("an agent that many hear too late is not taken for one that is never heard", () => {
  const unheard = { ...good, firstAudioMs: undefined };
  const late = { ...good, firstAudioMs: LIMITS.silentMs + 1 };
  const heard = Array.from({ length: 20 }, () => good);
  assertEquals(judgeProcess({ ...sound, results: [...heard, unheard] }).length, 1);
  assertEquals(judgeProcess({ ...sound, results: [...heard, late, unheard] }), []);
});

Deno.test("memory is not judged before it has had its time to climb", () => {
  const early = samples((calls) => 80 + calls / 20).filter(({ placed }) => placed < LIMITS.warmUpCalls);
  assertEquals(judgeProcess({ ...sound, samples: early }), []);
});

const inner: InnerFigures = {
  results: [good],
  started: 600,
  ended: 600,
  unbalanced: [],
  lingering: { "lib/call/x.ts:1": 2 },
  timers: {},
  live: 0,
  heapBytesPerCall: 900,
  heapCalls: 300,
  messages: {},
};

Deno.test("inside of the process, what is left behind is found and named", () => {
  assertEquals(judgeInner(inner), []);
  const timers = { "lib/call/digits.ts:41 < lib/call/keypad.ts:46": 3 };
  assertEquals(judgeInner({ ...inner, timers }), [
    "Timers left, set by lib/call/digits.ts:41 < lib/call/keypad.ts:46: 3",
  ]);
  assertEquals(judgeInner({ ...inner, heapBytesPerCall: 20_000 }).length, 1);
  assertEquals(judgeInner({ ...inner, heapBytesPerCall: 20_000, heapCalls: 20 }), [], "too few to tell");
  assertEquals(judgeInner({ ...inner, unbalanced: ["soak-1"] }).length, 1);
  assertEquals(judgeInner({ ...inner, ended: 601 }).length, 1);
  assertEquals(judgeInner({ ...inner, live: 1 }).length, 1);
});
