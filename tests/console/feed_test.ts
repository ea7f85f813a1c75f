import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { CallEvent } from "../../lib/call/events.ts";
import { createFeed, type FeedMessage } from "../../lib/console/feed.ts";
import { VirtualClock } from "../support/clock.ts";

function feedOf() {
  const clock = new VirtualClock(500);
  const sent: FeedMessage[] = [];
  const socket = {
    readyState: 1,
    bufferedAmount: 0,
    send(data: unknown) {
      sent.push(JSON.parse(String(data)));
    },
  };
  return { clock, sent, socket, ...createFeed(socket, clock) };
}

const APPEND = JSON.stringify({ type: "input_audio_buffer.append", audio: new Uint8Array(960).toBase64() });
const delta = (bytes: number) =>
  JSON.stringify({
    type: "response.output_audio.delta",
    item_id: "i",
    delta: new Uint8Array(bytes).toBase64(),
  });

Deno.test("feed: events of both sockets and of the call come with time, source and direction", () => {
  const { clock, sent, watch, tap } = feedOf();
  clock.advance(40);
  watch({ type: "digit", digit: "5" });
  tap("client", JSON.stringify({ type: "response.create" }));
  clock.advance(20);
  tap("server", JSON.stringify({ type: "response.created", response: { id: "r" } }));
  assertEquals(sent, [
    { type: "event", atMs: 40, source: "call", direction: "out", event: { type: "digit", digit: "5" } },
    { type: "event", atMs: 40, source: "model", direction: "out", event: { type: "response.create" } },
    {
      type: "event",
      atMs: 60,
      source: "model",
      direction: "in",
      event: { type: "response.created", response: { id: "r" } },
    },
  ]);
});

Deno.test("feed: audio is told by its length, once a second, and before whatever comes after it", () => {
  const { clock, sent, tap } = feedOf();
  for (let frame = 0; frame < 120; frame++) {
    tap("client", APPEND);
    clock.advance(20);
  }
  assertEquals(sent.map(({ atMs, count }) => [atMs, count]), [[0, 51], [1020, 51]]);
  assertEquals(sent[0]!.event, { type: "input_audio_buffer.append", audio: `(${51 * 960} bytes)` });
  tap("server", delta(4800));
  tap("server", delta(4800));
  assertEquals(sent.length, 2);
  tap("server", JSON.stringify({ type: "response.done" }));
  assertEquals(sent.slice(2).map(({ count, event }) => [count, event]), [
    [18, { type: "input_audio_buffer.append", audio: `(${18 * 960} bytes)` }],
    [2, { type: "response.output_audio.delta", delta: "(9600 bytes)" }],
    [undefined, { type: "response.done" }],
  ]);
});

Deno.test("feed: no audio, no token of an MCP server and no endless text gets through, however deep it is", () => {
  const { sent, tap } = feedOf();
  const secret = "mcp-secret-token";
  tap(
    "client",
    JSON.stringify({
      type: "session.update",
      session: { instructions: "x".repeat(60_000), tools: [{ type: "mcp", authorization: secret }] },
    }),
  );
  tap(
    "client",
    JSON.stringify({
      type: "conversation.item.create",
      item: { content: [{ type: "input_audio", audio: new Uint8Array(3000).toBase64() }] },
    }),
  );
  tap("server", JSON.stringify({ type: "session.updated", session: { tools: [{ authorization: secret }] } }));
  tap("server", JSON.stringify({ type: "response.output_audio_transcript.delta", delta: "Good morning" }));
  const text = JSON.stringify(sent);
  assert(!text.includes(secret));
  assert(text.length < 6000, `${text.length} characters`);
  assert(
    text.includes("(3000 bytes)") && text.includes("(60000 characters)") && text.includes("Good morning"),
    text,
  );
});

Deno.test("feed: what a page does not read in time is dropped and counted, and the call's audio goes first", () => {
  const { sent, socket, watch } = feedOf();
  socket.bufferedAmount = 256 * 1024 + 1;
  for (let count = 0; count < 1000; count++) watch({ type: "caller_speaking" });
  assertEquals(sent.length, 0);
  socket.bufferedAmount = 0;
  watch({ type: "caller_silent" });
  watch({ type: "caller_speaking" });
  assertEquals(sent.map(({ dropped }) => dropped), [1000, undefined]);
});

Deno.test("feed: neither rubbish on the wire nor a socket that is gone throws into the call", () => {
  const { sent, socket, watch, tap } = feedOf();
  tap("server", "rubbish");
  tap("server", "null");
  tap("server", "7");
  tap("server", '{"type":"response.output_audio.delta","delta":7}');
  tap("client", '{"type":"input_audio_buffer.append"');
  const before = sent.length;
  socket.readyState = 3;
  watch({ type: "rotated" });
  assertEquals(sent.length, before);
  socket.readyState = 1;
  socket.send = () => {
    throw new Error("closed meanwhile");
  };
  watch({ type: "rotated" });
});

Deno.test("feed: a response is told with what it cost, where the model's prices are known", () => {
  const { sent, watch } = feedOf();
  const usage = {
    inputTokens: 1000,
    inputTextTokens: 0,
    inputAudioTokens: 1000,
    cachedTokens: 0,
    cachedTextTokens: 0,
    cachedAudioTokens: 0,
    outputTokens: 0,
    outputTextTokens: 0,
    outputAudioTokens: 0,
  };
  const response = (model: string) =>
    ({ type: "response", responseId: "r", status: "completed", usage, model }) as CallEvent;
  watch(response("gpt-realtime-2.1"));
  watch(response("unheard-of"));
  watch({
    type: "transcription",
    itemId: "i",
    outcome: "completed",
    usage: { by: "duration", seconds: 60 },
    model: "gpt-transcribe",
  });
  const [known, unknown, transcription] = sent.map(({ event }) => event as { costUsd?: number });
  assertAlmostEquals(known!.costUsd!, 0.032, 1e-9);
  assertEquals(unknown!.costUsd, undefined);
  assertAlmostEquals(transcription!.costUsd!, 0.0045, 1e-9);
});
