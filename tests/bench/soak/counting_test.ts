import { assert, assertEquals } from "@std/assert";
import { CountingClock } from "../../../bench/soak/counting-clock.ts";
import { LogTally } from "../../../bench/soak/log-tally.ts";
import { ProcessWatch, readSample } from "../../../bench/soak/process-watch.ts";

Deno.test("a timer counts until it has fired or was taken back, and tells who set it", async () => {
  const clock = new CountingClock();
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(60_000, () => {});
  let stopLast = () => {};
  clock.after(0, () => {
    stopLast = clock.after(60_000, () => {});
    resolve();
  });
  assertEquals(clock.pending, 2);
  await promise;
  assertEquals(clock.pending, 2);
  const site = Object.keys(clock.sites()).find((each) => each.includes("when fired"));
  assert(
    site && /counting_test\.ts:\d+, when fired .*counting_test\.ts:\d+/.test(site),
    JSON.stringify(clock.sites()),
  );
  cancel();
  stopLast();
  stopLast();
  assertEquals(clock.pending, 0);
});

Deno.test("a process is read as Linux shows it, whatever its name", () => {
  const sample = readSample([
    "Name:\tdeno",
    "VmHWM:\t  200000 kB",
    "VmRSS:\t  100000 kB",
    "Threads:\t9",
    "7 (de) R 1 no) S 1 7 7 0 -1 4194560 5 0 0 0 150 50 0 0 20 0 9 0 1 2 3",
    "total 0",
    "lrwx------ 1 u u 64 Jan  1 00:00 0 -> /dev/null",
    "lrwx------ 1 u u 64 Jan  1 00:00 3 -> socket:[17]",
  ]);
  assertEquals(sample, { rssBytes: 102_400_000, fds: 2, sockets: 1, threads: 9, cpuS: 2 });
  assertEquals(readSample([]), undefined);
});

Deno.test({
  name: "a process that is watched ends when its watcher is killed with the soak",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const child = new Deno.Command("sleep", { args: ["60"] }).spawn();
    const watch = new ProcessWatch(child.pid);
    const sample = await watch.sample();
    assert(sample && sample.rssBytes > 0 && sample.fds >= 3, JSON.stringify(sample));
    // What the shell sees of a soak that is killed: the end of its input.
    await watch.closeInput();
    const { signal } = await child.status;
    assertEquals(signal, "SIGKILL");
    await watch[Symbol.asyncDispose]();
  },
});

Deno.test("a log is counted, and what is no log is kept for the case of a crash", () => {
  const tally = new LogTally();
  tally.line('{"level":"info","message":"Call started","uuid":"a"}');
  tally.line('{"level":"info","message":"Call ended","reason":"hung_up"}');
  tally.line('{"level":"warn","message":"Line is slow"}');
  tally.line('{"level":"warn","message":"Line is slow"}');
  tally.line('{"soak":{"timers":3,"heapBytes":1}}');
  tally.line("error: Uncaught (in promise) TypeError");
  tally.line("{ not json");
  assertEquals([tally.started, tally.ended, tally.reasons], [1, 1, { hung_up: 1 }]);
  assertEquals(tally.messages, { "warn: Line is slow": 2 });
  assertEquals(tally.inside?.timers, 3);
  assertEquals(tally.otherLines, ["error: Uncaught (in promise) TypeError", "{ not json"]);
});
