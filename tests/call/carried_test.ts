import { assert, assertEquals, assertGreater, assertLess, assertStringIncludes } from "@std/assert";
import { definePersona } from "../../lib/persona/define.ts";
import { type Reply, say, script } from "../../lib/simulator/agent.ts";
import { createAmi } from "../../lib/tools/ami.ts";
import type { ControlAction, Tool, ToolOutcome } from "../../lib/tools/tool.ts";
import { createAmiStandIn } from "../support/ami.ts";
import { fixedSpeech, sine, voice } from "../support/sound.ts";
import { virtualCall } from "../support/virtual-call.ts";

const persona = definePersona({ instructions: "Answer the telephone.", greeting: "Hello." });
const seconds = (count: number) => fixedSpeech(sine(400, count * 1000, 24_000));
const call = (name: string): Reply => ({ outputs: [{ call: { name, arguments: "{}" } }] });

function tool(name: string, run: () => Promise<ToolOutcome>): Tool {
  return {
    name,
    description: name,
    parameters: { type: "object" },
    timeoutMs: 60_000,
    effect: "read",
    confirm: false,
    run,
  };
}

/** What a session was told of the conversation. */
const kinds = (session: { items: readonly unknown[] }) =>
  (session.items as { type: string; role?: string; content?: { type: string; text?: string }[] }[])
    .map(({ type, role, content }) =>
      type === "message" ? `${role} ${content?.[0]?.type}: ${content?.[0]?.text ?? ""}`.trim() : type
    );

Deno.test("carried: a sentence that the loss cut in two is heard whole by the next session", async () => {
  await using it = virtualCall({ persona, simulator: { speech: seconds(1) } });
  await it.silence(3000);
  const sentence = voice(3000);
  await it.hear(sentence.subarray(0, 8 * 1500));
  it.simulator.sessions[0]!.end("drop");
  await it.hear(sentence.subarray(8 * 1500), 2500);
  await it.silence(5000);
  const [, second] = it.simulator.sessions;
  // All of the speech and what comes before it, and nothing of the greeting's three seconds.
  assertGreater(second!.appendedMs, 1500 + 2500 + 5000);
  const turns = it.serverEvents.filter(({ type }) => type === "input_audio_buffer.committed");
  assertEquals(turns.length, 1);
  assertEquals(it.said().length, 2);
  const words = it.told.find(({ type }) => type === "user");
  assertStringIncludes(words?.text ?? "", "3.");
});

Deno.test("carried: a turn whose words were not known yet reaches the next session as it sounded, and is answered", async () => {
  await using it = virtualCall({
    persona,
    simulator: { speech: seconds(1), pace: { transcriptionMs: 4000 }, faults: { slowFirstMs: 3000 } },
  });
  await it.silence(6000);
  await it.hear(voice(1000), 1700);
  it.simulator.sessions[0]!.end("drop");
  await it.silence(6000);
  assertEquals(kinds(it.simulator.sessions[1]!).slice(0, 2), [
    "assistant output_text: Hello.",
    "user input_audio:",
  ]);
  assertEquals(it.said().length, 2);
});

Deno.test("carried: a tool that outlives the session is answered to the next one, once, and spoken of", async () => {
  const result = Promise.withResolvers<ToolOutcome>();
  let runs = 0;
  await using it = virtualCall({
    persona,
    tools: [tool("look_up", () => (runs++, result.promise))],
    simulator: { agent: script([say("Hello."), call("look_up"), say("It is blue.")]), speech: seconds(1) },
  });
  await it.silence(2500);
  await it.hear(voice(600), 2000);
  it.simulator.sessions[0]!.end("drop");
  await it.silence(2000);
  assertEquals(it.simulator.sessions.length, 2);
  assertEquals(it.said().length, 1);
  result.resolve({ kind: "output", text: "Blue" });
  await it.silence(3000);
  assertEquals(runs, 1);
  assertEquals(
    kinds(it.simulator.sessions[1]!).filter((kind) => kind.startsWith("function")),
    ["function_call", "function_call_output"],
  );
  assertEquals(it.said().length, 2);
});

