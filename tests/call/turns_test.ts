import { assertEquals } from "@std/assert";
import { Playback } from "../../lib/call/playback.ts";
import { Responses } from "../../lib/call/responses.ts";
import { Turns } from "../../lib/call/turns.ts";
import { silentLog } from "../../lib/log.ts";
import { VirtualClock } from "../support/clock.ts";

function floor() {
  const clock = new VirtualClock();
  const acts: unknown[] = [];
  const playback = new Playback(clock, 60);
  const responses = new Responses(clock, () => {}, silentLog);
  const turns = new Turns({
    playback,
    responses,
    interruption: () => acts.push("interruption"),
    discard: () => acts.push("discard"),
    send: ({ type, ...event }) => {
      acts.push([type, "audio_end_ms" in event ? event.audio_end_ms : undefined]);
    },
    onCut: ({ itemId, heardMs }) => acts.push(["cut", itemId, heardMs]),
  });
  const speak = (itemId: string, ms: number) => {
    playback.generated("resp", itemId, 0, ms);
    for (let left = ms; left > 0; left -= 20) playback.sent(itemId, Math.min(20, left), 20);
  };
  return { clock, acts, playback, responses, turns, speak };
}

Deno.test("turns: the caller speaking into an answer stops it and truncates it to what was heard", () => {
  const { clock, acts, responses, turns, speak } = floor();
  responses.created("resp", {});
  speak("a", 2000);
  clock.advance(60 + 700);
  turns.interrupt();
  assertEquals(acts, ["interruption", "discard", ["conversation.item.truncate", 700], ["cut", "a", 700]]);
  assertEquals(responses.isDropped("resp"), true);
});

Deno.test("turns: no interruption reaches the line when nothing plays", () => {
  const { clock, acts, turns, speak } = floor();
  turns.interrupt();
  assertEquals(acts, ["discard"]);
  speak("a", 100);
  clock.advance(60 + 100);
  turns.interrupt();
  assertEquals(acts, ["discard", "discard"]);
});

Deno.test("turns: an answer of which nothing was heard is deleted, not truncated to 0", () => {
  const { clock, acts, turns, speak } = floor();
  speak("a", 1000);
  speak("b", 1000);
  clock.advance(30);
  turns.interrupt();
  assertEquals(acts.slice(2), [
    ["conversation.item.delete", undefined],
    ["cut", "a", 0],
    ["conversation.item.delete", undefined],
    ["cut", "b", 0],
  ]);
});

Deno.test("turns: an answer that was being generated but not yet audible is dropped as well", () => {
  const { acts, responses, turns } = floor();
  responses.created("resp", {});
  turns.interrupt();
  assertEquals(acts, ["discard"]);
  assertEquals(responses.isDropped("resp"), true);
});

Deno.test("turns: a second interruption cuts nothing twice", () => {
  const { clock, acts, turns, speak } = floor();
  speak("a", 1000);
  clock.advance(500);
  turns.interrupt();
  acts.length = 0;
  turns.interrupt();
  assertEquals(acts, ["discard"]);
});
