import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ConfigError } from "../../lib/errors.ts";
import { createLog } from "../../lib/log.ts";
import { createMetrics } from "../../lib/metrics.ts";
import { Board } from "../../lib/workers/board.ts";
import type { FromWorker, ToWorker } from "../../lib/workers/messages.ts";
import { Supervisor } from "../../lib/workers/supervisor.ts";
import type { Thread } from "../../lib/workers/thread.ts";
import { settle, VirtualClock } from "../support/clock.ts";

const ABOUT = { personas: ["test"], model: "m", permissions: { net: [], env: [], read: [] } };

/** A worker without a thread: what it was told, and what the test has it say. */
class FakeThread implements Thread {
  readonly told: ToWorker[] = [];
  readonly #gone = Promise.withResolvers<void>();
  readonly gone = this.#gone.promise;
  isStubborn = false;
  isGone = false;
  counted = 0;
  onMessage = (_: unknown) => {};

  constructor(readonly name: string) {}

  post(message: ToWorker): void {
    this.told.push(message);
    if (message.type === "count" && this.counted > 0) {
      const counted = { type: "counted", id: message.id, snapshot: snapshot(this.counted) } as const;
      queueMicrotask(() => this.say(counted));
    }
  }

  terminate(): void {
    if (!this.isStubborn) this.end();
  }

  end(): void {
    this.isGone = true;
    this.#gone.resolve();
  }

  say(message: FromWorker): void {
    this.onMessage(message);
  }

  ready(): void {
    this.say({ type: "ready", port: 6030, about: ABOUT });
  }

  last<Type extends ToWorker["type"]>(type: Type) {
    return this.told.findLast((each) => each.type === type) as Extract<ToWorker, { type: Type }> | undefined;
  }

  get board(): Board {
    return Board.over(this.last("start")!.board);
  }
}

/** What a worker tells that has refused so many calls and has one live. */
function snapshot(refused: number) {
  const values = (value: number, labels = {}) => [{ value, labels }];
  return [
    {
      name: "parley_calls_refused_total",
      help: "x",
      type: "counter",
      values: values(refused, { status: "503" }),
      aggregator: "sum",
    },
    { name: "parley_calls_live", help: "x", type: "gauge", values: values(1), aggregator: "sum" },
  ];
}

function setUp(workers = 2) {
  const clock = new VirtualClock();
  const logged: string[] = [];
  const log = createLog({ write: (line) => logged.push(line.slice(13)) });
  const threads: FakeThread[] = [];
  let stuck = 0;
  const supervisor = new Supervisor({
    config: { workers, drainMs: 8_000, metrics: "auto", limits: LIMITS },
    clock,
    log,
    metrics: createMetrics({ clock, log, known: NAMES }),
    start(name) {
      const thread = new FakeThread(name);
      threads.push(thread);
      return thread;
    },
    onPersonas() {},
    onStuck: () => stuck++,
  });
  return { clock, logged, threads, supervisor, stuck: () => stuck };
}

const LIMITS = { calls: 10, callMinutes: undefined, lineIdleMs: 1, lineGraceMs: 1, usdPerDay: undefined };
const NAMES = { personas: () => ["test"], tools: () => [], models: () => [] };

async function open(workers = 2) {
  const all = setUp(workers);
  const opened = all.supervisor.open();
  all.threads[0]!.ready();
  for (const thread of all.threads.slice(1)) thread.ready();
  assertEquals((await opened).port, 6030);
  return all;
}

/** All living ones give a sign of life, once a second. */
async function pass(
  { clock, threads }: { clock: VirtualClock; threads: FakeThread[] },
  seconds: number,
  hung?: FakeThread,
) {
  for (let second = 0; second < seconds; second++) {
    for (const thread of threads) {
      if (thread !== hung && !thread.isGone) thread.board.beat(thread.last("start")!.place);
    }
    clock.advance(1_000);
    await settle();
  }
}

