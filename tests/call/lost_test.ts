import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { definePersona } from "../../lib/persona/define.ts";
import { say, script } from "../../lib/simulator/agent.ts";
import { fixedSpeech, sine, voice } from "../support/sound.ts";
import { virtualCall } from "../support/virtual-call.ts";

const persona = definePersona({ instructions: "Answer the telephone.", greeting: "Hello." });
const seconds = (count: number) => fixedSpeech(sine(400, count * 1000, 24_000));

/** What a session was told of the conversation, as `role: text`. */
const told = (session: { items: readonly unknown[] }) =>
  (session.items as { type: string; role?: string; content?: { text?: string; transcript?: string }[] }[])
    .map(({ type, role, content }) =>
      type === "message"
        ? `${role}: ${content?.map(({ text, transcript }) => text ?? transcript).join("")}`
        : type
    );

Deno.test.each(
  [
    ["the network drops", "drop"],
    ["the hour is over", "expire"],
    ["the server goes away", "going_away"],
    ["the server breaks", "server_error"],
  ] as const,
)("lost: when %s the line stays open, and the conversation goes on", async (_, how) => {
  await using it = virtualCall({
    persona,
    simulator: { agent: script([say("Hello."), say("We open at nine.")]), speech: seconds(1) },
  });
  await it.silence(3000);
  await it.hear(voice(600), 1500);
  await it.silence(2500);
  assertEquals(it.said(), ["Hello.", "We open at nine."]);
  it.simulator.sessions[0]!.end(how);
  await it.silence(2000);
  assertEquals(it.told.filter(({ type }) => type === "error" || type === "closed"), []);
  assertEquals(it.simulator.sessions.length, 2);
  const history = told(it.simulator.sessions[1]!);
  assertEquals(history[0], "assistant: Hello.");
  assertStringIncludes(history[1]!, "user: ");
  assertEquals(history[2], "assistant: We open at nine.");
  assertStringIncludes(history[3]!, "system: ");
  // Nobody was waiting: nothing is said, and nobody is greeted twice.
  assertEquals(it.said().length, 2);
  assertEquals(it.simulator.sessions[1]!.config.instructions, "Answer the telephone.");
  await it.hear(voice(600), 1500);
  await it.silence(2500);
  assertEquals(it.said().length, 3);
});

Deno.test("lost: in the middle of an answer, the answer that was owed comes", async () => {
  await using it = virtualCall({
    persona,
    simulator: { agent: script([say("Hello."), say("First try."), say("Second try.")]), speech: seconds(8) },
  });
  await it.silence(600);
  await it.hear(voice(600), 1500);
  // The answer has begun, and most of it is still to come.
  await it.silence(700);
  it.simulator.sessions[0]!.end("drop");
  await it.silence(4000);
  assertEquals(it.said().at(-1), "Second try.");
  assertEquals(it.told.filter(({ type }) => type === "error"), []);
});

Deno.test("lost: before the first word, the caller is greeted after all", async () => {
  await using it = virtualCall({ persona, simulator: { speech: seconds(1) } });
  await it.clock.run(5);
  it.simulator.sessions[0]!.end("drop");
  await it.silence(3000);
  assertEquals(it.said(), ["Hello."]);
});

Deno.test("lost: what the caller says in the gap is kept and answered", async () => {
  await using it = virtualCall({ persona, simulator: { speech: seconds(1) } });
  await it.silence(3000);
  it.simulator.faults.refuseStatus = 503;
  it.simulator.sessions[0]!.end("drop");
  await it.hear(voice(800), 1700);
  it.simulator.faults.refuseStatus = undefined;
  await it.silence(6000);
  assertEquals(it.simulator.sessions.filter(({ closed }) => !closed).length, 1);
  assert(it.simulator.sessions.at(-1)!.appendedMs > 1700);
  assertEquals(it.told.filter(({ type }) => type === "user").length, 1);
  assertEquals(it.said().length, 2);
});

Deno.test("lost: an outage that lasts ends the call with a word", async () => {
  await using it = virtualCall({ persona, simulator: { speech: seconds(1) } });
  await it.silence(3000);
  it.simulator.faults.refuseStatus = 500;
  it.simulator.sessions[0]!.end("drop");
  await it.clock.run(35_000);
  assertEquals(it.told.slice(-2).map(({ type }) => type), ["error", "closed"]);
  const ended = it.events.find(({ type }) => type === "ended");
  assertEquals(ended?.type === "ended" && ended.reason, "model_failed");
});

Deno.test("lost: a key that is refused meanwhile is not tried again", async () => {
  await using it = virtualCall({ persona, simulator: { speech: seconds(1) } });
  await it.silence(3000);
  it.simulator.faults.refuseWith = "invalid_api_key";
  it.simulator.sessions[0]!.end("drop");
  await it.clock.run(2000);
  assertEquals(it.told.slice(-2).map(({ type }) => type), ["error", "closed"]);
});

Deno.test.each([[401, true], [403, true], [404, true], [408, false], [429, false], [503, false]] as const)(
  "lost: a handshake refused with %d is for good: %s",
  async (status, isFinal) => {
    await using it = virtualCall({ persona, simulator: { speech: seconds(1) } });
    await it.silence(3000);
    it.simulator.faults.refuseStatus = status;
    it.simulator.sessions[0]!.end("drop");
    await it.clock.run(2000);
    assertEquals(it.told.some(({ type }) => type === "closed"), isFinal);
  },
);

Deno.test("lost: the caller can interrupt what the lost session has left on the phone", async () => {
  await using it = virtualCall({ persona, simulator: { speech: seconds(8) } });
  await it.silence(2500);
  it.simulator.sessions[0]!.end("drop");
  await it.silence(1000);
  assert(it.playout.queuedMs > 2000);
  await it.hear(voice(800), 1700);
  assertEquals(it.told.filter(({ type }) => type === "interruption").length, 1);
  assert(it.playout.counts.dropped > 100, `${it.playout.counts.dropped} frames dropped`);
});

Deno.test("lost: a call that ends in the gap leaves nothing behind", async () => {
  await using it = virtualCall({ persona, simulator: { speech: seconds(1) } });
  await it.silence(3000);
  it.simulator.faults.refuseStatus = 500;
  it.simulator.sessions[0]!.end("drop");
  await it.clock.run(2000);
  it.call.end("hung_up");
  it.simulator.faults.refuseStatus = undefined;
  await it.clock.run(60_000);
  assertEquals(it.simulator.sessions.filter(({ closed }) => !closed), []);
});
