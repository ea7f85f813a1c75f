import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertLess,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { z } from "zod";
import { writeWav } from "../../lib/audio/wav.ts";
import { agent, caller, definePersona, expect } from "../../lib/persona/define.ts";
import { transcriptOf } from "../../lib/rehearsal/transcript.ts";
import type { Tool, ToolOutcome } from "../../lib/tools/tool.ts";
import { voice } from "../support/sound.ts";
import { play, said, told } from "./play.ts";

function lookUp(run: Tool["run"], more: Partial<Tool> = {}): Tool {
  return {
    name: "look_up",
    description: "Looks an order up",
    parameters: z.toJSONSchema(z.object({ order: z.string().regex(/^\d{6}$/) })),
    timeoutMs: 5000,
    effect: "read",
    confirm: false,
    run,
    ...more,
  };
}
const answer = (text: string): ToolOutcome => ({ kind: "output", text });
const never = lookUp(() => Promise.reject(new Error("the real one ran")));
const asksForOrder = [caller.says("Where is my order?"), agent.calls("look_up", { order: "123456" })];

Deno.test("a scene goes the same way each time, to the millisecond", async () => {
  const steps = [
    caller.says("Tell me."),
    agent.says("There is much to tell about clocks, and I begin with the oldest."),
    caller.interrupts("Stop.", { afterMs: 700 }),
    agent.says("Yes?"),
    expect.answered(),
    caller.presses("12#"),
    agent.says("Twelve."),
  ];
  const [first, second] = [await play(steps), await play(steps)];
  assert(first.ok);
  assertEquals(first.transcript, second.transcript);
  assertEquals(first.sound, second.sound);
});

Deno.test("two minutes of a call take well under two minutes", async () => {
  const outcome = await play([caller.waits(120_000), caller.hangsUp()]);
  assertGreaterOrEqual(outcome.callMs, 120_000);
  assertLess(outcome.tookMs, 20_000);
});

Deno.test("the call's time stands still while a real tool works", async () => {
  const slow = lookUp(async () => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    return answer("On its way.");
  });
  const outcome = await play([
    ...asksForOrder,
    agent.says("It is on its way."),
    expect.answered({ withinMs: 2000 }),
  ], {
    tools: [slow],
  });
  assertMatch(told(outcome)[0]!, /^ok: answered within 2000 ms/);
  assertStringIncludes(said(outcome).join("\n"), 'tool: look_up({ order: "123456" }) gives On its way.');
});

Deno.test("a tool's stand-in takes the call's time, and is covered by the tool's own words", async () => {
  const outcome = await play({
    tools: {
      async look_up({ order }: { order: string }, { wait, count }) {
        await wait(3000);
        return { order, count };
      },
    },
    steps: [
      ...asksForOrder,
      agent.says("It is on its way."),
      expect.said("One moment"),
      expect.said("It is on its way."),
      expect.answered({ withinMs: 2500 }),
      caller.says("Once more, please."),
      agent.calls("look_up", { order: "123456" }),
      agent.says("Still on its way."),
      expect.that("took its time", ({ said }) => said.at(-1)!.atMs - said.at(-3)!.atMs > 3000),
    ],
  }, { tools: [{ ...never, whileWaiting: "One moment, please." }] });
  assertEquals(told(outcome).map((line) => line.replace(/: after.*/, "")), [
    'ok: said "One moment"',
    'ok: said "It is on its way."',
    "ok: answered within 2500 ms",
    "ok: took its time",
  ]);
  const all = said(outcome).join("\n");
  assertStringIncludes(all, 'gives {"order":"123456","count":1}');
  assertStringIncludes(all, 'gives {"order":"123456","count":2}');
  assertLess(outcome.tookMs, 10_000);
});

Deno.test("a stand-in that throws, takes too long or gets wrong arguments tells the model what the tool would", async () => {
  const results = async (stand: (wait: (ms: number) => Promise<void>) => unknown, order = "123456") => {
    const outcome = await play({
      tools: { look_up: (_, { wait }) => stand(wait) },
      steps: [caller.says("Hi."), agent.calls("look_up", { order }), agent.says("Sorry.")],
    }, { tools: [never] });
    return said(outcome).find((line) => line.startsWith("tool:"))?.replace(/.* gives /, "");
  };
  assertMatch(
    (await results(() => Promise.reject(new Error("shop is shut"))))!,
    /^The tool failed: shop is shut/,
  );
  assertMatch((await results((wait) => wait(60_000)))!, /^The tool gave no result within 5 seconds/);
  assertMatch((await results(() => "fine", "12"))!, /^The arguments are not valid\..*order/);
  assertEquals(await results(() => "fine"), "fine");
});

Deno.test("variables reach the greeting, slow instructions are waited for", async () => {
  const persona = definePersona({
    variables: z.object({ name: z.string().default("stranger") }),
    greeting: "Good day, {{name}}.",
    async instructions() {
      await new Promise((resolve) => setTimeout(resolve, 200));
      return "Help.";
    },
  });
  const outcome = await play({ variables: { name: "Ada" }, steps: [expect.said("Good day, Ada.")] }, {
    persona,
  });
  assertEquals([told(outcome), outcome.notes], [['ok: said "Good day, Ada."'], []]);
  const odd = await play({ variables: { nmae: "Ada" }, steps: [expect.said("stranger")] }, { persona });
  assertEquals(odd.ok, true);
});