Deno.test("carried: a tool that ends in the gap is part of what the next session is told", async () => {
  const result = Promise.withResolvers<ToolOutcome>();
  await using it = virtualCall({
    persona,
    tools: [tool("look_up", () => result.promise)],
    simulator: { agent: script([say("Hello."), call("look_up"), say("It is blue.")]), speech: seconds(1) },
  });
  await it.silence(2500);
  await it.hear(voice(600), 2000);
  it.simulator.faults.refuseStatus = 503;
  it.simulator.sessions[0]!.end("drop");
  await it.silence(500);
  result.resolve({ kind: "output", text: "Blue" });
  await it.silence(500);
  it.simulator.faults.refuseStatus = undefined;
  await it.silence(5000);
  const told = kinds(it.simulator.sessions.at(-1)!);
  assertEquals(told.filter((kind) => kind.startsWith("function")).length, 2);
  assertEquals(it.said().length, 2);
});

Deno.test("carried: a hang-up whose goodbye is still heard is carried out all the same", async () => {
  const ami = createAmiStandIn();
  const hangup = tool(
    "avr_hangup",
    () => Promise.resolve<ToolOutcome>({ kind: "control", action: { type: "hangup" } }),
  );
  await using it = virtualCall({
    persona,
    tools: [hangup],
    ami: createAmi({ url: "http://ami.test", fetch: ami.fetch }),
    simulator: {
      agent: script([say("Hello."), {
        outputs: [{ say: "Goodbye." }, { call: { name: "avr_hangup", arguments: "{}" } }],
      }]),
      speech: seconds(4),
    },
  });
  await it.silence(5500);
  await it.hear(voice(600), 2500);
  assertGreater(it.playout.queuedMs, 1000);
  it.simulator.sessions[0]!.end("drop");
  await it.silence(12_000);
  assertEquals(ami.requests.map(({ path }) => path), ["/hangup"]);
  assertEquals(it.playout.counts.dropped, 0);
  const ended = it.events.at(-1);
  assertEquals(ended?.type === "ended" && ended.reason, "agent_hung_up");
});

Deno.test.each([
  ["while it waits for the last words", 2000],
  ["when it has just been carried out", 3000],
])("carried: a handoff is carried out when the session is lost %s", async (_, afterMs) => {
  const handoff: ControlAction = { type: "handoff", persona: "sales" };
  await using it = virtualCall({
    persona: { ...persona, voice: "marin", handoffs: { sales: "wants to buy" }, handoffVoice: "keep" },
    personas: { sales: definePersona({ instructions: "You sell.", voice: "cedar", greeting: "Hi." }) },
    tools: [
      tool("handoff_to_sales", () => Promise.resolve<ToolOutcome>({ kind: "control", action: handoff })),
    ],
    simulator: {
      agent: script([
        say("Hello."),
        {
          outputs: [{ say: "I connect you." }, { call: { name: "handoff_to_sales", arguments: "{}" } }],
        },
        say("Sales here."),
        say("Sales once more."),
      ]),
      speech: seconds(2),
    },
  });
  await it.silence(3500);
  await it.hear(voice(600), 600);
  await it.silence(afterMs);
  it.simulator.sessions.at(-1)!.end("drop");
  await it.silence(9000);
  const live = it.simulator.sessions.filter(({ closed }) => !closed);
  assertEquals(live.length, 1);
  assertEquals(live[0]!.config.instructions, "You sell.");
  // The ear keeps the voice that it knows.
  assertEquals(live[0]!.config.audio?.output?.voice, "marin");
  assertEquals(it.call.persona, "sales");
  assert(it.said().some((text) => text?.startsWith("Sales")), it.said().join("|"));
});

Deno.test("carried: of two sessions that wait for one call none is left over when the first is lost", async () => {
  await using it = virtualCall({
    persona,
    env: { ROTATE_MINUTES: "1" },
    simulator: { speech: seconds(1) },
  });
  await it.silence(60_000 - 20);
  // The next one is ready, and waits for a pause that does not come.
  while (it.simulator.sessions.length < 2) await it.silence(20);
  const speaking = it.hear(voice(3000));
  await speaking;
  it.simulator.sessions[0]!.end("drop");
  await it.silence(8000);
  assertEquals(it.simulator.sessions.filter(({ closed }) => !closed).length, 1);
  assertEquals(it.said().length, 2);
});

