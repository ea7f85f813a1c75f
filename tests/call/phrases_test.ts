import { assert, assertEquals, assertGreater, assertMatch } from "@std/assert";
import { type PhraseBill, Phrases } from "../../lib/call/phrases.ts";
import { readConfig } from "../../lib/config.ts";
import { createLog } from "../../lib/log.ts";
import type { Persona } from "../../lib/persona/define.ts";
import type { LoadedPersona } from "../../lib/persona/load.ts";
import { say, script } from "../../lib/simulator/agent.ts";
import {
  createSimulator,
  NO_DELAY,
  type SentEvent,
  type SimulatorOptions,
} from "../../lib/simulator/simulator.ts";
import { VirtualClock } from "../support/clock.ts";
import { sine } from "../support/sound.ts";
import { responsesIn } from "../support/usage.ts";

const MINUTES = 60_000;
const OUTAGE = { bridge: "One moment, please.", apology: "I'm sorry, please call again later." };

function persona(
  fields: Partial<Persona> & Pick<LoadedPersona, "sounds"> = {},
  name = "desk",
): LoadedPersona {
  return { instructions: "Help.", ...fields, name, file: `${name}.ts`, warnings: [] };
}

/** The phrases of a process whose model is a simulator, in virtual time. */
function phrasesOf(simulator: SimulatorOptions = {}, env: Record<string, string> = {}) {
  const clock = new VirtualClock();
  const logged: string[] = [];
  const dials: number[] = [];
  const bills: PhraseBill[] = [];
  const model = createSimulator({ clock, seed: 7, requireKey: false, pace: NO_DELAY, ...simulator });
  const phrases = new Phrases({
    config: readConfig({ SIMULATOR: "always", ...env }),
    endpoint: {
      url: "wss://model.example/v1/realtime",
      apiKey: undefined,
      connect(url, init) {
        dials.push(clock.now());
        return model.connect(url, init);
      },
    },
    clock,
    log: createLog({ level: "debug", write: (line) => logged.push(line.replace(/^\S+ /, "")) }),
    onBilled: (bill) => bills.push(bill),
  });
  const open = () => model.sessions.filter(({ closed }) => !closed).length;
  return {
    clock,
    phrases,
    model,
    dials,
    bills,
    open,
    warnings: () => logged.filter((line) => line.startsWith("warn")),
    logged,
    async [Symbol.asyncDispose]() {
      phrases.stop();
      await clock.run(1);
      assertEquals([open(), clock.pending], [0, 0], "sessions and timers left");
      await model.close();
    },
  };
}

Deno.test("phrases: words are rendered once in the background, a while after the call began, and kept", async () => {
  await using it = phrasesOf();
  const desk = persona({ outage: OUTAGE });
  assertEquals(it.phrases.get(desk, "bridge"), undefined);
  for (let call = 0; call < 20; call++) it.phrases.prepare(desk);
  await it.clock.run(4_900);
  assertEquals(it.dials, []);
  await it.clock.run(MINUTES);
  assertEquals(it.dials.length, 2);
  // The stand-in speaks 60 ms a character.
  assertEquals(Math.abs(it.phrases.get(desk, "bridge")!.length / 8 - OUTAGE.bridge.length * 60) < 150, true);
  assertEquals(
    Math.abs(it.phrases.get(desk, "apology")!.length / 8 - OUTAGE.apology.length * 60) < 150,
    true,
  );
  it.phrases.prepare(desk);
  await it.clock.run(60 * MINUTES);
  assertEquals(it.dials.length, 2);
  assert(!it.logged.join().includes("One moment"), "words in the log");
});

