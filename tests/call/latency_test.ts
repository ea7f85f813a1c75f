import { assertEquals, assertLess } from "@std/assert";
import { Latency } from "../../lib/call/latency.ts";
import { definePersona } from "../../lib/persona/define.ts";
import { VirtualClock } from "../support/clock.ts";
import { fixedSpeech, sine, voice } from "../support/sound.ts";
import { virtualCall } from "../support/virtual-call.ts";

function turn(silenceMs = 500) {
  const clock = new VirtualClock();
  const answered: [number, number][] = [];
  const latency = new Latency({
    clock,
    sentMs: () => clock.now(),
    silenceMs,
    onAnswered: (...ms) => answered.push(ms),
  });
  return { clock, latency, answered };
}

Deno.test("latency: counts from the end of the words, not from when the silence after them was noticed", () => {
  const { clock, latency, answered } = turn();
  clock.advance(3000);
  // The words ended at 2400, the silence at 2900, and 100 ms later we were told.
  latency.speechStopped(2900);
  clock.advance(250);
  latency.audio();
  assertEquals(answered, [[850, 250]]);
});

Deno.test("latency: only the first audio of an answer counts, and only where somebody waits", () => {
  const { clock, latency, answered } = turn();
  latency.audio();
  clock.advance(1000);
  latency.speechStopped(1000);
  latency.audio();
  latency.audio();
  assertEquals(answered.length, 1);
});

Deno.test("latency: a caller who goes on speaking has not been answered yet", () => {
  const { clock, latency, answered } = turn();
  clock.advance(1000);
  latency.speechStopped(1000);
  latency.reset();
  latency.audio();
  assertEquals(answered, []);
});

Deno.test("latency: a call tells it for each of the caller's turns, as the caller measures it", async () => {
  await using it = virtualCall({
    persona: definePersona({ instructions: "Answer.", greeting: "Hello." }),
    simulator: { speech: fixedSpeech(sine(400, 1000, 24_000)) },
  });
  await it.silence(3000);
  await it.hear(voice(800));
  const endMs = it.clock.now();
  await it.silence(4000);
  const answers = it.events.filter(({ type }) => type === "answered");
  assertEquals(answers.length, 1);
  const [answer] = answers;
  const seenMs = answer!.atMs - endMs;
  assertLess(Math.abs((answer?.type === "answered" ? answer.latencyMs : 0) - seenMs), 60);
});