async function page(thread: FakeThread, clock: VirtualClock, waitMs = 0): Promise<string> {
  thread.say({ type: "gather", id: 99 });
  await settle();
  clock.advance(waitMs);
  while (!thread.told.some((each) => each.type === "page")) await settle();
  const { text } = thread.last("page")!.page;
  thread.told.splice(0, thread.told.length, thread.last("start")!);
  return text;
}

Deno.test("supervisor: the first worker finds the port and the faults, the others follow", async () => {
  const { threads } = await open(3);
  assertEquals(
    threads.map((each) => each.last("start")!).map(({ place, port, first }) => [place, port, first]),
    [[0, 0, true], [1, 6030, false], [2, 6030, false]],
  );
});

Deno.test("supervisor: what the first worker finds wrong is told, and nothing is started again", async () => {
  const { supervisor, threads, clock } = setUp();
  const opened = supervisor.open();
  threads[0]!.say({ type: "faults", faults: ["one.ts: voice is wrong", "two.ts: greting is no field"] });
  const { faults } = await assertRejects(() => opened, ConfigError);
  assertEquals(faults.length, 2);
  clock.advance(120_000);
  await settle();
  assertEquals(threads.length, 1);
});

Deno.test("supervisor: a lost worker is replaced, ever later where it is lost again at once", async () => {
  const all = await open();
  const { threads, clock } = all;
  const delays: number[] = [];
  for (let loss = 0; loss < 9; loss++) {
    const count = threads.length;
    threads.at(-1)!.end();
    await settle();
    const lostMs = clock.now();
    while (threads.length === count) {
      threads[0]!.board.beat(0);
      clock.advance(250);
      await settle();
    }
    delays.push(clock.now() - lostMs);
    threads.at(-1)!.ready();
  }
  assertEquals(delays, [250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]);
  await pass(all, 31);
  const count = threads.length;
  threads.at(-1)!.end();
  await settle();
  clock.advance(250);
  assertEquals([threads.length, threads.at(-1)!.last("start")!.port], [count + 1, 6030]);
});

Deno.test("supervisor: a worker that gives no sign of life for ten looks is ended, its calls told and its places freed", async () => {
  const all = await open();
  const { threads: [ok, hung], logged, supervisor, clock } = all;
  const row = { taken: 2, lacking: 0, live: 2, answered: 5, door: "open" } as const;
  ok!.board.publish(0, { ...row, taken: 1, live: 1 });
  ok!.board.publish(1, row);
  for (const uuid of ["a", "b"]) hung!.say({ type: "began", uuid, persona: "test" });
  hung!.say({ type: "began", uuid: "c", persona: "test" });
  hung!.say({ type: "over", uuid: "c" });
  ok!.say({ type: "began", uuid: "d", persona: "test" });
  assertEquals(supervisor.live, 3);
  await pass(all, 9, hung);
  // The machine sleeps: nobody could give a sign.
  clock.advance(900);
  assertEquals(hung!.isGone, false);
  await pass(all, 3, hung);
  assertEquals([ok!.isGone, hung!.isGone], [false, true]);
  assertEquals(logged.filter((line) => line.includes("A call was lost")), [
    "error A call was lost with its worker uuid=a persona=test worker=2",
    "error A call was lost with its worker uuid=b persona=test worker=2",
  ]);
  assertEquals([supervisor.live, ok!.board.sum().taken, ok!.board.sum().answered], [1, 1, 10]);
  assertEquals(ok!.last("lost"), { type: "lost", place: 1 });
  const text = await page(ok!, clock, 1_000);
  assertStringIncludes(text, `parley_calls_ended_total{persona="test",reason="worker_lost"} 2`);
  assertStringIncludes(text, `parley_workers_lost_total{cause="hung"} 1`);
});

