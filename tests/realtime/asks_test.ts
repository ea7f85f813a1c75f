import { assertEquals } from "@std/assert";
import type { RealtimeClientEvent } from "openai/resources/realtime/realtime";
import { Asks } from "../../lib/realtime/asks.ts";
import { VirtualClock } from "../support/clock.ts";

function bench() {
  const clock = new VirtualClock();
  const sent: (string | undefined)[] = [];
  const asks = new Asks(clock, ({ event_id }) => sent.push(event_id));
  /** Whether it may be sent now. */
  const ask = (id: string, more: Record<string, unknown> = {}) =>
    asks.sent(
      {
        type: "response.create",
        event_id: id,
        response: { metadata: { key: id }, ...more },
      } as RealtimeClientEvent,
    );
  const detect = (turn_detection: unknown) =>
    asks.sent({
      type: "session.update",
      session: { type: "realtime", audio: { input: { turn_detection } } },
    } as RealtimeClientEvent);
  const refused = (eventId: string | undefined, code = "x") =>
    asks.refused({ type: "", code, message: "", param: undefined, eventId });
  return { clock, asks, sent, ask, detect, refused };
}

Deno.test("asks: metadata that comes back tells which request is answered, in whatever order", () => {
  const { asks, ask } = bench();
  ask("a");
  ask("b");
  assertEquals(asks.answered({ key: "b", more: "x" })?.eventId, "b");
  assertEquals(asks.answered({ key: "c" }), undefined);
  assertEquals(asks.answered({ key: "a" })?.eventId, "a");
  assertEquals(asks.answered({ key: "a" }), undefined);
});

Deno.test("asks: from a server that gives metadata back a response without any is none of ours", () => {
  const { asks, ask } = bench();
  ask("a");
  asks.answered({ key: "a" });
  ask("b");
  assertEquals(asks.answered({}), undefined);
  assertEquals(asks.answered({ key: "b" })?.eventId, "b");
});

Deno.test("asks: where none comes back the oldest request is answered, but a turn of the caller first", () => {
  const { asks, ask } = bench();
  ask("a");
  ask("b");
  asks.turnOver();
  assertEquals([asks.answered({}), asks.answered({})?.eventId, asks.answered({})?.eventId], [
    undefined,
    "a",
    "b",
  ]);
});

Deno.test("asks: where turns are not answered by the server itself, its response is to our request", () => {
  for (const detection of [null, { type: "server_vad", create_response: false }]) {
    const { asks, ask, detect } = bench();
    detect(detection);
    asks.turnOver();
    assertEquals(ask("a"), true);
    assertEquals(asks.answered({})?.eventId, "a");
  }
});

Deno.test("asks: while the server owes an answer to a turn no other is asked for, which would be a second one", async () => {
  const { clock, asks, sent, ask } = bench();
  asks.turnOver();
  assertEquals(ask("a"), false);
  await clock.run(4000);
  assertEquals([asks.answered({})?.eventId, sent, clock.pending], ["a", [], 0]);
});

Deno.test("asks: an answer that the server owes and does not give is asked for in the end", async () => {
  const { clock, asks, sent, ask } = bench();
  asks.turnOver();
  ask("a");
  await clock.run(8000);
  assertEquals(sent, ["a"]);
  assertEquals(asks.answered({})?.eventId, "a");
});

Deno.test("asks: a request that waited goes out when the response that came is somebody else's", () => {
  const { asks, sent, ask } = bench();
  asks.turnOver();
  ask("a");
  assertEquals(asks.answered({ theirs: "x" }), undefined);
  assertEquals(sent, ["a"]);
});

Deno.test("asks: what is asked beside the conversation never waits for a turn's answer", () => {
  const { asks, ask } = bench();
  asks.turnOver();
  assertEquals(ask("a", { conversation: "none" }), true);
  assertEquals(asks.answered({}), undefined);
  assertEquals(
    asks.answered({}),
    { eventId: "a", metadata: { key: "a" }, isOutOfBand: true, atMs: 0 } as unknown,
  );
});

Deno.test("asks: a request that is refused, or so old that it was lost, is answered by nothing", async () => {
  const { clock, asks, ask, refused } = bench();
  ask("a");
  ask("b");
  assertEquals([refused("a"), refused(undefined), refused("z")], [true, false, false]);
  assertEquals(refused(undefined, "conversation_already_has_active_response"), true);
  assertEquals(asks.answered({}), undefined);
  ask("c");
  await clock.run(10_000);
  assertEquals(asks.answered({}), undefined);
});

Deno.test("asks: at the end no timer is left", () => {
  const { clock, asks, ask } = bench();
  asks.turnOver();
  ask("a");
  asks.stop();
  assertEquals(clock.pending, 0);
});
