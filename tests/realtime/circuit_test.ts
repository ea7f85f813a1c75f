import { assert, assertEquals, assertGreater, assertLessOrEqual } from "@std/assert";
import { createRandom } from "../../lib/simulator/ids.ts";
import { type BenchDial, circuitBench } from "../support/circuit.ts";

Deno.test("circuit: a burst of calls reaches the API a few at a time, in order", () => {
  const { circuit, enter, turns } = circuitBench();
  const dials = Array.from({ length: 200 }, () => enter());
  assertEquals(turns.length, 20);
  assertEquals(circuit.state, { dialling: 20, waiting: 180, away: [] });
  for (const { ticket } of dials) {
    ticket.outcome("opened");
    assertLessOrEqual(circuit.state.dialling, 20);
  }
  assertEquals(turns, dials.map(({ id }) => id));
  assertEquals(circuit.state, { dialling: 0, waiting: 0, away: [] });
});

Deno.test("circuit: where there is room a call does not wait, not even for a task", () => {
  const { enter, clock } = circuitBench();
  clock.advance(70);
  assertEquals(enter().begunMs, 70);
});

Deno.test("circuit: failures in a row across calls open it, once, and new calls can be told", () => {
  const { circuit, enter, fail, logged } = circuitBench();
  fail(4);
  assertEquals(circuit.isOpen("m"), false);
  fail(1, "m", "http_503");
  assertEquals(circuit.isOpen("m"), true);
  assertEquals(circuit.state.away, [{ model: "m", forMs: 0, reason: "http_503" }]);
  const late = enter();
  assertEquals([late.begunMs, late.awayTold], [undefined, 1]);
  assertEquals(
    logged.map(({ level, message, model, failures, reason }) => [level, message, model, failures, reason]),
    [
      ["warn", "Model is away, new calls are told so", "m", 5, "http_503"],
    ],
  );
  circuit.stop();
});

Deno.test("circuit: a success between failures begins the count anew", () => {
  const { circuit, enter, fail } = circuitBench();
  fail(4);
  enter().ticket.outcome("opened");
  fail(4);
  assertEquals(circuit.isOpen("m"), false);
  fail(1);
  assertEquals(circuit.isOpen("m"), true);
  circuit.stop();
});

Deno.test("circuit: calls that hang up while they are dialled are no failures, and no successes", () => {
  const { circuit, enter, fail } = circuitBench();
  for (let count = 0; count < 50; count++) enter().ticket.cancel();
  assertEquals(circuit.isOpen("m"), false);
  fail(4);
  for (let count = 0; count < 50; count++) enter().ticket.cancel();
  fail(1);
  assertEquals(circuit.isOpen("m"), true);
  circuit.stop();
});

Deno.test("circuit: calls that wait already when the model goes away are told too, those that are dialled are not", () => {
  const { circuit, enter } = circuitBench({ parallel: 6 });
  const dials = Array.from({ length: 20 }, () => enter());
  for (const { ticket } of dials.slice(0, 5)) ticket.outcome("failed", "no_answer");
  // Each of the first four failures gave a turn on; the fifth is the last.
  assertEquals(dials.map(({ begunMs }) => begunMs), [...Array(10).fill(0), ...Array(10).fill(undefined)]);
  assertEquals(dials.map(({ awayTold }) => awayTold), [...Array(10).fill(0), ...Array(10).fill(1)]);
  assertEquals(circuit.isOpen("m"), true);
  circuit.stop();
});

Deno.test("circuit: handshakes of an outage that time out after its end do not open it again", () => {
  const { circuit, clock, enter, fail, probe } = circuitBench();
  const slow = Array.from({ length: 10 }, () => enter());
  fail(5);
  clock.advance(1000);
  probe().tell();
  for (const { ticket } of slow) ticket.outcome("failed", "no_answer");
  assertEquals(circuit.isOpen("m"), false);
  fail(5);
  assertEquals(circuit.isOpen("m"), true);
  circuit.stop();
});

Deno.test("circuit: one probe at a time asks, ever more seldom", () => {
  const { circuit, clock, fail, probes, probe } = circuitBench();
  fail(5);
  assertEquals(clock.pending, 1);
  for (let count = 0; count < 8; count++) {
    while (!probes.some(({ open }) => open)) clock.advance(100);
    // A probe that takes its time is not joined by another.
    clock.advance(5000);
    assertEquals(clock.pending, 0);
    probe().tell("http_503");
  }
  const starts = probes.map(({ atMs }) => atMs);
  assertEquals(starts.map((atMs, index) => atMs - (index === 0 ? 0 : starts[index - 1]! + 5000)), [
    ...[1000, 2000, 4000, 8000, 16_000],
    ...[30_000, 30_000, 30_000],
  ]);
  assertEquals(circuit.state.away[0]?.reason, "http_503");
  circuit.stop();
});

