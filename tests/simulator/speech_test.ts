import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { createLog } from "../../lib/log.ts";
import { createAgent, type Turn } from "../../lib/simulator/agent.ts";
import { heardWords, keysBack } from "../../lib/simulator/agent-words.ts";
import { createFliteSpeech, createToneSpeech, speak, type Speech } from "../../lib/simulator/speech.ts";
import { loadPhrases, PHRASES, sayable, UNSAYABLE } from "../../lib/simulator/speech/phrases.ts";
import { sentences } from "../../lib/simulator/speech/sentences.ts";
import { fliteVoice } from "../../lib/simulator/speech/voices.ts";
import { VirtualClock } from "../support/clock.ts";

const HEARD = "I heard 2.3 seconds of speech, at a normal level.";

Deno.test("what the simulator says is real speech: loud enough, unclipped, as long as the words need", async () => {
  using speech = closing(createFliteSpeech());
  const short = await speech.say("Goodbye.", "marin");
  const long = await speech.say(HEARD, "marin");
  assertBetween(seconds(short), 0.4, 1.5);
  assertBetween(seconds(long), 2.5, 6);
  assertAlmostEquals(dbfs(rms(long)), -20, 1);
  assertLess(dbfs(peak(long)), -0.8);
  // A hum or a noise has the same level throughout; words do not.
  const levels = frames(long).map((frame) => dbfs(rms(frame))).sort((a, b) => a - b);
  assertGreater(levels.at(-1)! - levels[Math.floor(levels.length / 10)]!, 15);
});

Deno.test("silence around the words does not delay the answer: about 50 ms at each end", async () => {
  using speech = closing(createFliteSpeech());
  for (const voice of ["marin", "echo"]) {
    const loud = frames(await speech.say(HEARD, voice)).map((frame) => dbfs(rms(frame)) > -50);
    assertBetween(10 * loud.indexOf(true), 0, 80);
    assertBetween(10 * (loud.length - 1 - loud.lastIndexOf(true)), 0, 80);
  }
});

Deno.test("two personas never sound the same: every voice differs in pitch or speaker", async () => {
  using speech = closing(createFliteSpeech());
  const voices = ["alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar"];
  const sounds: Int16Array[] = [];
  for (const voice of voices) sounds.push(await speech.say("How can I help?", voice));
  for (const sound of sounds) assertBetween(seconds(sound), 0.5, 2.5);
  assertEquals(new Set(sounds.map((sound) => sound.join())).size, voices.length);
  const [marin, cedar] = [pitchHz(sounds[8]!), pitchHz(sounds[9]!)];
  assertBetween(marin, 140, 260);
  assertBetween(cedar, 70, 135);
  assertGreater(pitchHz(sounds[6]!), marin * 1.05);
});

Deno.test("a pitch is not a speed: shimmer takes as long as marin, give or take its pace", async () => {
  using speech = closing(createFliteSpeech());
  const ratio = seconds(await speech.say(HEARD, "shimmer")) / seconds(await speech.say(HEARD, "marin"));
  assertAlmostEquals(ratio, 1 / fliteVoice("shimmer").pace, 0.05);
});

Deno.test("a long text does not hold back its first word: sentences come one by one, and a left loop stops", async () => {
  using speech = closing(createFliteSpeech());
  const text = "Thanks for calling.  How can I help?\nPlease go on.";
  const pieces = await Array.fromAsync(speak(speech, text, "cedar"));
  assertEquals(pieces.map((piece) => piece.text), [
    "Thanks for calling.  ",
    "How can I help?\n",
    "Please go on.",
  ]);
  const whole = await speech.say(text, "cedar");
  assertEquals(whole.length, pieces.reduce((sum, { samples }) => sum + samples.length, 0));
  for await (const piece of speak(speech, text, "cedar")) {
    piece.samples.fill(0); // what a listener does to it must not reach the next one
    break;
  }
  assertEquals((await speech.say(text, "cedar")).join(), whole.join());
});