Deno.test("the model reads the caller's words, each turn its own", async () => {
  const outcome = await play([
    caller.says("My number is 12."),
    caller.waits(900),
    caller.says("No, 13."),
    agent.says("Twelve."),
    agent.says("Thirteen."),
    expect.turns(2),
    caller.presses("5"),
    agent.says("Five."),
    expect.said("Five."),
  ]);
  assertEquals(outcome.understood, ["My number is 12.", "No, 13."]);
  const lines = said(outcome);
  assert(lines.indexOf("caller: No, 13.") > lines.indexOf("caller: My number is 12."));
  assert(lines.includes("caller: (presses 5)") && lines.includes("caller: (waits 900 ms)"));
});

Deno.test("recordings are played: speech becomes a turn, with its words or without", async () => {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${dir}/question.wav`, writeWav(8000, voice(1200)));
    const outcome = await play([
      caller.plays("question.wav", { words: "What is this?" }),
      agent.says("A clock."),
      expect.turns(1),
      caller.plays("question.wav"),
      agent.says("As I said, a clock."),
      expect.turns(2),
      caller.interrupts({ file: "question.wav" }, { afterMs: 100 }),
    ], { file: `${dir}/x.rehearsal.ts` });
    assert(said(outcome).includes("caller: What is this?"));
    assertMatch(outcome.understood.join("|"), /^What is this\?\|\(1\.\d s of speech\)/);
    assert(said(outcome).includes("caller: (plays question.wav)"));
    assertEquals(told(outcome).slice(0, 2), ["ok: 1 turn of the caller", "ok: 2 turns of the caller"]);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("what is expected may come up to three seconds late, and no later", async () => {
  const idle = { afterSeconds: 6, say: ["Are you still there?"] };
  const persona = definePersona({ instructions: "x", greeting: "Hi.", idle });
  const asked = (ms: number) => play([caller.waits(ms), expect.said("Are you still there?")], { persona });
  // Asked 6 s after the greeting, which ends at about 0.7 s.
  assertEquals(told(await asked(5000)), ['ok: said "Are you still there?"']);
  assertEquals(told(await asked(3000)), ['failed: said "Are you still there?": said "Hi."']);
});

Deno.test("a line of the agent that nobody asked for fails the scene; a missing one is noted", async () => {
  const more = await play([
    caller.says("Hi."),
    agent.says("Hello."),
    agent.says("Bye."),
    agent.calls("avr_hangup"),
  ]);
  assertEquals(told(more), [
    'failed: the agent says "Bye.": no answer was asked for any more',
    "failed: the agent calls avr_hangup: no answer was asked for any more",
  ]);
  const fewer = await play([caller.says("Hi."), agent.says("Hello."), caller.says("And?")]);
  assert(fewer.ok);
  assertMatch(fewer.notes.join(), /no line for 1 of its answers/);
  const none = await play([caller.says("Hi."), expect.answered()]);
  assertEquals([none.ok, none.notes], [true, []]);
});

Deno.test("a model that breaks off leaves the caller with an answer", async () => {
  const outcome = await play([
    caller.says("Hi."),
    agent.fails(),
    agent.says("Hello."),
    expect.said("Hello."),
  ]);
  assertEquals(told(outcome), ['ok: said "Hello."']);
});

Deno.test("steps that come too late are told: the call is over, or the answer is", async () => {
  const over = await play([
    caller.says("Bye."),
    agent.calls("avr_hangup", {}, { saying: "Bye." }),
    caller.says("One more thing."),
    caller.waits(100),
    caller.interrupts("Hello?"),
    caller.presses("1"),
    caller.hangsUp(),
  ]);
  assertEquals(told(over), [
    'failed: the caller says "One more thing.": the call had been ended by the agent',
    "failed: the caller waits 100 ms: the call had been ended by the agent",
    'failed: the caller interrupts with "Hello?": the call had been ended by the agent',
    "failed: the caller presses 1: the call had been ended by the agent",
    "failed: the caller hangs up: the call had been ended by the agent",
  ]);
  const short = await play([
    caller.says("Hi."),
    agent.says("Yes?"),
    caller.interrupts("No.", { afterMs: 5000 }),
  ]);
  assertMatch(
    told(short)[0]!,
    /^failed: the caller interrupts with "No\.": the answer was over after \d+ ms$/,
  );
});

Deno.test("a caller speaks first where the persona waits", async () => {
  const quiet = definePersona({ instructions: "x", greeting: false });
  const outcome = await play([caller.says("Anybody there?"), agent.says("Yes."), expect.said("Yes.")], {
    persona: quiet,
  });
  assertEquals(said(outcome).slice(0, 2), ["caller: Anybody there?", "agent: Yes."]);
  assertEquals(outcome.transcript[0]!.atMs < 2000, true);
});

Deno.test("a persona that greets in its own words takes the agent's first line for it", async () => {
  const outcome = await play([agent.says("Welcome to the museum."), expect.said("Welcome to the museum.")], {
    persona: definePersona({ instructions: "x" }),
  });
  assert(outcome.ok);
});

Deno.test("the line's error, and what the log warned of, are told", async () => {
  const outcome = await play([
    caller.says("Hi."),
    ...Array.from({ length: 6 }, () => agent.fails()),
    expect.answered(),
  ]);
  assert(!outcome.ok);
  assert(
    outcome.notes.length > 0 && outcome.notes.every((note) => !/uuid|persona/.test(note)),
    outcome.notes.join(),
  );
});

Deno.test("a transcript of nothing is empty", () => {
  const none = {
    agent: [],
    caller: [],
    tools: [],
    ami: [],
    handoffs: [],
    ended: undefined,
    endedMs: undefined,
    startMs: 0,
  };
  assertEquals(transcriptOf(none as never), []);
});
