import { assert, assertAlmostEquals, assertEquals, assertGreater, assertLess } from "@std/assert";
import { Engine, type Frame } from "../../lib/console/page/audio/engine.js";
import { Echo, PacketLoss } from "../../lib/console/page/audio/impairments.js";
import { asMulaw, TelephoneSound } from "../../lib/console/page/audio/telephone.js";
import { toLine } from "../../lib/console/page/audio/to-line.js";
import { decodeMulaw, encodeMulaw } from "../../lib/audio/g711.ts";
import { dbfs, joined, sine, toneDbfs } from "../support/sound.ts";

const RATE_HZ = 48_000;

function engine({ rateHz = RATE_HZ, block = 128 } = {}) {
  const frames: Frame[] = [];
  const played: number[] = [];
  const it = new Engine(rateHz, (frame) => frames.push(frame), () => 1);
  /** So many ms of what the microphone hears; nothing where there is none. */
  const run = (ms: number, input?: (index: number) => number) => {
    for (let at = 0; at < rateHz * ms / 1000; at += block) {
      const heard = input && Float32Array.from({ length: block }, (_, index) => input(at + index));
      const output = new Float32Array(block);
      it.process(heard, output);
      played.push(...output);
    }
  };
  const said = (side: "caller" | "agent") => joined(frames.map((frame) => frame[side]));
  return { it, frames, played, run, said };
}

const tone = (hz: number) => (index: number) => 0.5 * Math.sin(2 * Math.PI * hz * index / RATE_HZ);

Deno.test("engine: 20 ms go out every 20 ms, with a microphone or without one", () => {
  const { frames, run, said } = engine();
  run(1000);
  assertAlmostEquals(frames.length, 50, 1);
  assertEquals(dbfs(said("caller")) < -80, true);
  run(1000, tone(1000));
  assertAlmostEquals(frames.length, 100, 1);
  assert(frames.every(({ caller, agent }) => caller.length === 160 && agent.length === 160));
  assertAlmostEquals(toneDbfs(said("caller").slice(-4000), 1000), -6, 0.3);
});

for (
  const [rateHz, block] of [[48_000, 128], [44_100, 128], [48_000, 1024], [44_100, 1024], [
    96_000,
    128,
  ]] as const
) {
  Deno.test(`engine: the loudspeaker at ${rateHz} Hz never runs dry, asked for ${block} samples at a time`, () => {
    const { it, played, run } = engine({ rateHz, block });
    it.take({ type: "line", telephone: false, echo: false, loss: 0 });
    // A level that is never zero: where it is, there was nothing to play.
    it.take({ type: "agent", samples: new Int16Array(8000 * 3).fill(8000) });
    run(2500);
    const from = played.findIndex((sample) => sample > 0.2);
    assertLess(1000 * from / rateHz, 80);
    assertEquals(played.slice(from).findIndex((sample) => sample < 0.2), -1);
  });
}

Deno.test("engine: what the agent says is played once, in order, at the browser's rate, without a gap", () => {
  const { it, frames, played, run } = engine();
  it.take({ type: "line", telephone: false, echo: false, loss: 0 });
  const voice = sine(1000, 400, 8000);
  // AVR's frames, all at once as a model sends them.
  for (let at = 0; at < voice.length; at += 160) {
    it.take({ type: "agent", samples: voice.slice(at, at + 160) });
  }
  run(600);
  assertEquals(frames.filter(({ agent }) => agent.some((sample) => sample !== 0)).length, 20);
  assertEquals(frames.at(-1)!.queuedMs, 0);
  const from = played.findIndex((sample) => Math.abs(sample) > 0.1);
  const heard = played.slice(from + 480, from + RATE_HZ * 0.38);
  const worst = heard.reduce((most, sample, index) => {
    // A clean tone obeys x[n+1] = 2 cos(w) x[n] - x[n-1]; a gap or a click does not.
    const next = 2 * Math.cos(2 * Math.PI * 1000 / RATE_HZ) * sample - (heard[index - 1] ?? 0);
    return index === 0 || index === heard.length - 1
      ? most
      : Math.max(most, Math.abs(heard[index + 1]! - next));
  }, 0);
  assertLess(worst, 0.002);
});

Deno.test("engine: an interruption silences the agent at the next frame", () => {
  const { it, frames, run } = engine();
  it.take({ type: "agent", samples: sine(500, 5000, 8000) });
  run(500);
  assertGreater(frames.at(-1)!.queuedMs, 4000);
  it.take({ type: "interruption" });
  const before = frames.length;
  run(100);
  assertEquals(frames.at(-1)!.queuedMs, 0);
  // The telephone's high-pass rings for a moment.
  assert(frames.slice(before + 1).every(({ agent }) => dbfs(agent) < -40));
});

