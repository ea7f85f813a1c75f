import { assertEquals, assertMatch } from "@std/assert";
import { definePersona } from "../../lib/persona/define.ts";
import { script } from "../../lib/simulator/agent.ts";
import type { Tool } from "../../lib/tools/tool.ts";
import { fixedSpeech, sine, voice } from "../support/sound.ts";
import { virtualCall } from "../support/virtual-call.ts";

/** Less than the model reads for the sixth answer. */
const AFTER_TOKENS = 1_200;
const persona = definePersona({
  instructions: "Talk about clocks.",
  greeting: "Hello.",
  summarize: { afterTokens: AFTER_TOKENS, keepTurns: 1 },
});
/** Each answer: 200 tokens. */
const speech = () => fixedSpeech(sine(400, 10_000, 24_000));

type Call = ReturnType<typeof virtualCall>;

/** One exchange, until the answer has been heard. */
async function exchange(it: Call): Promise<void> {
  await it.hear(voice(1000), 1500);
  await it.silence(13_000);
}

const kinds = (it: Call, session: number) =>
  it.simulator.sessions[session]!.items.map((item) => item.type === "message" ? item.role : item.type).join(
    " ",
  );
const asides = (it: Call) =>
  it.ofType("response.create").filter(({ response }) =>
    (response as { conversation?: string } | undefined)?.conversation === "none"
  );

/** The greeting and some exchanges. */
async function talk(it: Call, turns = 6): Promise<void> {
  await it.silence(12_000);
  for (let turn = 0; turn < turns; turn++) await exchange(it);
}

Deno.test("long call: older turns become a summary that nobody hears, and the conversation goes on", async () => {
  await using it = virtualCall({ persona, simulator: { speech: speech() } });
  await talk(it);
  assertEquals(asides(it).length, 1);
  assertEquals(kinds(it, 0), "system user assistant");
  // The greeting and six answers of 10 s in frames of 20 ms, each with a tail.
  assertEquals(it.playout.counts.received, 7 * (10_000 / 20 + 1));
  await exchange(it);
  assertEquals(it.said().length, 8);
  assertEquals(it.said().filter((text) => text?.includes("turns:")), []);
  assertEquals(it.events.filter(({ type }) => type === "summarized").length, 1);
  assertMatch(JSON.stringify(it.simulator.sessions[0]!.items[0]), /Caller turns: 5\. Agent turns: 6\./);
});

Deno.test("long call: a caller who speaks while the summary is written is heard and answered at once", async () => {
  const faults = { slowFirstMs: 0 };
  await using it = virtualCall({ persona, simulator: { speech: speech(), faults } });
  await talk(it, 5);
  await it.hear(voice(1000), 1500);
  await it.silence(9_000);
  faults.slowFirstMs = 4_000;
  // Until the answer has been heard, and the summary been asked for.
  for (let waited = 0; asides(it).length === 0 && waited < 5_000; waited += 100) await it.silence(100);
  faults.slowFirstMs = 0;
  await exchange(it);
  assertEquals(it.said().length, 8);
  assertEquals(kinds(it, 0), "system user assistant user assistant");
});

Deno.test("long call: the session that takes over is told the summary and the turns after it", async () => {
  await using it = virtualCall({
    persona,
    env: { ROTATE_MINUTES: "2" },
    simulator: { speech: speech() },
  });
  await talk(it);
  await exchange(it);
  await it.silence(20_000);
  assertEquals(it.simulator.sessions.length, 2);
  const [first, second] = it.simulator.sessions;
  assertEquals(kinds(it, 1), "system user assistant user assistant system");
  const textOf = (item: unknown) => JSON.stringify((item as { content: unknown }).content);
  assertEquals(textOf(second!.items[0]), textOf(first!.items[0]));
  // Told in text, it begins small; sooner or later it grows again, and is summed up in its turn.
  for (let turn = 0; turn < 16; turn++) await exchange(it);
  assertEquals(it.events.filter(({ type }) => type === "summarized").length > 1, true);
});

const HANDOFF: Tool = {
  name: "handoff_to_clerk",
  description: "They have a clock.",
  parameters: { type: "object", properties: {} },
  timeoutMs: 5000,
  effect: "read",
  confirm: false,
  run: () => Promise.resolve({ kind: "control", action: { type: "handoff", persona: "clerk" } }),
};

Deno.test("long call: who takes the call over in the same session sums up what came before, too", async () => {
  const calls = [{ say: "I connect you." }, { call: { name: "handoff_to_clerk", arguments: "{}" } }];
  const answers = Array.from({ length: 7 }, () => ({ outputs: [{ say: "Tick tock." }] }));
  await using it = virtualCall({
    persona: { instructions: "Talk.", greeting: "Hello.", handoffs: { clerk: "They have a clock." } },
    personas: { clerk: { ...persona, instructions: "Take the clock." } },
    tools: [HANDOFF],
    simulator: { speech: speech(), agent: script([...answers, { outputs: calls }]) },
  });
  await talk(it);
  assertEquals(asides(it).length, 0);
  await exchange(it);
  await it.silence(15_000);
  assertEquals([it.call.persona, asides(it).length], ["clerk", 1]);
  // The turn of the handoff stays as it is.
  assertMatch(kinds(it, 0), /^system user assistant( function_call)+ function_call_output system assistant$/);
  assertMatch(JSON.stringify(it.simulator.sessions[0]!.items[0]), /Agent turns: 7\./);
});
