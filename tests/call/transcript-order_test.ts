import { assertEquals } from "@std/assert";
import { TranscriptOrder } from "../../lib/call/transcript-order.ts";
import { VirtualClock } from "../support/clock.ts";

function transcripts() {
  const clock = new VirtualClock();
  const told: string[] = [];
  const order = new TranscriptOrder(clock, ({ role, text }) => told.push(`${role}: ${text}`));
  return { clock, told, order };
}

Deno.test("transcript order: the caller's words come before the answer to them, however late they are transcribed", () => {
  const { clock, told, order } = transcripts();
  order.expect("u1");
  order.agent("a1", "Hello");
  clock.advance(1000);
  assertEquals(told, []);
  order.user("u1", "Hi");
  assertEquals(told, ["user: Hi", "agent: Hello"]);
  assertEquals(clock.pending, 0);
});

Deno.test("transcript order: words that are not transcribed hold nothing up for long", () => {
  const { clock, told, order } = transcripts();
  order.expect("u1");
  order.agent("a1", "Hello");
  clock.advance(2000);
  assertEquals(told, ["agent: Hello"]);
  order.user("u1", "Hi");
  assertEquals(told, ["agent: Hello", "user: Hi"]);
});

Deno.test("transcript order: a failed transcription holds nothing up", () => {
  const { told, order } = transcripts();
  order.expect("u1");
  order.agent("a1", "Hello");
  order.forget("u1");
  assertEquals(told, ["agent: Hello"]);
});

Deno.test("transcript order: two turns transcribed in the wrong order are told in the right one", () => {
  const { told, order } = transcripts();
  order.expect("u1");
  order.expect("u2");
  order.user("u2", "second");
  order.agent("a2", "answer");
  order.user("u1", "first");
  assertEquals(told, ["user: first", "user: second", "agent: answer"]);
});

Deno.test("transcript order: the end of the call tells what waits and leaves no timer", () => {
  const { clock, told, order } = transcripts();
  order.expect("u1");
  order.agent("a1", "Goodbye");
  order.end();
  assertEquals(told, ["agent: Goodbye"]);
  assertEquals(clock.pending, 0);
});