Deno.test("odd text never fails a response: marks, other scripts, options, an endless word", async () => {
  using speech = closing(createFliteSpeech());
  assertEquals(await speech.say("", "marin"), new Int16Array());
  assertEquals(await speech.say("  ...\n", "marin"), new Int16Array());
  for (
    const text of [
      "-voice none",
      "\0\x07 Grüße – “hallo”",
      "a".repeat(500),
      "你好。",
      "<speak>1 < 2 & 3%</speak>",
    ]
  ) {
    assertGreater(seconds(await speech.say(text, "any voice at all")), 0.2, text);
  }
  const said = await Array.fromAsync(speak(speech, "你好。", "marin"), ({ text }) => text);
  assertEquals(said, [UNSAYABLE], "the transcript says what is audible");
});

Deno.test("closing ends the worker and what waits for it, and later words are refused", async () => {
  const speech = createFliteSpeech();
  const under = speech.say(HEARD, "marin");
  speech.close();
  await assertRejects(() => under, Error, "closed");
  await assertRejects(() => speech.say("Again.", "marin"), Error, "closed");
  createFliteSpeech().close(); // never spoke: nothing to end
});

Deno.test("without a synthesizer the simulator still speaks, says what its transcript says, and warns once", async () => {
  const lines: string[] = [];
  const log = createLog({ write: (line) => lines.push(line) });
  using speech = closing(createFliteSpeech({
    log,
    start: () => {
      throw new Error("No worker here");
    },
  }));
  const said = await Array.fromAsync(
    speak(speech, "Hello, this is the simulator. I speak for a calm persona. How can I help?", "marin"),
  );
  assertEquals(said.map(({ text }) => text), ["Hello, this is the simulator. ", "How can I help?"]);
  for (const { samples } of said) assertBetween(dbfs(rms(samples)), -24, -18);
  assertBetween(seconds(await speech.say(HEARD, "marin")), 2.5, 8);
  const unknown = await Array.fromAsync(speak(speech, "Xylophone quartz.", "marin"), ({ text }) => text);
  assertEquals(unknown, [UNSAYABLE]);
  assertEquals(lines.length, 1);
  assert(lines[0]!.includes("No worker here"));
});

Deno.test("a worker that never answers holds a response for twenty seconds at most", async () => {
  const clock = new VirtualClock();
  let ended = 0;
  const dead = { postMessage() {}, terminate: () => ended++ } as unknown as Worker;
  using speech = closing(createFliteSpeech({ clock, start: () => dead }));
  const saying = speech.say("Goodbye.", "marin");
  await clock.run(20_000);
  assertGreater(seconds(await saying), 0.3);
  assertEquals([ended, clock.pending], [1, 0]);
});

Deno.test("the worker needs read of its own folder alone; without it the phrases need nothing", async () => {
  const folder = new URL("../../lib/simulator/speech", import.meta.url).pathname;
  const granted = await child(`--allow-read=${folder}`);
  assertEquals(granted.warnings, []);
  const denied = await child();
  assertEquals(denied.warnings.length, 1);
  assertStringIncludes(denied.warnings[0]!, "no read permission");
  assertGreater(denied.samples, 12_000);
});

Deno.test("the phrases that ship are the ones listed, each audible", async () => {
  const phrases = await loadPhrases();
  assertEquals(phrases.size, PHRASES.length);
  for (const phrase of PHRASES) {
    const sound = sayable(phrases, phrase);
    assert(sound, phrase);
    assertBetween(seconds(sound), 0.2, 4);
    assertBetween(dbfs(rms(sound)), -26, -17);
  }
});

