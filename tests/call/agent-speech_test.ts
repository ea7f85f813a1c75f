import { assertEquals } from "@std/assert";
import { AgentSpeech } from "../../lib/call/agent-speech.ts";
import type { CallEvent } from "../../lib/call/events.ts";
import { Playback } from "../../lib/call/playback.ts";
import { VirtualClock } from "../support/clock.ts";

/** Speech that goes to a line with a latency of 100 ms, and what is told of it: when the ear begins and ceases to hear. */
function bench() {
  const clock = new VirtualClock(1_000);
  const playback = new Playback(clock, 100);
  const heard: [string, number][] = [];
  const speech = new AgentSpeech({
    clock,
    playback,
    latencyMs: 100,
    tell(event: CallEvent) {
      if (event.type === "agent_speaking") heard.push(["from", clock.now() + event.inMs]);
      if (event.type === "agent_silent") heard.push(["to", clock.now() - event.agoMs]);
    },
  });
  playback.generated("r", "i", 0, 60_000);
  /** So many frames of 20 ms at once. */
  const send = (frames: number) => {
    for (let frame = 0; frame < frames; frame++) speech.frame(playback.sent("i", 20, 20));
  };
  return { clock, playback, speech, heard, send };
}

Deno.test("agent speech: what comes faster than it is spoken is heard in one stretch, at its own pace", () => {
  const { clock, heard, send } = bench();
  send(50);
  clock.advance(300);
  send(50);
  clock.advance(10_000);
  assertEquals(heard, [["from", 1_100], ["to", 3_100]]);
  assertEquals(clock.pending, 0);
});

Deno.test("agent speech: a gap within what is said is no end of it, a longer one is", () => {
  const { clock, heard, send } = bench();
  send(10);
  clock.advance(450);
  send(10);
  clock.advance(1_000);
  send(10);
  clock.advance(2_000);
  assertEquals(heard, [["from", 1_100], ["to", 1_750], ["from", 2_550], ["to", 2_750]]);
});

Deno.test("agent speech: who is cut off is silent at once, also before the ear has heard anything", () => {
  const { clock, playback, speech, heard, send } = bench();
  send(50);
  clock.advance(400);
  speech.cut();
  playback.interrupt();
  send(50);
  speech.cut();
  playback.interrupt();
  clock.advance(5_000);
  assertEquals(heard, [["from", 1_100], ["to", 1_400], ["from", 1_500], ["to", 1_400]]);
  assertEquals(clock.pending, 0);
});

Deno.test("agent speech: a session that is gone leaves no timer, and what the phone holds is heard to its end", () => {
  const { clock, speech, heard, send } = bench();
  send(50);
  clock.advance(200);
  speech.stop();
  assertEquals(heard, [["from", 1_100], ["to", 2_100]]);
  assertEquals(clock.pending, 0);
  speech.stop();
  assertEquals(heard.length, 2);
});

Deno.test("agent speech: at the end of a call what was dropped is not heard any more", () => {
  const { clock, playback, speech, heard, send } = bench();
  send(50);
  clock.advance(200);
  playback.interrupt();
  speech.stop();
  assertEquals(heard, [["from", 1_100], ["to", 1_200]]);
});