Deno.test("circuit: processes that lost the same model do not ask after it as one", () => {
  const starts = [0, 0.5, 0.999].map((value) => {
    const { circuit, clock, fail, probes } = circuitBench({ random: () => value });
    fail(5);
    clock.advance(2000);
    circuit.stop();
    return probes[0]!.atMs;
  });
  assertEquals(starts, [1000, 875, 750.25]);
});

Deno.test("circuit: when the model is back those that waited are let in, in order and not all at once", () => {
  const { circuit, clock, enter, fail, logged, probe, turns } = circuitBench();
  fail(5);
  turns.length = 0;
  const waiting = Array.from({ length: 50 }, () => enter());
  clock.advance(1000);
  probe().tell("http_503");
  clock.advance(2000);
  assertEquals(turns, []);
  probe().tell();
  assertEquals(circuit.isOpen("m"), false);
  assertEquals(turns, waiting.slice(0, 20).map(({ id }) => id));
  for (const { ticket } of waiting) ticket.outcome("opened");
  assertEquals(turns, waiting.map(({ id }) => id));
  assertEquals(clock.pending, 0);
  const { level, message, model, failures, forMs } = logged.at(-1)!;
  assertEquals([level, message, model, failures, forMs], ["info", "Model is back", "m", 6, 3000]);
});

Deno.test("circuit: a dial that was under way and succeeds ends the wait, and the probe", () => {
  const { circuit, clock, enter, fail, probes } = circuitBench();
  const early = enter();
  fail(5);
  const waiting = enter();
  clock.advance(1000);
  early.ticket.outcome("opened");
  assertEquals([circuit.isOpen("m"), probes[0]?.open, clock.pending], [false, false, 0]);
  assertEquals(waiting.begunMs, 1000);
});

Deno.test("circuit: a model that takes probes and no calls is not asked every second", () => {
  const { circuit, clock, enter, fail, probe, probes } = circuitBench();
  const gaps = [];
  for (let round = 0; round < 6; round++) {
    if (round === 4) enter().ticket.outcome("opened");
    fail(5);
    const sinceMs = clock.now();
    while (!probes.some(({ open }) => open)) clock.advance(100);
    gaps.push(clock.now() - sinceMs);
    probe().tell();
  }
  // Until it has taken a call.
  assertEquals(gaps, [1000, 2000, 4000, 8000, 1000, 2000]);
  assertEquals(circuit.state.away, []);
});

Deno.test("circuit: a persona whose model does not exist does not take the others' away", () => {
  const { circuit, enter, fail } = circuitBench();
  fail(50, "misspelt", "invalid_model");
  const [bad, good] = [enter("misspelt"), enter("m")];
  assertEquals([bad.begunMs, good.begunMs], [undefined, 0]);
  assertEquals([circuit.isOpen("misspelt"), circuit.isOpen("m"), circuit.isOpen("never dialled")], [
    true,
    false,
    false,
  ]);
  circuit.stop();
});

Deno.test("circuit: calls that wait for a model that is away do not hold up those of another", () => {
  const { clock, enter, fail, probe, turns } = circuitBench({ parallel: 2 });
  fail(5, "n");
  turns.length = 0;
  const [away, first, second, third] = [enter("n"), enter("m"), enter("m"), enter("m")];
  assertEquals(turns, [first.id, second.id]);
  clock.advance(1000);
  probe("n").tell();
  // Room there is none; then the one that came first is the first.
  first.ticket.outcome("opened");
  second.ticket.outcome("opened");
  assertEquals(turns, [first.id, second.id, away.id, third.id]);
});

Deno.test("circuit: a call that hangs up while it waits frees no place that it never had", () => {
  const { circuit, enter, turns } = circuitBench({ parallel: 2 });
  const [first, second, third, fourth] = [enter(), enter(), enter(), enter()];
  third.ticket.cancel();
  third.ticket.cancel();
  third.ticket.outcome("failed");
  assertEquals(circuit.state, { dialling: 2, waiting: 1, away: [] });
  first.ticket.outcome("opened");
  first.ticket.outcome("opened");
  first.ticket.cancel();
  assertEquals(turns, [first.id, second.id, fourth.id]);
  assertEquals(circuit.state, { dialling: 2, waiting: 0, away: [] });
});

Deno.test("circuit: nothing is left when it is stopped, and later failures begin nothing", () => {
  const { circuit, clock, enter, fail, probes } = circuitBench();
  const [late, other] = [enter(), Array.from({ length: 10 }, () => enter("n"))];
  fail(5);
  clock.advance(1000);
  assertEquals(probes.filter(({ open }) => open).length, 1);
  circuit.stop();
  assertEquals(probes.filter(({ open }) => open).length, 0);
  late.ticket.outcome("failed");
  for (const { ticket } of other) ticket.outcome("failed");
  const after = enter("o");
  after.ticket.cancel();
  assertEquals([after.begunMs, clock.pending], [undefined, 0]);
});

