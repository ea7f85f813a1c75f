import { assert, assertEquals, assertGreater, assertLess, assertMatch } from "@std/assert";
import { agent, caller, definePersona, expect, hangup, transfer } from "../../lib/persona/define.ts";
import { play, said, told } from "./play.ts";

const desk = definePersona({
  instructions: "Help.",
  greeting: "Good day.",
  tools: [transfer({ desk: { extension: "2001", context: "internal" } }), hangup()],
});

Deno.test("rehearsal: what was said holds whatever case and marks, since the caller's step before", async () => {
  const outcome = await play([
    expect.said("good day"),
    expect.said(/^Good/),
    caller.says("When do you open?"),
    agent.says("At ten o'clock - every day."),
    expect.said("AT TEN O'CLOCK, EVERY DAY"),
    expect.said("good day"),
    expect.said("ten o"),
    expect.said("en o'clock"),
    expect.said(/eleven/),
  ]);
  assertEquals(told(outcome), [
    'ok: said "good day"',
    "ok: said /^Good/",
    'ok: said "AT TEN O\'CLOCK, EVERY DAY"',
    'failed: said "good day": said "At ten o\'clock - every day."',
    'ok: said "ten o"',
    'failed: said "en o\'clock": said "At ten o\'clock - every day."',
    'failed: said /eleven/: said "At ten o\'clock - every day."',
  ]);
  assert(!outcome.ok);
});