Deno.test("carried: a caller who may begin, and did before the loss, is answered", async () => {
  await using it = virtualCall({
    persona: definePersona({ instructions: "Answer.", greeting: false }),
    simulator: { speech: seconds(1), faults: { slowFirstMs: 2000 } },
  });
  await it.silence(1000);
  await it.hear(voice(800), 1700);
  it.simulator.sessions[0]!.end("drop");
  await it.silence(6000);
  assertEquals(it.said().length, 1);
});

Deno.test("carried: a session that falls silent in the middle of a turn is left for another, and the turn answered", async () => {
  await using it = virtualCall({ persona, simulator: { speech: seconds(1) } });
  await it.silence(3000);
  await it.hear(voice(800), 1000);
  const atMs = it.clock.now();
  it.simulator.sessions[0]!.freeze();
  await it.silence(14_000);
  const lost = it.events.find(({ type }) => type === "model_lost");
  assertLess(lost!.atMs - atMs, 9000);
  assertEquals(it.simulator.sessions.filter(({ closed }) => !closed).length, 1);
  assertEquals(it.said().length, 2);
});

Deno.test("carried: in a pause a session may be silent as long as it answers when it is asked", async () => {
  await using it = virtualCall({ persona, simulator: { speech: seconds(1) } });
  await it.silence(120_000);
  assertEquals(it.simulator.sessions.length, 1);
  const asked = it.ofType("session.update").length - 1;
  assertGreater(asked, 20);
  it.simulator.sessions[0]!.freeze();
  await it.silence(30_000);
  assertEquals(it.simulator.sessions.length, 2);
});

Deno.test.each([
  ["just before the loss", -500],
  ["in the gap", 100],
])("carried: a key that was pressed %s reaches the model", async (_, afterMs) => {
  await using it = virtualCall({ persona, simulator: { speech: seconds(1) } });
  await it.silence(4000);
  if (afterMs < 0) it.call.callerDigit("5");
  await it.silence(Math.max(0, -afterMs));
  it.simulator.sessions[0]!.end("drop");
  await it.silence(Math.max(0, afterMs));
  if (afterMs > 0) it.call.callerDigit("5");
  await it.silence(6000);
  const told = kinds(it.simulator.sessions.at(-1)!);
  assertEquals(told.filter((text) => text.includes("pressed 5")).length, 1, told.join("\n"));
});

Deno.test("carried: a key that was pressed before there was a session reaches the model", async () => {
  await using it = virtualCall({ persona, simulator: { speech: seconds(1), faults: { openMs: 800 } } });
  it.call.callerDigit("5");
  it.call.callerText("Are you there?");
  await it.silence(6000);
  const told = kinds(it.simulator.sessions[0]!);
  assertEquals(told.some((text) => text.includes("pressed 5")), true);
  assertEquals(told.some((text) => text.includes("Are you there?")), true);
});

Deno.test("carried: keys that the model was told are told to the next session too", async () => {
  await using it = virtualCall({ persona, simulator: { speech: seconds(1) } });
  await it.silence(4000);
  it.call.callerDigit("5");
  await it.silence(6000);
  it.simulator.sessions[0]!.end("drop");
  await it.silence(3000);
  const told = kinds(it.simulator.sessions[1]!);
  assertEquals(told.filter((text) => text.startsWith("user") && text.includes("pressed 5")).length, 1);
});

Deno.test("carried: a key in the gap leaves nothing behind when the call ends there", async () => {
  await using it = virtualCall({ persona, simulator: { speech: seconds(1) } });
  await it.silence(4000);
  it.simulator.faults.refuseStatus = 503;
  it.simulator.sessions[0]!.end("drop");
  it.call.callerDigit("5");
  await it.silence(5000);
  it.call.end("hung_up");
  assertEquals(it.logged.filter((line) => line.includes("No answer to response.create")), []);
});
