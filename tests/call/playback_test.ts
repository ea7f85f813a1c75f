import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Playback } from "../../lib/call/playback.ts";
import { VirtualClock } from "../support/clock.ts";

const LATENCY_MS = 60;

function ledger(latencyMs = LATENCY_MS) {
  const clock = new VirtualClock(1000);
  const playback = new Playback(clock, latencyMs);
  /** The model delivers `ms` of audio and all of it goes to the line at once, in frames of 20 ms. */
  const speak = (itemId: string, ms: number, responseId = "resp") => {
    playback.generated(responseId, itemId, 0, ms);
    for (let left = ms; left > 0; left -= 20) playback.sent(itemId, Math.min(20, left), 20);
  };
  return { clock, playback, speak };
}

Deno.test("playback counts as heard what the ear got, not what was sent", () => {
  const { clock, playback, speak } = ledger();
  speak("a", 1000);
  assertEquals(playback.item("a")?.heardMs, 0);
  clock.advance(LATENCY_MS);
  assertEquals(playback.item("a")?.heardMs, 0);
  clock.advance(500);
  assertEquals(playback.item("a")?.heardMs, 500);
  assertEquals(playback.unheardMs(), 500);
  clock.advance(10_000);
  assertEquals(playback.item("a")?.heardMs, 1000);
  assertEquals(playback.unheardMs(), 0);
});

Deno.test("playback does not count a pause between two deltas as heard audio", () => {
  const { clock, playback, speak } = ledger();
  speak("a", 100);
  clock.advance(1000);
  speak("a", 100);
  clock.advance(LATENCY_MS + 40);
  assertEquals(playback.item("a")?.heardMs, 140);
});

Deno.test("playback lets a burst play one frame after the other", () => {
  const { clock, playback, speak } = ledger();
  for (let delta = 0; delta < 10; delta++) speak("a", 200);
  clock.advance(LATENCY_MS + 1234);
  assertEquals(playback.item("a")?.heardMs, 1234);
});

Deno.test("playback truncates to what was heard, in whole milliseconds", () => {
  const { clock, playback, speak } = ledger();
  speak("a", 1000);
  clock.advance(LATENCY_MS + 333.7);
  const [cut, ...others] = playback.interrupt();
  assertEquals(cut, { responseId: "resp", itemId: "a", contentIndex: 0, heardMs: 333, generatedMs: 1000 });
  assertEquals(others, []);
  assertEquals(playback.unheardMs(), 0);
});

Deno.test("playback truncates to what was heard, never past the item", () => {
  const { clock, playback } = ledger();
  playback.generated("resp", "a", 0, 90);
  for (let frame = 0; frame < 5; frame++) playback.sent("a", 20, 20);
  clock.advance(10_000);
  assertEquals(playback.item("a")?.sentMs, 90);
  assertEquals(playback.item("a")?.heardMs, 90);
  assertEquals(playback.interrupt(), []);
});

Deno.test("playback cuts nothing when all was heard", () => {
  const { clock, playback, speak } = ledger();
  speak("a", 400);
  clock.advance(LATENCY_MS + 400);
  assertEquals(playback.interrupt(), []);
});

Deno.test("playback starts an item's clock at its own first frame, behind the item before it", () => {
  const { clock, playback, speak } = ledger();
  speak("a", 400);
  speak("b", 400);
  clock.advance(LATENCY_MS + 500);
  const cuts = playback.interrupt();
  assertEquals(cuts.map(({ itemId, heardMs }) => [itemId, heardMs]), [["b", 100]]);
  assertEquals(playback.item("a")?.interruptedAtMs, undefined);
});

Deno.test("playback cuts a queued second item to nothing", () => {
  const { clock, playback, speak } = ledger();
  speak("a", 400);
  speak("b", 400);
  clock.advance(LATENCY_MS + 150);
  const cuts = playback.interrupt();
  assertEquals(cuts.map(({ itemId, heardMs }) => [itemId, heardMs]), [["a", 150], ["b", 0]]);
});

Deno.test("playback counts an answer shorter than a frame without its padding", () => {
  const { clock, playback, speak } = ledger();
  speak("a", 7);
  clock.advance(LATENCY_MS + 20);
  assertEquals(playback.item("a")?.heardMs, 7);
  assertEquals(playback.unheardMs(), 0);
});

Deno.test("playback freezes an interrupted item: nothing is heard of it any more", () => {
  const { clock, playback, speak } = ledger();
  speak("a", 1000);
  clock.advance(LATENCY_MS + 200);
  playback.interrupt();
  clock.advance(5000);
  assertEquals(playback.item("a")?.heardMs, 200);
  assertEquals(playback.item("a")?.interruptedAtMs, 200);
  assertEquals(playback.interrupt(), []);
});

Deno.test("playback starts the next answer at once after an interruption", () => {
  const { clock, playback, speak } = ledger();
  speak("a", 60_000);
  clock.advance(1000);
  playback.interrupt();
  clock.advance(500);
  speak("b", 300);
  clock.advance(LATENCY_MS + 100);
  assertEquals(playback.item("b")?.heardMs, 100);
});

Deno.test("playback tells an interruption while nothing plays that nothing is to be cut", () => {
  const { playback } = ledger();
  assertEquals(playback.unheardMs(), 0);
  assertEquals(playback.interrupt(), []);
});

Deno.test("playback keeps fractions of a millisecond over a long answer", () => {
  const { clock, playback } = ledger(0);
  for (let frame = 0; frame < 3000; frame++) {
    playback.generated("resp", "a", 0, 20);
    playback.sent("a", 20, 20);
    clock.advance(20);
  }
  assertAlmostEquals(playback.item("a")!.heardMs, 60_000, 0.001);
});

Deno.test("playback stays small over thousands of items", () => {
  const { clock, playback, speak } = ledger();
  for (let turn = 0; turn < 3000; turn++) {
    speak(`item${turn}`, 100);
    clock.advance(1000);
  }
  assertEquals(playback.items().length <= 16, true);
});