Deno.test("rehearsal: what must never happen is judged over the whole call, wherever it stands", async () => {
  const good = await play([
    expect.never.said("refund"),
    expect.never.called("hangup"),
    expect.never.interrupted(),
    caller.says("Hello."),
    agent.says("Hello."),
  ], { persona: desk });
  assertEquals(told(good), ['ok: never said "refund"', "ok: never called hangup", "ok: never interrupted"]);
  const bad = await play([
    expect.never.said("refund"),
    expect.never.called("hangup"),
    expect.never.interrupted(),
    caller.says("Money back, please."),
    agent.says("Of course, you will have a refund within three days, and we are very sorry."),
    caller.interrupts("Thank you.", { afterMs: 2500 }),
    agent.calls("hangup", {}, { saying: "Goodbye." }),
  ], { persona: desk });
  const told3 = told(bad);
  assertMatch(told3[0]!, /^failed: never said "refund": said "Of course, you will have a refund/);
  assertEquals(told3.slice(1), [
    "failed: never called hangup: called hangup({})",
    "failed: never interrupted: interrupted 1 time",
  ]);
});

Deno.test("rehearsal: an answer in time holds, a late one and none at all do not", async () => {
  const outcome = await play([
    expect.answered({ withinMs: 1000 }),
    caller.says("Hello?"),
    agent.says("Yes?"),
    expect.answered(),
    expect.answered({ withinMs: 500 }),
  ], { persona: definePersona({ instructions: "x", greeting: "Hi." }) });
  assert(/^ok: answered within 1000 ms/.test(told(outcome)[0]!) && told(outcome)[1] === "ok: answered");
  const [, tookMs] = /^failed: answered within 500 ms: after (\d+) ms$/.exec(told(outcome)[2]!)!;
  // 500 ms of silence end the turn, 300 to 500 ms the model thinks.
  assertGreater(Number(tookMs), 800);
  assertLess(Number(tookMs), 1300);
  const deaf = definePersona({
    instructions: "x",
    greeting: "Hi.",
    turn: { type: "server_vad", createResponse: false },
  });
  const silent = await play([caller.says("Hello?"), expect.answered()], { persona: deaf });
  assertEquals(told(silent), ["failed: answered: no answer came"]);
});

Deno.test("rehearsal: a tool is called with the arguments that count", async () => {
  const outcome = await play({
    tools: { avr_transfer: () => "Not now." },
    steps: [
      caller.says("Connect me."),
      agent.calls("avr_transfer", { transfer_extension: "2001", transfer_context: "demo" }),
      agent.says("It does not work."),
      expect.called("avr_transfer"),
      expect.called("avr_transfer", { transfer_extension: "2001" }),
      expect.called("avr_transfer", { transfer_extension: /^20/ }),
      expect.called("avr_transfer", { transfer_extension: "2002" }),
      expect.called("avr_hangup"),
      expect.said("It does not work"),
      expect.never.called("avr_transfer"),
    ],
  });
  const seen = 'called avr_transfer({ transfer_extension: "2001", transfer_context: "demo" })';
  assertEquals(told(outcome), [
    "ok: called avr_transfer",
    'ok: called avr_transfer with { transfer_extension: "2001" }',
    "ok: called avr_transfer with { transfer_extension: /^20/ }",
    `failed: called avr_transfer with { transfer_extension: "2002" }: ${seen}`,
    `failed: called avr_hangup: ${seen}`,
    'ok: said "It does not work"',
    `failed: never called avr_transfer: ${seen}`,
  ]);
});

Deno.test("rehearsal: a transfer by name and by extension, one that fails, and none", async () => {
  const steps = [
    caller.says("Connect me."),
    agent.calls("transfer", { destination: "desk" }, { saying: "One moment." }),
    expect.transferred(),
    expect.transferred("desk"),
    expect.transferred("2001"),
    expect.transferred("2002"),
    expect.ended("transferred"),
    expect.ended("agent"),
  ];
  assertEquals(told(await play(steps, { persona: desk })), [
    "ok: transferred",
    "ok: transferred to desk",
    "ok: transferred to 2001",
    "failed: transferred to 2002: transferred to 2001 (internal)",
    "ok: ended by a transfer",
    "failed: ended by the agent: ended by a transfer",
  ]);
  const refused = [...steps.slice(0, 2), agent.says("It does not work."), expect.transferred("desk")];
  for (const ami of ["unknown call", "forbidden", "error", "unreachable", "timeout"] as const) {
    const outcome = await play({ ami, steps: refused }, { persona: desk });
    assertEquals(
      told(outcome),
      ["failed: transferred to desk: could not be transferred to 2001 (internal)"],
      ami,
    );
    assertMatch(said(outcome).join("\n"), /tool: transfer\(.*\) gives The call could not be transferred: /);
  }
  const none = await play([caller.says("Connect me."), agent.says("No."), expect.transferred()], {
    persona: desk,
  });
  assertEquals(told(none), ["failed: transferred: no transfer was asked for"]);
});

Deno.test("rehearsal: a handoff to another persona", async () => {
  const options = {
    persona: definePersona({
      instructions: "Front desk.",
      greeting: "Hi.",
      handoffs: { billing: "Invoices." },
    }),
    personas: { billing: definePersona({ instructions: "Billing." }) },
  };
  const outcome = await play([
    caller.says("My invoice is wrong."),
    agent.calls("handoff_to_billing", {}, { saying: "I'll connect you." }),
    agent.says("Billing, what is wrong with it?"),
    expect.handedTo("billing"),
    expect.said("Billing, what is wrong"),
    expect.handedTo("sales"),
    caller.says("The sum."),
    agent.says("I see."),
    expect.handedTo("billing"),
  ], options);
  assertEquals(told(outcome), [
    "ok: handed over to billing",
    'ok: said "Billing, what is wrong"',
    "failed: handed over to sales: handed over to billing",
    "failed: handed over to billing: no handoff",
  ]);
});

Deno.test("rehearsal: who ended the call - caller, agent, silence, time limit, key", async () => {
  const ended = async (
    persona: Parameters<typeof definePersona>[0],
    ...steps: Parameters<typeof play>[0][]
  ) => told(await play(steps.flat() as never, { persona: { greeting: "Hi.", ...persona } as never }));
  assertEquals(
    await ended({ instructions: "x" }, [caller.hangsUp(), expect.ended("caller"), expect.ended("agent")]),
    [
      "ok: ended by the caller",
      "failed: ended by the agent: ended by the caller",
    ],
  );
  const agentEnds = [caller.says("Bye."), agent.calls("avr_hangup", {}, { saying: "Goodbye." })];
  assertEquals(await ended({ instructions: "x" }, [...agentEnds, expect.ended("agent")]), [
    "ok: ended by the agent",
  ]);
  const idle = { afterSeconds: 4, say: ["Are you still there?"], thenHangUp: "Goodbye then." };
  const idleSteps = [
    caller.waits(6000),
    expect.said("Are you still there?"),
    expect.ended("idle"),
    expect.said("Goodbye then."),
  ];
  assertEquals(await ended({ instructions: "x", idle }, idleSteps), [
    'ok: said "Are you still there?"',
    "ok: ended by the caller's silence",
    'ok: said "Goodbye then."',
  ]);
  const limits = { minutes: 2, warning: "One minute left.", goodbye: "Time is up." };
  assertEquals(
    await ended({ instructions: "x", limits }, [expect.ended("time limit"), expect.said("Time is up.")]),
    [
      "ok: ended by the time limit",
      'ok: said "Time is up."',
    ],
  );
  const dtmf = { keys: { "9": "hangUp" as const } };
  assertEquals(await ended({ instructions: "x", dtmf }, [caller.presses("9"), expect.ended("key")]), [
    "ok: ended by a key",
  ]);
  assertEquals(await ended({ instructions: "x" }, [expect.ended()]), ["failed: ended: the call went on"]);
});

Deno.test("rehearsal: an interruption in time, a late one, and one where the agent went on", async () => {
  const long = agent.says(
    "There is much to tell about clocks, and I will begin with the oldest of them all.",
  );
  const steps = [
    caller.says("Tell me."),
    long,
    caller.interrupts("Stop.", { afterMs: 1000 }),
    agent.says("Yes?"),
    expect.interrupted(),
    expect.interrupted({ withinMs: 1000 }),
    expect.interrupted({ withinMs: 10 }),
  ];
  const outcome = await play(steps);
  const [plain, inTime, late] = told(outcome);
  assertEquals([plain, inTime], ["ok: interrupted", "ok: interrupted within 1000 ms"]);
  assertMatch(late!, /^failed: interrupted within 10 ms: after \d+ ms$/);
  assertMatch(said(outcome).join("\n"), /^agent: There is [^.]* \*$/m);
  const stubborn = definePersona({
    instructions: "x",
    greeting: "Hi.",
    turn: { type: "server_vad", interruptResponse: false },
  });
  const goesOn = await play([...steps.slice(0, 4), expect.interrupted()], { persona: stubborn });
  assertEquals(told(goesOn)[0], "failed: interrupted: the agent went on");
});

Deno.test("rehearsal: the caller's turns are counted as the model heard them", async () => {
  const outcome = await play([
    caller.says("One."),
    caller.waits(200),
    caller.says("Two."),
    agent.says("Yes."),
    expect.turns(1),
    expect.turns(2),
    caller.says("Three."),
    agent.says("Yes."),
    expect.turns(2),
  ]);
  assertEquals(told(outcome), [
    "ok: 1 turn of the caller",
    "failed: 2 turns of the caller: 1 turn",
    "ok: 2 turns of the caller",
  ]);
});

Deno.test("rehearsal: an expectation of one's own sees the call, and may say what it saw", async () => {
  const outcome = await play([
    caller.says("Hello there."),
    agent.says("Hello."),
    expect.that(
      "speakers take turns",
      ({ said }) => said.map(({ by }) => by).join() === "agent,caller,agent",
    ),
    expect.that("no tool ran", ({ tools, ended }) => tools.length === 0 && ended === undefined),
    expect.that("short", ({ said }) => `${said.length} lines`),
    expect.that("false", () => false),
    expect.that("throws", () => {
      throw new Error("no such thing");
    }),
  ]);
  assertEquals(told(outcome), [
    "ok: speakers take turns",
    "ok: no tool ran",
    "failed: short: 3 lines",
    "failed: false: ",
    "failed: throws: no such thing",
  ]);
});