Deno.test("the phrases that ship say all that the agent says of itself, every number and key", async () => {
  const phrases = await loadPhrases();
  const texts = [keysBack("0123456789*#"), "Goodbye.", "One moment, please. I am connecting you."];
  for (let ms = 0; ms < 62_000; ms += 100) {
    texts.push(heardWords({ speechMs: ms, rmsDbfs: -ms / 700 }, ms / 100, ms / 62_000));
  }
  const turn = {
    instructions: "",
    sessionInstructions: "",
    voice: "marin",
    tools: [],
    items: [],
    random: () => 0,
  };
  for (const trigger of ["create", "vad", "idle"] satisfies Turn["trigger"][]) {
    for (const answers of [0, 1]) {
      for (const output of createAgent()({ ...turn, trigger, answers }).outputs) {
        if ("say" in output) texts.push(output.say);
      }
    }
  }
  const silent = texts.flatMap(sentences).filter((sentence) => !sayable(phrases, sentence));
  assertEquals(silent, []);
});

Deno.test("tone speech is loud throughout, the same each time, 60 ms a character, another for another voice", async () => {
  using speech = closing(createToneSpeech());
  const sound = await speech.say("Hello, is it you?", "marin");
  assertEquals(sound.length, 17 * 60 * 24);
  for (const frame of frames(sound, 100)) assertGreater(dbfs(rms(frame)), -35);
  assertEquals(await speech.say("Hello, is it you?", "marin"), sound);
  assert((await speech.say("Hello, is it you?", "cedar")).join() !== sound.join());
});

/** Speaks in a process of its own that has the given permissions only. */
async function child(...permissions: string[]): Promise<{ samples: number; warnings: string[] }> {
  const speechUrl = new URL("../../lib/simulator/speech.ts", import.meta.url);
  const logUrl = new URL("../../lib/log.ts", import.meta.url);
  const code = `import { createFliteSpeech } from "${speechUrl}"; import { createLog } from "${logUrl}";
    const warnings = []; const speech = createFliteSpeech({ log: createLog({ write: (line) => warnings.push(line) }) });
    const samples = (await speech.say("How can I help?", "marin")).length;
    speech.close(); console.log(JSON.stringify({ samples, warnings }));`;
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const process = new Deno.Command("deno", {
    args: ["run", "--quiet", "--no-prompt", "--no-check", "--config", config, ...permissions, "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(code));
  await writer.close();
  const { stdout, stderr } = await process.output();
  const told = new TextDecoder().decode(stdout);
  assertEquals(new TextDecoder().decode(stderr), "");
  return JSON.parse(told);
}

function closing(speech: Speech): Speech & Disposable {
  return { ...speech, [Symbol.dispose]: () => speech.close() };
}

function assertBetween(value: number, least: number, most: number): void {
  assert(value >= least && value <= most, `Expected ${least} to ${most}, got ${value}`);
}

const seconds = (samples: Int16Array) => samples.length / 24_000;
const peak = (samples: Int16Array) => samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
const dbfs = (value: number) => 20 * Math.log10(value / 32_768 + 1e-9);
const rms = (samples: Int16Array) => Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);

function frames(samples: Int16Array, ms = 10): Int16Array[] {
  const length = 24 * ms;
  return Array.from(
    { length: Math.floor(samples.length / length) },
    (_, i) => samples.subarray(i * length, (i + 1) * length),
  );
}

/** The median pitch of the loud frames, by autocorrelation at 8 kHz. */
function pitchHz(samples: Int16Array): number {
  const low = samples.filter((_, i) => i % 3 === 0);
  const found: number[] = [];
  for (let at = 0; at + 400 <= low.length; at += 200) {
    const frame = low.subarray(at, at + 400);
    if (dbfs(rms(frame)) < -25) continue;
    let [best, most] = [0, 0];
    for (let lag = 25; lag < 115; lag++) {
      let sum = 0;
      for (let i = 0; i < 285; i++) sum += frame[i]! * frame[i + lag]!;
      if (sum > most) [best, most] = [lag, sum];
    }
    found.push(8_000 / best);
  }
  return found.sort((a, b) => a - b)[Math.floor(found.length / 2)] ?? 0;
}