Deno.test("phrases: a persona without words costs nothing, not even a timer", async () => {
  await using it = phrasesOf();
  const sound = sine(440, 200, 8000);
  const recorded = persona({
    outage: { bridge: { file: "a.wav" } },
    sounds: new Map([["bridge", sound]]),
  });
  for (const each of [persona(), persona({ outage: {} }), recorded]) it.phrases.prepare(each);
  assertEquals(it.clock.pending, 0);
  await it.clock.run(MINUTES);
  assertEquals(it.dials, []);
  assertEquals(it.phrases.get(recorded, "bridge"), sound);
  assertEquals(it.phrases.get(recorded, "apology"), undefined);
});

Deno.test("phrases: many personas are rendered one after the other, never two at a time", async () => {
  let most = 0;
  await using it = phrasesOf({ pace: {}, onServerEvent: () => void (most = Math.max(most, it.open())) });
  const all = Array.from({ length: 5 }, (_, index) => persona({ outage: OUTAGE }, `desk${index}`));
  for (const each of all) it.phrases.prepare(each);
  await it.clock.run(10_000);
  // One that is asked for in the midst of it waits behind the others.
  it.phrases.prepare(persona({ outage: OUTAGE }, "late"));
  await it.clock.run(2 * MINUTES);
  assertEquals([it.dials.length, most], [12, 1]);
  for (const each of all) assertGreater(it.phrases.get(each, "apology")!.length, 0);
});

Deno.test("phrases: what is asked for while it is being rendered is not rendered twice", async () => {
  await using it = phrasesOf({ pace: {} });
  const desk = persona({ outage: { bridge: OUTAGE.bridge } });
  it.phrases.prepare(desk);
  while (it.open() === 0) await it.clock.run(50);
  it.phrases.prepare(desk);
  await it.clock.run(MINUTES);
  assertEquals(it.dials.length, 1);
});

Deno.test("phrases: each persona's words are in its own voice and manner, as its calls have them", async () => {
  await using it = phrasesOf({}, { OPENAI_VOICE: "cedar", OPENAI_SPEED: "1.2", OPENAI_AUDIO_FORMAT: "pcmu" });
  it.phrases.prepare(persona({
    outage: { bridge: OUTAGE.bridge },
    voice: "marin",
    language: "de",
    style: { tone: "Warm to {{name|everybody}}." },
    instructions: "The secret recipe.",
  }));
  await it.clock.run(MINUTES);
  const { config } = it.model.sessions[0]!;
  assertEquals([config.audio.output.voice, config.audio.output.speed], ["cedar", 1.2]);
  assertEquals(config.audio.output.format, { type: "audio/pcmu" });
  assertMatch(config.instructions, /Tone: Warm to everybody\.\n\nThe language is German\./);
  assert(!config.instructions.includes("recipe"));
});

Deno.test("phrases: a style that a text from outside replaces in calls is not heard in phrases either", async () => {
  await using it = phrasesOf({}, { OPENAI_INSTRUCTIONS: "You are a pirate." });
  it.phrases.prepare(persona({ outage: { bridge: OUTAGE.bridge }, style: { tone: "Warm." } }));
  await it.clock.run(MINUTES);
  assert(!it.model.sessions[0]!.config.instructions.includes("Warm"));
});

Deno.test("phrases: a failure is told once and tried again after 10 minutes, not with every call", async () => {
  await using it = phrasesOf({ faults: { refuseStatus: 500 } });
  const desk = persona({ outage: { bridge: OUTAGE.bridge } });
  for (let minute = 0; minute < 9; minute++) {
    it.phrases.prepare(desk);
    await it.clock.run(MINUTES);
  }
  assertEquals([it.dials.length, it.warnings().length], [1, 1]);
  assertMatch(it.warnings()[0]!, /persona=desk phrase=bridge reason=.*500/);
  await it.clock.run(2 * MINUTES);
  it.phrases.prepare(desk);
  await it.clock.run(MINUTES);
  assertEquals([it.dials.length, it.warnings().length], [2, 1]);
  it.model.faults.refuseStatus = undefined;
  await it.clock.run(11 * MINUTES);
  it.phrases.prepare(desk);
  await it.clock.run(MINUTES);
  assertGreater(it.phrases.get(desk, "bridge")!.length, 0);
});

