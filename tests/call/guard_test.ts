import {
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
  assertLessOrEqual,
} from "@std/assert";
import { compare, sentence, summarise } from "../../bench/barge_in.ts";
import { DEFAULT_GUARD, type GuardSettings, InterruptionGuard } from "../../lib/call/guard.ts";
import { VirtualClock } from "../support/clock.ts";
import { sine, voice } from "../support/sound.ts";

const FRAME = 160;
const FRAME_MS = 20;

/** A guard with the echo detector off unless asked for, and a call played to it in frames of 20 ms. */
function scene(settings: Partial<GuardSettings> = {}) {
  const clock = new VirtualClock(10_000);
  const agent = { fromMs: Infinity, toMs: -Infinity };
  const interruptions: number[] = [];
  const guard = new InterruptionGuard({
    ...DEFAULT_GUARD,
    echo: false,
    ...settings,
    clock,
    agentAudible: () => clock.now() >= agent.fromMs && clock.now() < agent.toMs,
    onInterrupt: () => interruptions.push(clock.now()),
  });
  const quiet = new Int16Array(FRAME).map((_, n) => n % 2 === 0 ? 6 : -6);

  return {
    clock,
    guard,
    interruptions,
    /** The agent speaks for so long from now on. */
    agentSpeaks(ms: number): void {
      agent.fromMs = clock.now();
      agent.toMs = clock.now() + ms;
      for (let at = 0; at < ms; at += FRAME_MS) guard.agentFrame(voice(FRAME_MS), clock.now() + at);
    },
    agentStops(): void {
      agent.toMs = clock.now();
      guard.agentSilent();
    },
    silence(ms: number): void {
      for (let at = 0; at < ms; at += FRAME_MS) {
        clock.advance(FRAME_MS);
        guard.callerAudio(quiet);
      }
    },
    sound(samples: Int16Array): void {
      for (let at = 0; at + FRAME <= samples.length; at += FRAME) {
        clock.advance(FRAME_MS);
        guard.callerAudio(samples.subarray(at, at + FRAME));
      }
    },
  };
}

Deno.test("nothing plays: speech is passed at once, however short", () => {
  const { guard, sound, silence, interruptions } = scene();
  silence(1000);
  sound(voice(100));
  assertEquals(guard.speechStarted(), "passed");
  silence(500);
  assertEquals(guard.speechStopped(), "passed");
  assertEquals(interruptions, []);
});

Deno.test("speech that lasts interrupts once, after minSpeechMs of it", () => {
  const { guard, sound, silence, agentSpeaks, clock, interruptions } = scene({ minSpeechMs: 240 });
  silence(500);
  agentSpeaks(10_000);
  silence(1000);
  const fromMs = clock.now();
  sound(voice(160));
  assertEquals(guard.speechStarted(), "held");
  sound(voice(1000));
  assertEquals(interruptions, [fromMs + 240]);
  silence(500);
  assertEquals(guard.speechStopped(), "interrupted");
});

Deno.test("the API's late speech_started: the speech before it counts, it interrupts at once", () => {
  const { guard, sound, silence, agentSpeaks, clock, interruptions } = scene();
  silence(500);
  agentSpeaks(10_000);
  silence(1000);
  sound(voice(400));
  assertEquals(interruptions, []);
  assertEquals(guard.speechStarted(), "held");
  assertEquals(interruptions, [clock.now()]);
});

Deno.test("local sound without the API's speech_started does not interrupt", () => {
  const { sound, silence, agentSpeaks, interruptions } = scene();
  silence(500);
  agentSpeaks(10_000);
  sound(sine(440, 2000, 8000));
  assertEquals(interruptions, []);
});

Deno.test("a cough, and coughs with pauses between, are ignored", () => {
  const { guard, sound, silence, agentSpeaks, interruptions } = scene();
  silence(500);
  agentSpeaks(10_000);
  silence(500);
  for (let n = 0; n < 4; n++) {
    sound(voice(160));
    if (n === 0) guard.speechStarted();
    silence(300);
  }
  assertEquals(guard.speechStopped(), "ignored");
  assertEquals(interruptions, []);
});

Deno.test("a word's own closures are the word's: 'stop it' interrupts", () => {
  const { guard, sound, silence, agentSpeaks, interruptions } = scene();
  silence(500);
  agentSpeaks(10_000);
  silence(500);
  sound(voice(120));
  guard.speechStarted();
  silence(60);
  sound(voice(80));
  assertEquals(interruptions.length, 1);
});

