import { assert, assertEquals } from "@std/assert";
import { SoundPlayer } from "../../lib/call/sound-player.ts";
import { VirtualClock } from "../support/clock.ts";
import { joined } from "../support/sound.ts";

/** A phone that plays what it gets without a gap, and a player that fills it. */
function phone(onFrame: (player: SoundPlayer) => void = () => {}) {
  const clock = new VirtualClock();
  const frames: Int16Array[] = [];
  const ends: boolean[] = [];
  let endMs = 0;
  let mostMs = 0;
  let gaps = 0;
  const queuedMs = () => Math.max(0, endMs - clock.now());
  const player = new SoundPlayer({
    clock,
    queuedMs,
    play(frame) {
      if (frames.length > 0 && endMs < clock.now()) gaps++;
      endMs = Math.max(endMs, clock.now()) + 20;
      mostMs = Math.max(mostMs, queuedMs());
      frames.push(frame.slice());
      onFrame(player);
    },
  });
  return {
    clock,
    player,
    frames,
    ends,
    start: (samples: Int16Array) => player.start(samples, (whole) => ends.push(whole)),
    hold: (ms: number) => void (endMs = clock.now() + ms),
    get mostMs() {
      return mostMs;
    },
    get gaps() {
      return gaps;
    },
  };
}

const ramp = (samples: number) => Int16Array.from({ length: samples }, (_, index) => index + 1);

Deno.test("sound player: every sample comes once, in frames of 20 ms, the last one filled up with silence", async () => {
  const it = phone();
  const sound = ramp(8000 + 40);
  it.start(sound);
  await it.clock.run(3000);
  assert(it.frames.every(({ length }) => length === 160));
  assertEquals(joined(it.frames), joined([sound, new Int16Array(120)]));
  assertEquals([it.ends, it.player.playing, it.clock.pending], [[true], false, 0]);
});

Deno.test("sound player: no more than 200 ms are ahead of the ear, and no gap is heard", async () => {
  const it = phone();
  it.start(ramp(3 * 8000));
  await it.clock.run(1000);
  assertEquals(it.player.playing, true);
  assertEquals(it.frames.length <= 60, true);
  await it.clock.run(3000);
  assertEquals([it.mostMs <= 200, it.gaps, it.frames.length], [true, 0, 150]);
});

Deno.test("sound player: stopped, it hands over nothing more, and tells so once", async () => {
  const it = phone();
  it.start(ramp(8000));
  await it.clock.run(300);
  it.player.stop();
  it.player.stop();
  const { length } = it.frames;
  assertEquals([it.ends, it.player.playing, it.clock.pending], [[false], false, 0]);
  await it.clock.run(2000);
  assertEquals(it.frames.length, length);
});

Deno.test("sound player: it waits behind what the phone still plays", async () => {
  const it = phone();
  it.hold(2000);
  it.start(ramp(1600));
  await it.clock.run(1700);
  assertEquals([it.frames.length, it.player.playing], [0, true]);
  await it.clock.run(500);
  assertEquals([it.frames.length, it.ends, it.gaps], [10, [true], 0]);
});

Deno.test("sound player: another sound takes the place of the first", async () => {
  const it = phone();
  it.start(new Int16Array(8000).fill(1));
  await it.clock.run(200);
  const first = it.frames.length;
  it.start(new Int16Array(800).fill(2));
  await it.clock.run(2000);
  assertEquals(it.ends, [false, true]);
  assertEquals([...new Set(joined(it.frames.slice(first)))], [2]);
  assertEquals(it.frames.length, first + 5);
});

Deno.test("sound player: a line that gives way while it plays leaves no timer behind", async () => {
  const it = phone((player) => player.stop());
  it.start(ramp(8000));
  await it.clock.run(1000);
  assertEquals([it.frames.length, it.ends, it.clock.pending], [1, [false], 0]);
});

Deno.test("sound player: a sound of no length ends at once", async () => {
  const it = phone();
  it.start(new Int16Array(0));
  await it.clock.run(1);
  assertEquals([it.frames.length, it.ends, it.clock.pending], [0, [true], 0]);
});

Deno.test("sound player: the end may start the next sound", async () => {
  const it = phone();
  it.player.start(ramp(160), () => it.start(ramp(320)));
  await it.clock.run(500);
  assertEquals([it.frames.length, it.ends, it.player.playing], [3, [true], false]);
});

Deno.test("sound player: finished early, the rest goes out at once and in order, and nothing follows", async () => {
  const it = phone();
  const sound = ramp(8000);
  it.player.finish();
  it.start(sound);
  await it.clock.run(300);
  it.player.finish();
  assertEquals([joined(it.frames), it.ends, it.clock.pending], [sound, [true], 0]);
  it.player.finish();
  await it.clock.run(2000);
  assertEquals([it.frames.length, it.gaps], [50, 0]);
});