Deno.test("phrases: what fails does not keep the next from being rendered", async () => {
  await using it = phrasesOf({ agent: script([say("Of course! How may I help you today?")]) });
  const desk = persona({ outage: OUTAGE });
  it.phrases.prepare(desk);
  await it.clock.run(MINUTES);
  assertEquals(it.phrases.get(desk, "bridge"), undefined);
  assertGreater(it.phrases.get(desk, "apology")!.length, 0);
  assertMatch(it.warnings().join(), /phrase=bridge reason="The model said other words"/);
});

Deno.test("phrases: a persona that was edited is not heard with its old words or in its old voice", async () => {
  await using it = phrasesOf();
  const before = persona({ outage: { bridge: OUTAGE.bridge }, voice: "marin" });
  it.phrases.prepare(before);
  await it.clock.run(MINUTES);
  for (
    const fields of [{ voice: "cedar" }, { outage: { bridge: "Hold on." } }, { model: "gpt-realtime-1.5" }]
  ) {
    const after = persona({ ...before, ...fields } as Persona);
    assertEquals(it.phrases.get(after, "bridge"), undefined);
    it.phrases.prepare(after);
    await it.clock.run(MINUTES);
    assertGreater(it.phrases.get(after, "bridge")!.length, 0);
    // Only the newest is kept: a process that reloads its personas for a year must not grow.
    assertEquals(it.phrases.get(before, "bridge"), undefined);
  }
});

Deno.test("phrases: the day and the time in a style do not make it another phrase", async () => {
  await using it = phrasesOf();
  const desk = persona({ outage: { bridge: OUTAGE.bridge }, style: { tone: "It is {{time}}." } });
  it.phrases.prepare(desk);
  await it.clock.run(MINUTES);
  assertGreater(it.phrases.get({ ...desk, style: { tone: "It is 12:00." } }, "bridge")!.length, 0);
});

Deno.test("phrases: the end of the process leaves no timer and no session, and keeps what is there", async () => {
  await using waiting = phrasesOf();
  waiting.phrases.prepare(persona({ outage: OUTAGE }));
  waiting.phrases.stop();
  assertEquals(waiting.clock.pending, 0);

  await using it = phrasesOf({ pace: {} });
  const desk = persona({ outage: OUTAGE });
  it.phrases.prepare(desk);
  while (!it.phrases.get(desk, "bridge")) await it.clock.run(50);
  await it.clock.run(100);
  assertEquals(it.open(), 1);
  it.phrases.stop();
  await it.clock.run(1);
  assertEquals([it.open(), it.clock.pending, it.warnings().length], [0, 0, 0]);
  assertGreater(it.phrases.get(desk, "bridge")!.length, 0);
  it.phrases.prepare(desk);
  await it.clock.run(MINUTES);
  assertEquals(it.dials.length, 2);
});

Deno.test("phrases: what a rendering used is billed to the persona, also when other words came of it", async () => {
  const events: SentEvent[] = [];
  await using it = phrasesOf({
    agent: script([say(OUTAGE.bridge), say("Something else altogether, and nothing that was asked for.")]),
    onServerEvent: (event) => events.push(event),
  });
  it.phrases.prepare(persona({ outage: OUTAGE }));
  await it.clock.run(MINUTES);
  assertEquals(it.warnings().length, 1);
  const sent = responsesIn(events).map((
    { status, usage },
  ) => [status, usage.input_tokens, usage.output_tokens]);
  assertEquals(sent.length, 2);
  assertEquals(it.bills.map(({ status, usage }) => [status, usage.inputTokens, usage.outputTokens]), sent);
  assertEquals(
    new Set(it.bills.map((bill) => `${bill.persona} ${bill.model}`)),
    new Set(["desk gpt-realtime-2.1"]),
  );
});