Deno.test("engine: a muted microphone is silence on the line, a recording goes through all the same", () => {
  const { it, frames, run } = engine();
  it.take({ type: "muted", muted: true });
  run(200, tone(1000));
  assert(frames.slice(1).every(({ caller }) => caller.every((sample) => sample === 0)));
  it.take({ type: "say", samples: sine(700, 100, 8000) });
  run(200, tone(1000));
  assertEquals(frames.filter(({ saying }) => saying).length, 5);
  assertEquals(frames.filter(({ caller }) => dbfs(caller) > -20).length, 5);
  it.take({ type: "say", samples: sine(700, 1000, 8000) });
  run(100);
  it.take({ type: "hush" });
  run(100);
  assertEquals(frames.at(-1)!.saying, false);
});

Deno.test("engine: echo brings the agent back on the caller's side, late and faint, and only when it is switched on", () => {
  for (const echo of [false, true]) {
    const { it, run, said } = engine();
    it.take({ type: "line", telephone: false, echo, loss: 0 });
    it.take({ type: "agent", samples: sine(1000, 600, 8000) });
    run(700);
    const caller = said("caller");
    const first = caller.findIndex((sample) => Math.abs(sample) > 200);
    if (!echo) {
      assertEquals(first, -1);
      continue;
    }
    assertAlmostEquals(first / 8, 120, 2);
    assertAlmostEquals(toneDbfs(caller.slice(2000, 4000), 1000), -24, 0.5);
  }
});

Deno.test("telephone: what is below its band is gone, its middle is kept, and its 8 bits are those of G.711", () => {
  const through = (hz: number) => {
    const samples = sine(hz, 500, 8000);
    const telephone = new TelephoneSound();
    for (let at = 0; at < samples.length; at += 160) telephone.apply(samples.subarray(at, at + 160));
    return toneDbfs(samples.slice(1000), hz);
  };
  assertAlmostEquals(through(1000), -6, 0.4);
  assertAlmostEquals(through(300), -9, 0.5);
  assertLess(through(60), -30);
  for (const sample of [0, 1, -1, 101, -101, 999, -5000, 12_345, -31_000, 32_767, -32_768]) {
    assertEquals(
      asMulaw(sample) + 0,
      decodeMulaw(encodeMulaw(Int16Array.of(sample)))[0]! + 0,
      String(sample),
    );
  }
});

Deno.test("packet loss: the share that was asked for is lost, in bursts, and what is made up fades out", () => {
  let seed = 1;
  const random = () => (seed = seed * 48_271 % 2_147_483_647) / 2_147_483_647;
  const loss = new PacketLoss(random);
  loss.share = 0.1;
  const frame = new Int16Array(160).fill(10_000);
  const lost = Array.from({ length: 20_000 }, () => loss.pass(frame).lost);
  assertAlmostEquals(lost.filter(Boolean).length / lost.length, 0.1, 0.02);
  const bursts = lost.filter((each, index) => each && !lost[index - 1]).length;
  assertAlmostEquals(lost.filter(Boolean).length / bursts, 2, 0.2);

  const gone = new PacketLoss(() => 0.9);
  gone.pass(frame);
  gone.share = 1;
  const made = Array.from({ length: 5 }, () => gone.pass(frame).frame[0]!);
  assertEquals(made, [7000, 4000, 1500, 0, 0]);
  gone.share = 0;
  assertEquals(gone.pass(frame), { frame, lost: false });
});

Deno.test("echo: a loud pair of voices does not wrap round", () => {
  const echo = new Echo();
  echo.on = true;
  const loud = new Int16Array(160).fill(32_767);
  for (let count = 0; count < 7; count++) {
    const caller = loud.slice();
    echo.add(caller, loud);
    assert(caller.every((sample) => sample === 32_767));
  }
});

Deno.test("a recording of any rate and loudness is said at the line's rate, as loud as a voice", () => {
  const quiet = Float32Array.from(
    { length: 44_100 },
    (_, index) => 0.01 * Math.sin(2 * Math.PI * 440 * index / 44_100),
  );
  const said = toLine(quiet, 44_100);
  assertAlmostEquals(said.length, 8000, 40);
  assertAlmostEquals(toneDbfs(said, 440), -6, 0.3);
  assertEquals(toLine(new Float32Array(1000), 48_000).some((sample) => sample !== 0), false);
});
