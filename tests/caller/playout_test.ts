import { assertEquals } from "@std/assert";
import { Playout } from "../../lib/caller/playout.ts";
import { VirtualClock } from "../support/clock.ts";

/** A frame of 20 ms all of whose samples are `value`. */
const frame = (value: number, length = 160) => new Int16Array(length).fill(value);

function begin(): { clock: VirtualClock; playout: Playout; frames(count: number, value?: number): void } {
  const clock = new VirtualClock(5000);
  const playout = new Playout(clock);
  return {
    clock,
    playout,
    frames(count, value = 1) {
      for (let index = 0; index < count; index++) playout.receive(frame(value));
    },
  };
}

/** The recording as one value for each frame of 20 ms. */
function heard(playout: Playout): number[] {
  const recording = playout.recording();
  return Array.from({ length: recording.length / 160 }, (_, index) => recording[index * 160]!);
}

Deno.test("a burst is played one frame each 20 ms, not as fast as it came", () => {
  const { clock, playout, frames } = begin();
  clock.advance(10);
  frames(10);
  assertEquals(playout.heardMs, 0);
  clock.advance(10);
  assertEquals(playout.counts.played, 1);
  clock.advance(100);
  assertEquals(playout.heardMs, 100);
  assertEquals(playout.queuedMs, 80);
});

Deno.test("heard grows with time inside a frame, and stops at the audio's end", () => {
  const { clock, playout, frames } = begin();
  clock.advance(1);
  frames(2);
  clock.advance(19);
  assertEquals(playout.heardMs, 0);
  clock.advance(7);
  assertEquals(playout.heardMs, 7);
  clock.advance(500);
  assertEquals(playout.heardMs, 40);
  assertEquals(playout.heardTotalMs, 40);
});

Deno.test("asking seldom gives the same as asking often", () => {
  const runs = [1, 7, 20, 999].map((stepMs) => {
    const { clock, playout, frames } = begin();
    clock.advance(30);
    frames(20);
    for (let leftMs = 250; leftMs > 0; leftMs -= stepMs) {
      clock.advance(Math.min(stepMs, leftMs));
      playout.heardMs;
    }
    const dropped = playout.interrupt();
    clock.advance(100);
    return { dropped, heard: heard(playout), counts: playout.counts, answers: playout.answers };
  });
  for (const run of runs) assertEquals(run, runs[0]);
});

Deno.test("a dry queue is silence in its place, and a gap of the answer", () => {
  const { clock, playout, frames } = begin();
  clock.advance(1);
  frames(2, 7);
  clock.advance(99);
  frames(1, 8);
  clock.advance(40);
  assertEquals(heard(playout), [0, 7, 7, 0, 0, 0, 8, 0]);
  assertEquals(playout.answers.length, 1);
  assertEquals(playout.answers[0]!.longestGapMs, 60);
  assertEquals(playout.heardMs, 60);
});

Deno.test("an interruption drops what waits; the frame that plays is heard to its end", () => {
  const { clock, playout, frames } = begin();
  clock.advance(1);
  frames(10, 3);
  clock.advance(29);
  assertEquals(playout.interrupt(), 9);
  assertEquals(playout.counts, { received: 10, played: 1, dropped: 9, interruptions: 1 });
  assertEquals(playout.heardMs, 10);
  clock.advance(60);
  assertEquals(playout.heardMs, 20);
  assertEquals(heard(playout), [0, 3, 0, 0, 0]);
  assertEquals(playout.answers[0]!.interrupted, true);
});

Deno.test("an interruption with nothing to drop drops nothing", () => {
  const { playout } = begin();
  assertEquals(playout.interrupt(), 0);
  assertEquals(playout.answers, []);
  assertEquals(playout.counts.interruptions, 1);
});

Deno.test("audio after an interruption is a new answer, counted from its own first frame", () => {
  const { clock, playout, frames } = begin();
  clock.advance(1);
  frames(10);
  clock.advance(100);
  playout.interrupt();
  clock.advance(50);
  frames(5, 2);
  clock.advance(60);
  assertEquals(playout.answers.length, 2);
  assertEquals(playout.answers.map(({ receivedMs, playedMs }) => [receivedMs, playedMs]), [[200, 100], [
    100,
    60,
  ]]);
  assertEquals(playout.answers[1]!.longestGapMs, 0, "the silence between two answers is no gap");
  assertEquals(playout.answers[1]!.heardAtMs, 5160);
});

Deno.test("a turn of the caller parts two answers, once the first has been played", () => {
  const { clock, playout, frames } = begin();
  clock.advance(1);
  frames(5);
  playout.newTurn();
  frames(1);
  clock.advance(300);
  assertEquals(playout.answers.length, 1, "still the audio that was under way");
  frames(1);
  clock.advance(100);
  assertEquals(playout.answers.length, 2);
  frames(1);
  assertEquals(playout.answers.length, 2, "one turn parts once");
});

Deno.test("two seconds of silence part two answers; less is a gap", () => {
  const { clock, playout, frames } = begin();
  clock.advance(1);
  frames(1);
  clock.advance(39 + 1999);
  frames(1);
  assertEquals(playout.answers.length, 1);
  clock.advance(21 + 2020);
  frames(1);
  assertEquals(playout.answers.length, 2);
});

Deno.test("quiet is nothing before the first audio, zero while audio waits, then it grows", () => {
  const { clock, playout, frames } = begin();
  clock.advance(1);
  assertEquals(playout.quietMs, undefined);
  frames(1);
  assertEquals(playout.quietMs, 0);
  clock.advance(29);
  assertEquals(playout.quietMs, 0, "it plays");
  clock.advance(110);
  assertEquals(playout.quietMs, 100);
});

Deno.test("messages of any length are played 20 ms at a time, none of it lost", () => {
  const { clock, playout } = begin();
  clock.advance(1);
  playout.receive(frame(1, 400));
  playout.receive(frame(2, 1));
  playout.receive(frame(0, 0));
  playout.receive(frame(3, 90));
  clock.advance(200);
  const recording = playout.recording();
  const samples = recording.slice(160, 160 + 491);
  assertEquals([...samples].filter((value) => value === 1).length, 400);
  assertEquals(samples.findIndex((value) => value === 2), 400);
  assertEquals([...samples.slice(401)].every((value) => value === 3), true);
  assertEquals([...recording.slice(160 + 491)].every((value) => value === 0), true);
  assertEquals(playout.counts.received, 3);
});

Deno.test("a frame is copied: the sender may use its memory again", () => {
  const { clock, playout } = begin();
  const shared = frame(9);
  clock.advance(1);
  playout.receive(shared);
  shared.fill(0);
  clock.advance(40);
  assertEquals(heard(playout), [0, 9, 0]);
});

Deno.test("an hour of calling keeps its place in time", () => {
  const { clock, playout } = begin();
  for (let second = 0; second < 3600; second++) clock.advance(1000.1);
  assertEquals(playout.recording().length, 160 * (1 + Math.floor(3600 * 1000.1 / 20)));
});