Deno.test("ignoreFirstMs: short speech in it is ignored, speech that outlasts it interrupts at its end", () => {
  const { guard, sound, silence, agentSpeaks, clock, interruptions } = scene({ ignoreFirstMs: 1000 });
  silence(500);
  agentSpeaks(10_000);
  const answerMs = clock.now();
  sound(voice(400));
  assertEquals(guard.speechStarted(), "held");
  silence(260);
  assertEquals(guard.speechStopped(), "ignored");
  sound(voice(100));
  guard.speechStarted();
  sound(voice(600));
  assertEquals(interruptions, [answerMs + 1000]);
});

Deno.test("ignoreFirstMs counts from each answer, not from each frame of one", () => {
  const { guard, sound, silence, agentSpeaks, interruptions } = scene({ ignoreFirstMs: 1000 });
  silence(500);
  agentSpeaks(2000);
  silence(4000);
  agentSpeaks(5000);
  silence(200);
  sound(voice(300));
  guard.speechStarted();
  assertEquals(interruptions, []);
  silence(500);
  assertEquals(guard.speechStopped(), "ignored");
  silence(500);
  sound(voice(300));
  guard.speechStarted();
  assertEquals(interruptions.length, 1);
});

Deno.test("the agent begins under a caller who speaks already: the caller keeps the floor", () => {
  const { guard, sound, silence, agentSpeaks, interruptions } = scene({ ignoreFirstMs: 2000 });
  silence(1000);
  sound(voice(400));
  assertEquals(guard.speechStarted(), "passed");
  agentSpeaks(5000);
  sound(voice(100));
  assertEquals(interruptions.length, 1);
  assertEquals(guard.speechStopped(), "interrupted");
});

Deno.test("the agent speaks again under the same speech: interrupted again", () => {
  const { guard, sound, silence, agentSpeaks, agentStops, interruptions } = scene();
  silence(500);
  agentSpeaks(5000);
  silence(500);
  guard.speechStarted();
  sound(voice(400));
  agentStops();
  assertEquals(interruptions.length, 1);
  sound(voice(400));
  agentSpeaks(5000);
  sound(voice(100));
  assertEquals(interruptions.length, 2);
});

Deno.test("speech that goes on beyond the answer's end is a turn", () => {
  const { guard, sound, silence, agentSpeaks, interruptions } = scene();
  silence(500);
  agentSpeaks(1000);
  silence(900);
  sound(voice(100));
  guard.speechStarted();
  sound(voice(200));
  silence(500);
  assertEquals(guard.speechStopped(), "passed");
  assertEquals(interruptions, []);
});

Deno.test("a short 'yes' over the last syllable is a turn; a click there, or a 'yes' in the middle, is none", () => {
  for (
    const [soundMs, beforeEndMs, verdict] of [
      [160, 200, "passed"],
      [40, 200, "ignored"],
      [160, 1500, "ignored"],
    ] as const
  ) {
    const { guard, sound, silence, agentSpeaks } = scene();
    silence(500);
    agentSpeaks(3000);
    silence(3000 - beforeEndMs);
    guard.speechStarted();
    sound(voice(soundMs));
    silence(beforeEndMs + 500);
    assertEquals(guard.speechStopped(), verdict, `${soundMs} ms, ${beforeEndMs} ms before the end`);
  }
});

Deno.test("caller audio in odd pieces and in bursts after a gap is counted by its samples", () => {
  const { guard, silence, agentSpeaks, clock, interruptions } = scene({ minSpeechMs: 240, echo: true });
  silence(500);
  agentSpeaks(10_000);
  silence(2000);
  guard.speechStarted();
  const samples = voice(300);
  clock.advance(300);
  for (let at = 0; at < samples.length; at += 37) guard.callerAudio(samples.subarray(at, at + 37));
  assertEquals(interruptions.length, 1);
});

Deno.test("real speech: the guard ends self-interruption by echo, noise and both", () => {
  for (const [lossDb, noiseDbfs] of [[6, -60], [12, -45], [18, -60]] as const) {
    const [plain, guarded] = compare(6, 11, lossDb, noiseDbfs, undefined, [undefined, DEFAULT_GUARD]);
    assertEquals(summarise(plain!).falseShare, 1);
    assertLessOrEqual(summarise(guarded!).falseShare, 1 / 6, `${lossDb} dB, ${noiseDbfs} dBFS`);
    for (const { cutAtMs, verdicts } of guarded!) {
      if (cutAtMs === undefined) assertEquals(new Set(verdicts), new Set(["ignored"]));
    }
  }
});

Deno.test("real speech: a caller's sentence gets through the echo, soon", () => {
  const [guard] = compare(8, 12, 12, -55, sentence, [DEFAULT_GUARD]).map(summarise);
  assertLessOrEqual(guard!.missedShare, 1 / 8);
  assertGreaterOrEqual(guard!.medianMs, DEFAULT_GUARD.minSpeechMs);
  assertLess(guard!.medianMs, 400);
  assertGreater(1, guard!.falseShare);
});
