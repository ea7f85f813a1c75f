import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Playback } from "../../lib/call/playback.ts";
import { LinePresence } from "../../lib/line/presence.ts";
import { KEPT_FRAMES } from "../../lib/line/switch.ts";
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

/** A ledger whose line can go away. */
function away(latencyMs = LATENCY_MS) {
  const clock = new VirtualClock(1000);
  const presence = new LinePresence(clock);
  const playback = new Playback(clock, latencyMs, presence);
  const speak = (itemId: string, ms: number, into = playback) => {
    into.generated("resp", itemId, 0, ms);
    for (let left = ms; left > 0; left -= 20) into.sent(itemId, Math.min(20, left), 20);
  };
  return { clock, presence, playback, speak };
}

Deno.test("playback over a gap: what the phone holds is heard, what is said meanwhile is not until there is a line", () => {
  const { clock, presence, playback, speak } = away();
  speak("a", 400);
  clock.advance(LATENCY_MS + 100);
  presence.leave();
  speak("a", 600);
  clock.advance(2000);
  assertEquals(playback.item("a")?.heardMs, 400);
  assertEquals(playback.item("a")?.sentMs, 1000);
  // Not a moment of it is counted as heard, however often it is asked for.
  assertEquals(playback.unheardMs(), 600 + LATENCY_MS);
  clock.advance(5000);
  assertEquals(playback.unheardMs(), 600 + LATENCY_MS);
  presence.come();
  clock.advance(LATENCY_MS + 250);
  assertEquals(playback.item("a")?.heardMs, 650);
  assertEquals(playback.unheardMs(), 350);
  clock.advance(350);
  assertEquals([playback.item("a")?.heardMs, playback.unheardMs()], [1000, 0]);
});

Deno.test("playback over a gap: a phone that still plays plays on, without a pause, what comes in time", () => {
  const { clock, presence, playback, speak } = away(0);
  speak("a", 1000);
  presence.leave();
  clock.advance(500);
  speak("b", 300);
  assertEquals(playback.unheardMs(), 800);
  clock.advance(200);
  assertEquals(playback.unheardMs(), 600);
  presence.come();
  clock.advance(400);
  assertEquals([playback.item("a")?.heardMs, playback.item("b")?.heardMs], [1000, 100]);
});

Deno.test("playback over a gap: it plays from the return on, even if nobody asked at that moment", () => {
  const { clock, presence, playback, speak } = away(0);
  presence.leave();
  speak("a", 200);
  clock.advance(1000);
  presence.come();
  clock.advance(150);
  presence.leave();
  clock.advance(1000);
  speak("b", 100);
  clock.advance(1000);
  assertEquals([playback.item("a")?.heardMs, playback.item("b")?.heardMs], [200, 0]);
  presence.come();
  clock.advance(30);
  assertEquals(playback.item("b")?.heardMs, 30);
});

Deno.test("playback over a gap: an interruption cuts what was kept, and nothing of it is heard later", () => {
  const { clock, presence, playback, speak } = away(0);
  speak("a", 400);
  clock.advance(100);
  presence.leave();
  speak("b", 400);
  clock.advance(50);
  const cuts = playback.interrupt();
  assertEquals(cuts.map(({ itemId, heardMs }) => [itemId, heardMs]), [["a", 150], ["b", 0]]);
  assertEquals(playback.unheardMs(), 0);
  speak("c", 100);
  assertEquals(playback.unheardMs(), 100);
  presence.come();
  clock.advance(1000);
  assertEquals(playback.item("b")?.heardMs, 0);
  assertEquals(playback.item("c")?.heardMs, 100);
});

Deno.test("playback over a gap: sounds of our own behind the words are told apart from them", () => {
  const { clock, presence, playback, speak } = away(0);
  presence.leave();
  speak("a", 100);
  for (let frame = 0; frame < 5; frame++) playback.sent("", 0, 20);
  clock.advance(300);
  assertEquals([playback.unheardMs(), playback.unheardWordsMs()], [200, 100]);
  presence.come();
  clock.advance(60);
  assertEquals([playback.unheardMs(), playback.unheardWordsMs()], [140, 40]);
});

Deno.test("playback over a gap: the ledger of the next session knows what is still kept", () => {
  const { clock, presence, playback, speak } = away(0);
  presence.leave();
  speak("a", 200);
  const next = new Playback(clock, 0, presence);
  next.follow(playback);
  assertEquals([next.unheardMs(), next.unheardWordsMs()], [200, 200]);
  speak("b", 100, next);
  clock.advance(500);
  presence.come();
  clock.advance(250);
  assertEquals([next.item("b")?.heardMs, next.unheardMs()], [50, 50]);
  // Both know of it, and it is heard once.
  assertEquals(playback.item("a")?.heardMs, 200);
});

Deno.test("playback over a gap: the line tells when what it sent at its return begins to play", () => {
  const { clock, presence, playback, speak } = away(0);
  speak("a", 1000);
  presence.leave();
  speak("a", 200);
  clock.advance(1500);
  presence.come();
  assertEquals(playback.endMs - 200, 2500);
});

Deno.test("playback over a gap: beyond what the line keeps the oldest is lost, and does not count as unheard for ever", () => {
  const { clock, presence, playback, speak } = away(0);
  presence.leave();
  speak("a", KEPT_FRAMES * 20 + 1000);
  assertEquals(playback.unheardMs(), KEPT_FRAMES * 20);
  assertEquals(playback.item("a")?.heardMs, 1000);
  presence.come();
  clock.advance(KEPT_FRAMES * 20);
  assertEquals(playback.interrupt(), []);
});
