import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { Vad, type VadEvent } from "../../lib/simulator/vad.ts";
import { joined, sine, voice } from "../support/sound.ts";

/** Runs samples at 8 kHz through a detector, 20 ms at a time, with two seconds of silence behind them. */
function detect(
  samples: Int16Array,
  { threshold = 0.5, silenceMs = 500, chunk = 160, lead = 500 } = {},
): VadEvent[] {
  const events: VadEvent[] = [];
  const detector = new Vad((event) => events.push(event));
  const all = joined([new Int16Array(lead * 8), samples, new Int16Array(16000)]);
  for (let at = 0; at < all.length; at += chunk) {
    detector.push(all.subarray(at, at + chunk), 8000, { threshold, silenceMs });
  }
  return events;
}

const starts = (events: VadEvent[]) => events.filter(({ type }) => type === "started").length;

/** White noise of this level, the same each time. */
function noise(ms: number, levelDbfs: number): Int16Array {
  let state = 1;
  const peak = 32768 * 10 ** (levelDbfs / 20) * Math.sqrt(3);
  return Int16Array.from({ length: ms * 8 }, () => {
    state = Math.imul(state, 1103515245) + 12345 & 0x7fffffff;
    return (state / 0x3fffffff - 1) * peak;
  });
}

const added = (a: Int16Array, b: Int16Array) => a.map((sample, index) => sample + (b[index] ?? 0));

Deno.test("silence, a click and quiet line noise are not speech", () => {
  assertEquals(detect(new Int16Array(16000)), []);
  for (const ms of [10, 20, 30, 40]) {
    assertEquals(starts(detect(sine(500, ms, 8000))), 0, `a click of ${ms} ms`);
  }
  assertEquals(starts(detect(noise(10_000, -50))), 0);
});

Deno.test("speech begins where it is first audible and ends after the silence asked for", () => {
  for (const silenceMs of [200, 500, 900]) {
    const [started, stopped, ...more] = detect(voice(1000), { silenceMs });
    assertEquals(more, []);
    assert(started?.type === "started" && stopped?.type === "stopped");
    assert(Math.abs(started.atMs - 500) <= 20, `began at ${started.atMs}`);
    assert(Math.abs(stopped.atMs - (1500 + silenceMs)) <= 30, `ended at ${stopped.atMs}`);
    assert(Math.abs(stopped.heard.speechMs - 1000) <= 40, `${stopped.heard.speechMs} ms`);
    assert(stopped.heard.rmsDbfs > -22 && stopped.heard.rmsDbfs < -12, `${stopped.heard.rmsDbfs} dBFS`);
  }
});

Deno.test("a pause shorter than the silence asked for does not cut an utterance in two", () => {
  const pause = (ms: number) => joined([voice(600), new Int16Array(ms * 8), voice(600)]);
  assertEquals(starts(detect(pause(300), { silenceMs: 500 })), 1);
  assertEquals(starts(detect(pause(700), { silenceMs: 500 })), 2);
});

Deno.test("a higher threshold needs louder speech", () => {
  const soft = voice(800).map((sample) => sample / 16);
  assertEquals(starts(detect(soft, { threshold: 0.3 })), 1);
  assertEquals(starts(detect(soft, { threshold: 0.9 })), 0);
});

Deno.test("it learns the line's noise: speech over it is found, the noise alone is none", () => {
  for (const level of [-45, -40, -35, -30]) {
    const line = noise(12_000, level);
    const spoken = new Int16Array(line.length);
    spoken.set(voice(1500), 4000 * 8);
    assertEquals(starts(detect(line, { lead: 0 })), 0, `noise alone at ${level} dBFS`);
    const events = detect(added(line, spoken), { lead: 0 });
    assertEquals(starts(events), 1, `speech over ${level} dBFS: ${JSON.stringify(events)}`);
    assert(events[1]?.type === "stopped" && events[1].atMs < 6400, `over at ${level} dBFS`);
  }
});

Deno.test("a loud steady tone stays audible however long it lasts", () => {
  const events = detect(sine(440, 8000, 8000, 0.5));
  assertEquals(events.length, 2);
  const [, stopped] = events;
  assert(stopped?.type === "stopped");
  assertGreater(stopped.heard.speechMs, 7900);
});

Deno.test("direct current is not loudness", () => {
  assertEquals(detect(new Int16Array(16000).fill(8000)).filter(({ type }) => type === "stopped").length, 0);
});

Deno.test("how the audio is cut into messages makes no difference", () => {
  const speech = joined([voice(700), new Int16Array(8000), voice(400)]);
  const whole = detect(speech);
  assertEquals(whole.length, 4);
  for (const chunk of [80, 1, 333, 4000]) assertEquals(detect(speech, { chunk }), whole);
});

Deno.test("24 kHz and 8 kHz give the same answer", () => {
  const narrow = joined([new Int16Array(8000), voice(1000), new Int16Array(16000)]);
  const wide = Int16Array.from({ length: narrow.length * 3 }, (_, index) => narrow[Math.floor(index / 3)]!);
  const events: VadEvent[] = [];
  const detector = new Vad((event) => events.push(event));
  detector.push(wide, 24000, { threshold: 0.5, silenceMs: 500 });
  assertEquals(events.map(({ atMs }) => atMs), detect(voice(1000), { lead: 1000 }).map(({ atMs }) => atMs));
});

Deno.test("after a reset the clock goes on where it is told", () => {
  const events: VadEvent[] = [];
  const detector = new Vad((event) => events.push(event));
  const settings = { threshold: 0.5, silenceMs: 500 };
  detector.push(joined([new Int16Array(8000), voice(300)]), 8000, settings);
  assertEquals([events.length, detector.speaking], [1, true]);
  detector.reset(60_000);
  assertEquals(detector.speaking, false);
  detector.push(joined([new Int16Array(4000), voice(300)]), 8000, settings);
  const again = events[1]!;
  assertLess(Math.abs(again.atMs - 60_500), 30);
});