Deno.test("supervisor: one that loops and can't be ended is not replaced, the service has to end", async () => {
  const all = await open();
  const { threads: [, hung], threads } = all;
  hung!.isStubborn = true;
  await pass(all, 12, hung);
  assertEquals(all.stuck(), 0);
  await pass(all, 5, hung);
  assertEquals([all.stuck(), threads.length], [1, 2]);
});

Deno.test("supervisor: counters never fall, whether a worker is late with its counts or gone; gauges go with it", async () => {
  const all = await open();
  const { threads: [one, two], threads, clock } = all;
  one!.counted = 3;
  two!.counted = 4;
  const refused = (text: string) => /refused_total\{status="503"\} (\d+)/.exec(text)?.[1];
  const live = (text: string) => /parley_calls_live (\d+)/.exec(text)?.[1];
  let text = await page(one!, clock);
  assertEquals([refused(text), live(text)], ["7", "2"]);
  two!.counted = 0;
  text = await page(one!, clock, 1_000);
  assertEquals([refused(text), live(text)], ["7", "1"]);
  assertStringIncludes(text, "parley_workers_late_total 1");
  two!.end();
  await settle();
  text = await page(one!, clock);
  assertEquals([refused(text), live(text)], ["7", "1"]);
  clock.advance(250);
  const third = threads.at(-1)!;
  third.ready();
  third.counted = 1;
  text = await page(one!, clock);
  assertEquals([refused(text), live(text)], ["8", "2"]);
  third.end();
  await settle();
  assertEquals(refused(await page(one!, clock)), "8");
  assertStringIncludes(text, "parley_calls_limit 10");
});

Deno.test("supervisor: a drain waits for all workers, those that are lost meanwhile not, with one deadline", async () => {
  const all = await open(3);
  const { threads: [one, two, three], threads, supervisor, clock } = all;
  let over = false;
  const drained = supervisor.drain().then(() => over = true);
  assertEquals(threads.map((each) => each.told.at(-1)!.type), ["drain", "drain", "drain"]);
  one!.say({ type: "drained" });
  two!.end();
  await settle();
  assertEquals(over, false);
  three!.say({ type: "drained" });
  await drained;
  // Nobody takes the place of the one that was lost.
  clock.advance(60_000);
  assertEquals(threads.length, 3);
  const closed = supervisor.close();
  for (const thread of [one!, three!]) thread.say({ type: "closed" });
  await closed;

  const late = await open(2);
  let ended = false;
  const waiting = late.supervisor.drain().then(() => ended = true);
  late.clock.advance(8_500);
  await settle();
  assertEquals(ended, false);
  late.clock.advance(500);
  await waiting;
});

Deno.test("supervisor: a call is found where it is, and only there", async () => {
  const { threads: [one, two], supervisor } = await open();
  one!.say({ type: "began", uuid: "u", persona: "test" });
  two!.say({ type: "find", id: 7, uuid: "u", persona: "other" });
  const [adopt, found] = [one!.last("adopt")!, two!.last("found")!];
  assertEquals([adopt.uuid, adopt.persona, adopt.place, found.id, found.place], ["u", "other", 1, 7, 0]);
  for (const port of [adopt.port, found.port!]) port.close();
  one!.say({ type: "over", uuid: "u" });
  two!.say({ type: "find", id: 8, uuid: "u", persona: "other" });
  assertEquals(two!.last("found"), { type: "found", id: 8 });
  supervisor.stop();
});

Deno.test("supervisor: what one worker can't have is told to the others, and all that it had goes with it", async () => {
  const { threads: [one, two] } = await open();
  const away = [{ model: "m", forMs: 10, reason: "http_503" }];
  one!.say({ type: "away", away });
  assertEquals([one!.last("away")!.away, two!.last("away")!.away], [[], away]);
  one!.board.publish(0, { taken: 3, lacking: 1, live: 2, answered: 9, door: "open" });
  one!.end();
  await settle();
  assertEquals(two!.last("away")!.away, []);
  assertEquals(two!.board.sum(), { taken: 0, lacking: 0, live: 0, answered: 9, door: undefined });
});