Deno.test("circuit: a dial that throws does not harm the call whose end gave it the turn", () => {
  const { circuit, enter, logged } = circuitBench({ parallel: 1 });
  const first = enter();
  circuit.enter("m", {
    go() {
      throw new Error("Boom");
    },
  });
  const third = enter();
  first.ticket.outcome("opened");
  assertEquals(third.begunMs, 0);
  assertEquals(circuit.state.dialling, 1);
  assertEquals(logged.at(-1)?.error, "Boom");
});

Deno.test("circuit: dials that fail in their own turn do not pile up on the stack", () => {
  const { circuit, logged } = circuitBench({ parallel: 1, failuresInARow: 1e9 });
  let failed = 0;
  const block = circuit.enter("m", { go() {} });
  for (let count = 0; count < 20_000; count++) {
    const ticket = circuit.enter("m", {
      go() {
        failed++;
        ticket.outcome("failed");
      },
    });
  }
  block.outcome("failed");
  assertEquals([failed, circuit.state.dialling], [20_000, 0]);
  // Where the stack would end, too.
  assertEquals(logged, []);
});

Deno.test("circuit: whatever happens in whatever order, the bound holds and none waits for ever", () => {
  for (let seed = 1; seed <= 300; seed++) storm(seed);
});

/** Random calls, ends and probes against three models, one of them gone at times; then all is well again. */
function storm(seed: number): void {
  const { next } = createRandom(seed);
  const draw = (below: number) => Math.floor(next() * below);
  const parallel = 1 + draw(5);
  const { circuit, clock, enter, probes } = circuitBench({
    parallel,
    failuresInARow: 1 + draw(4),
    random: next,
  });
  const models = ["a", "b", "c"];
  const live = new Map<BenchDial, string>();
  let given = 0;
  const check = () => {
    const underWay = [...live.keys()].filter(({ begunMs }) => begunMs !== undefined).length;
    const { dialling, waiting, away } = circuit.state;
    assertEquals([dialling, waiting], [underWay, live.size - underWay], `seed ${seed}`);
    assertLessOrEqual(dialling, parallel, `seed ${seed}`);
    for (const model of models) {
      const open = probes.filter((each) => each.open && each.model === model).length;
      assertLessOrEqual(open, away.some((each) => each.model === model) ? 1 : 0, `seed ${seed}`);
    }
    // A place is free only where nobody could take it.
    const able = [...live].some(([{ begunMs }, model]) => begunMs === undefined && !circuit.isOpen(model));
    if (able) assertEquals(dialling, parallel, `seed ${seed}`);
  };
  const leave = (dial: BenchDial, how: number) => {
    live.delete(dial);
    if (how === 0) dial.ticket.cancel();
    else if (dial.begunMs !== undefined) dial.ticket.outcome(how === 1 ? "opened" : "failed", "http_500");
    else dial.ticket.cancel();
    // What comes too late must not count.
    if (draw(4) === 0) dial.ticket.outcome("failed");
    if (draw(4) === 0) dial.ticket.cancel();
  };
  const failsMostly = () => draw(5) === 0 ? draw(2) : 2;

  for (let step = 0; step < 150; step++) {
    const dials = [...live.keys()];
    switch (draw(5)) {
      case 0:
      case 1: {
        const model = models[draw(3)]!;
        live.set(enter(model), model);
        given++;
        break;
      }
      case 2:
      case 3:
        if (dials.length > 0) leave(dials[draw(dials.length)]!, failsMostly());
        break;
      default: {
        clock.advance(draw(4000));
        const open = probes.filter((each) => each.open);
        if (open.length > 0) open[draw(open.length)]!.tell(draw(3) === 0 ? undefined : "http_503");
      }
    }
    check();
  }
  for (let rounds = 0; live.size > 0; rounds++) {
    assert(rounds < 1000, `seed ${seed}: ${live.size} dials wait for ever`);
    for (const dial of [...live.keys()].filter(({ begunMs }) => begunMs !== undefined)) leave(dial, 1);
    clock.advance(1000);
    for (const probe of probes.filter((each) => each.open)) probe.tell();
    check();
  }
  while (circuit.state.away.length > 0) {
    clock.advance(1000);
    for (const probe of probes.filter((each) => each.open)) probe.tell();
  }
  assertGreater(given, 0);
  assertEquals([circuit.state, clock.pending], [{ dialling: 0, waiting: 0, away: [] }, 0], `seed ${seed}`);
}
