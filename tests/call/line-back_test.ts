import { assert, assertEquals, assertGreater } from "@std/assert";
import { definePersona } from "../../lib/persona/define.ts";
import { say, script } from "../../lib/simulator/agent.ts";
import { createRandom } from "../../lib/simulator/ids.ts";
import { fixedSpeech, sine, voice } from "../support/sound.ts";
import { virtualCall } from "../support/virtual-call.ts";

const persona = definePersona({ instructions: "Answer the telephone.", greeting: "Hello." });
const seconds = (count: number) => fixedSpeech(sine(400, count * 1000, 24_000));
const interruptions = (it: ReturnType<typeof virtualCall>) =>
  it.told.filter(({ type }) => type === "interruption").length;

Deno.test("line back: an answer that was given while the line was away is heard in full, and counted from then on", async () => {
  await using it = virtualCall({ persona, simulator: { speech: seconds(6) } });
  await it.silence(900);
  it.loseLine();
  await it.clock.run(8_000);
  // What the phone held it has played.
  const before = it.playout.heardTotalMs;
  assertGreater(before, 0);
  assertGreater(6_000, before);
  it.bringLine();
  await it.silence(8_000);
  assertEquals(it.playout.heardTotalMs, 6_020);
  assertEquals([interruptions(it), it.ofType("conversation.item.truncate").length], [0, 0]);
});

Deno.test("line back: over many gaps and interruptions behind them, memory ends where the caller stopped hearing", async () => {
  for (let point = 0; point < 25; point++) {
    await using it = virtualCall({ persona, simulator: { speech: seconds(8) } });
    await it.silence(500 + (point * 137) % 1500);
    it.loseLine();
    await it.clock.run((point * 331) % 5000);
    it.bringLine();
    await it.silence(300 + (point * 211) % 2500);
    let heardMs = 0;
    const speech = voice(1200);
    for (let atMs = 0; atMs < 1200 && interruptions(it) === 0; atMs += 20) {
      heardMs = it.playout.heardTotalMs;
      await it.hear(speech.subarray(atMs * 8, atMs * 8 + 160));
    }
    await it.silence(200);
    const truncated = Number(it.ofType("conversation.item.truncate")[0]?.audio_end_ms);
    assert(Math.abs(truncated - heardMs) <= 100, `point ${point}: ${truncated} for ${heardMs}`);
  }
});

Deno.test("line back: a call that is idle in the gap does not take its unheard words for heard", async () => {
  await using it = virtualCall({
    persona: { ...persona, idle: { afterSeconds: 3, say: ["Are you there?"], thenHangUp: "Goodbye." } },
    simulator: { speech: seconds(4) },
  });
  await it.silence(500);
  it.loseLine();
  await it.clock.run(20_000);
  // The greeting still waits to be heard: silence has not begun.
  assertEquals(it.said().length, 0);
  it.bringLine();
  await it.silence(4_000);
  assertEquals(it.said(), ["Hello."]);
  await it.silence(4_000);
  assertEquals(it.said(), ["Hello.", "Are you there?"]);
});

Deno.test("line back: a session that is lost in the same gap loses nothing of what was said, and its ledger neither", async () => {
  await using it = virtualCall({
    persona: { ...persona, idle: { afterSeconds: 3, say: ["Are you there?"], thenHangUp: "Goodbye." } },
    phrases: { bridge: sine(300, 1000, 8000) },
    simulator: { speech: seconds(2) },
  });
  await it.silence(700);
  it.loseLine();
  await it.clock.run(3_000);
  it.simulator.faults.openMs = 4_000;
  it.simulator.sessions[0]!.end("drop");
  await it.clock.run(8_000);
  assertEquals(it.simulator.sessions.length, 2);
  it.bringLine();
  const asked = it.ofType("response.create").length;
  for (let ms = 0; ms < 10_000 && it.ofType("response.create").length === asked; ms += 20) {
    await it.silence(20);
  }
  // The rest of the greeting, and the words that covered the gap of the model; only then has silence begun.
  assertGreater(it.playout.heardTotalMs, 3_000);
  assertGreater(it.playout.quietMs!, 2_900);
  await it.silence(2_500);
  assertEquals(it.said(), ["Hello.", "Are you there?"]);
});

Deno.test("line back: the echo of what was kept is not taken for the caller", async () => {
  const { next } = createRandom(5);
  const noise = Int16Array.from({ length: 6 * 24_000 }, (_, index) => {
    const syllable = 0.55 + 0.45 * Math.sin(2 * Math.PI * 4 * index / 24_000);
    return Math.round((next() - 0.5) * 20_000 * syllable);
  });
  await using it = virtualCall({
    persona: { ...persona, interrupt: { minSpeechMs: 240 } },
    simulator: {
      agent: script([say("Hello."), say("We open at nine.")]),
      speech: fixedSpeech(noise),
      // The phone takes a frame each 20 ms: both answers come at the same point of that, and so does their echo.
      pace: { firstMs: 400, deltaMs: 100 },
    },
  });
  /** What the phone plays comes back 100 ms later, 12 dB down. */
  const echo = async (ms: number) => {
    for (let atMs = 0; atMs < ms; atMs += 20) {
      const from = Math.max(0, Math.round((it.clock.now() - 120) * 8));
      await it.hear(it.playout.recording().slice(from, from + 160).map((sample) => sample / 4));
    }
  };
  await it.clock.run(200);
  await echo(9_000);
  assertEquals([it.said().length, interruptions(it)], [1, 0]);
  await it.hear(voice(800), 1_500);
  it.loseLine();
  await it.clock.run(1_700);
  it.bringLine();
  await echo(7_000);
  assertEquals(it.playout.answers.at(-1)?.playedMs, 6_020);
  assertEquals(interruptions(it), 0);
});
