import { assert, assertAlmostEquals, assertEquals, assertGreater, assertLess } from "@std/assert";
import { loadClips } from "../../bench/barge-in/clips.ts";
import { atLevel, type Echo, randomFrom, throughLine } from "../../bench/barge-in/line.ts";
import { EchoDetector } from "../../lib/audio/echo.ts";
import { NoiseFloor, powerOf } from "../../lib/audio/noise.ts";
import { PlayedAudio, positionOf } from "../../lib/audio/played.ts";

const FRAME = 160;
const clips = loadClips();
const agent = clips.agent.subarray(0, 8000 * 6);

interface Frame {
  readonly atMs: number;
  readonly own: boolean;
  readonly power: number;
  readonly residualPower: number;
}

/** The detector's view of a line, frame by frame; agent audio is handed over `aheadMs` before it plays. */
function listen(
  incoming: Int16Array,
  detector = new EchoDetector(),
  { startMs = 0, aheadMs = 0 } = {},
): Frame[] {
  const noise = new NoiseFloor();
  const frames: Frame[] = [];
  let sent = 0;
  for (let at = 0; at + FRAME <= incoming.length; at += FRAME) {
    while (sent + FRAME <= agent.length && sent / 8 <= at / 8 + aheadMs) {
      detector.played(agent.subarray(sent, sent + FRAME), startMs + sent / 8);
      sent += FRAME;
    }
    const frame = incoming.subarray(at, at + FRAME);
    const power = powerOf(frame);
    const reading = detector.analyse(frame, power, startMs + (at + FRAME) / 8, noise.push(power));
    frames.push({ atMs: at / 8, own: reading.ownSpeech, power, residualPower: reading.residualPower });
  }
  return frames;
}

function line(
  echo: Echo | undefined,
  noiseDbfs: number,
  caller: Int16Array = new Int16Array(0),
  callerAtMs = 0,
) {
  const all = new Int16Array(agent.length);
  all.set(caller, callerAtMs * 8);
  return throughLine({ agent, caller: all, echo, noiseDbfs }, randomFrom(7));
}

const share = (frames: readonly Frame[], is: (frame: Frame) => boolean) =>
  frames.filter(is).length / frames.length;

Deno.test("echo is found at its delay and level, through G.711 on both legs and a dispersive path", () => {
  for (
    const echo of [{ delayMs: 30, lossDb: 6 }, { delayMs: 240, lossDb: 12 }, { delayMs: 580, lossDb: 20 }]
  ) {
    const detector = new EchoDetector();
    listen(line(echo, -55), detector);
    assertEquals(detector.state, "found");
    assertAlmostEquals(detector.found!.delayMs, echo.delayMs, 6);
    assertAlmostEquals(detector.found!.lossDb, echo.lossDb, 3);
  }
});

Deno.test("our own echo is not the caller's speech once the path is known", () => {
  const frames = listen(line({ delayMs: 180, lossDb: 10 }, -50)).filter((each) => each.atMs > 1500);
  const loud = frames.filter((each) => each.power > 1e-4);
  assertGreater(loud.length, 100);
  assertLess(share(loud, (each) => each.own), 0.1);
  const leftDb = 10 * Math.log10(
    loud.reduce((sum, each) => sum + each.residualPower, 0) / loud.reduce((sum, each) => sum + each.power, 0),
  );
  assertLess(leftDb, -10);
});

Deno.test("a caller who speaks over the echo is heard, in the agent's own voice too", () => {
  const speech = atLevel(clips.callers[0]!.subarray(1600, 1600 + 8000), -24);
  const frames = listen(line({ delayMs: 180, lossDb: 10 }, -50, speech, 3000));
  const during = frames.filter((each) => each.atMs >= 3000 && each.atMs < 4000 && each.power > 1e-3);
  assertGreater(during.length, 20);
  assertGreater(share(during, (each) => each.own), 0.6);
});

Deno.test("a line without echo: all speech is the caller's, and none is found", () => {
  const detector = new EchoDetector();
  const speech = atLevel(clips.callers[1]!.subarray(0, 16000), -26);
  const frames = listen(line(undefined, -60, speech, 2500), detector);
  assertEquals(detector.state, "none");
  assertEquals(detector.found, undefined);
  const during = frames.filter((each) => each.atMs >= 2500 && each.atMs < 4500 && each.power > 1e-4);
  assertGreater(share(during, (each) => each.own), 0.95);
});

Deno.test("noise alone is neither speech nor echo", () => {
  const frames = listen(line(undefined, -36)).filter((each) => each.atMs > 500);
  assertEquals(frames.filter((each) => each.own).length, 0);
});

Deno.test("the echo's delay moves in mid-answer: it is found again", () => {
  const before = line({ delayMs: 100, lossDb: 8 }, -55), after = line({ delayMs: 260, lossDb: 8 }, -55);
  const moved = before.slice();
  moved.set(after.subarray(8 * 2500), 8 * 2500);
  const detector = new EchoDetector();
  const frames = listen(moved, detector);
  assertAlmostEquals(detector.found!.delayMs, 260, 6);
  assertLess(share(frames.filter((each) => each.atMs > 4000), (each) => each.own), 0.1);
});

Deno.test("an answer queued seconds ahead of its playing is compared when it plays", () => {
  const detector = new EchoDetector();
  listen(line({ delayMs: 120, lossDb: 10 }, -55), detector, { startMs: 5_000_000.3, aheadMs: 6000 });
  assertAlmostEquals(detector.found!.delayMs, 120, 6);
});

Deno.test("audio that will not play, after an interruption, is forgotten", () => {
  const played = new PlayedAudio();
  const frame = new Int16Array(FRAME).fill(1000);
  for (let n = 0; n < 100; n++) played.write(frame, 20 * n, 0);
  played.truncate(positionOf(500));
  const into = new Float32Array(2 * FRAME);
  played.read(positionOf(480), 2 * FRAME, into, 0);
  assert(into[FRAME - 1]! > 0.02);
  assertEquals(into[FRAME]!, 0);
  assertEquals(played.has(positionOf(500), positionOf(2000)), false);
});

Deno.test("outbound history is bounded, and grows only with what is queued ahead", () => {
  const played = new PlayedAudio();
  const frame = new Int16Array(FRAME).fill(1000);
  for (let n = 0; n < 10_000; n++) played.write(frame, 20 * n, 20 * n);
  assertEquals(played.bytes, 2 ** 14);
  for (let n = 10_000; n < 30_000; n++) played.write(frame, 20 * n, 200_000);
  assertEquals(played.bytes, 2 ** 20);
  assertLess(played.end, positionOf(200_000) + 2 ** 20);
});
