import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { Latency } from "../../lib/call/latency.ts";
import { definePersona, type PersonaDefinition } from "../../lib/persona/define.ts";
import { VirtualClock } from "../support/clock.ts";
import { fixedSpeech, sine, voice } from "../support/sound.ts";
import { virtualCall } from "../support/virtual-call.ts";

function turn({ silenceMs = 500, prefixMs }: { silenceMs?: number; prefixMs?: number } = {}) {
  const clock = new VirtualClock();
  const answered: [number, number][] = [];
  const latency = new Latency({
    clock,
    sentMs: () => clock.now(),
    silenceMs,
    prefixMs,
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
  latency.speechStarted(1000);
  latency.audio();
  assertEquals(answered, []);
});

Deno.test("latency: speech is timed from its first sound, not from the audio that was kept of the time before it", () => {
  const { clock, latency } = turn({ prefixMs: 300 });
  assertEquals(latency.speakingMs, undefined);
  clock.advance(3000);
  // The first sound was at 2800; the API counts the 300 ms before it in, and tells 200 ms after it.
  latency.speechStarted(2500);
  assertEquals(latency.speakingMs, 200);
  clock.advance(150);
  assertEquals(latency.speakingMs, 350);
  latency.speechStopped(3600);
  assertEquals(latency.speakingMs, undefined);
});

Deno.test("latency: where it is not told what was kept of the time before speech, its begin is not known", () => {
  const { clock, latency } = turn();
  clock.advance(3000);
  latency.speechStarted(2500);
  assertEquals(latency.speakingMs, undefined);
});

Deno.test("latency: speech can't have begun in the future, wherever the server says it was", () => {
  const { clock, latency } = turn({ prefixMs: 300 });
  clock.advance(1000);
  latency.speechStarted(900);
  assertEquals(latency.speakingMs, 0);
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

/** An answer of 6 s, and a caller who speaks into it: how soon the call says that the line was told, and how soon it was. */
async function interrupted(persona: Partial<PersonaDefinition>) {
  const it = virtualCall({
    persona: definePersona({ instructions: "Answer.", greeting: "Hello.", ...persona }),
    simulator: { speech: fixedSpeech(sine(400, 6000, 24_000)) },
  });
  await using _ = it;
  await it.silence(2500);
  const startMs = it.clock.now();
  await it.hear(voice(1500));
  await it.silence(1000);
  const event = it.events.find(({ type }) => type === "interrupted");
  const told = it.told.find(({ type }) => type === "interruption");
  return { sinceMs: event?.type === "interrupted" ? event.sinceSpeechMs : NaN, seenMs: told!.atMs - startMs };
}

Deno.test("latency: an interruption is timed from the caller's first sound to the line's being told", async () => {
  const { sinceMs, seenMs } = await interrupted({});
  assertLess(Math.abs(sinceMs! - seenMs), 21);
  assertGreater(sinceMs!, 59);
  // With another padding too, and where the caller has to mean it.
  for (
    const persona of [
      { turn: { type: "server_vad", prefixPaddingMs: 0 } },
      { interrupt: { minSpeechMs: 400, echoGuard: false } },
    ] as const
  ) {
    const other = await interrupted(persona);
    assertLess(Math.abs(other.sinceMs! - other.seenMs), 21, JSON.stringify([persona, other]));
    if ("interrupt" in persona) assertGreater(other.sinceMs!, 399);
  }
});

Deno.test("latency: where nothing tells how much of the time before speech was counted in, no time is made up", async () => {
  const { sinceMs, seenMs } = await interrupted({ turn: { type: "semantic_vad" } });
  assertEquals(sinceMs, undefined);
  assertGreater(seenMs, 0);
});
