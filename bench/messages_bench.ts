/**
 * What one message costs on its way in and out of either wire. The baseline of a group is the plain way: a tree of
 * objects by JSON.parse and JSON.stringify, bytes by Buffer; `deno task bench:micro bench/messages_bench.ts`.
 */
import { Buffer } from "node:buffer";
import type { Clock } from "../lib/clock.ts";
import { type LineSocket, openAvrLine } from "../lib/line/avr.ts";
import { LINE_LIMITS } from "../lib/line/limits.ts";
import { silentLog } from "../lib/log.ts";
import { dialModel, type ModelSocket } from "../lib/realtime/connection.ts";
import { parseServerEvent } from "../lib/realtime/events.ts";
import { answerDelta, speechStarted, turn } from "./load/events.ts";
import { Sound } from "./load/sound.ts";

const sound = await Sound.read();
const [frame = ""] = sound.callerFrames();
const frameText = JSON.stringify({ type: "audio", audio: frame });
const samples = new Int16Array(Uint8Array.fromBase64(frame).buffer);
const [, delta200] = answerDelta(turn("1", ""), "", sound.agentAudio("pcm")(0, 200));
const [, delta200mu] = answerDelta(turn("1", ""), "", sound.agentAudio("pcmu")(0, 200));
const speech = speechStarted(turn("1", ""));
const wide = new Uint8Array(960).fill(7);
/** Results go here, so that nothing is optimised away. */
const sink: { kept: unknown } = { kept: undefined };

/** Time passes and no timer ends: a line that is idle for hours would end. */
const clock: Clock = { now: () => performance.now(), after: () => () => {} };
const nothing = () => {};
/** What a socket sends goes nowhere. */
const quiet = {
  readyState: WebSocket.OPEN,
  bufferedAmount: 0,
  close: nothing,
  send: (text: string) => void (sink.kept = text),
  onmessage: null,
  onclose: null,
  onerror: null,
};

const lineSocket: LineSocket = { ...quiet };
const line = openAvrLine(
  lineSocket,
  { init: nothing, digit: nothing, closed: nothing, audio: (heard) => void (sink.kept = heard) },
  { clock, log: silentLog, limits: { ...LINE_LIMITS, messagesPerSecond: 1e12, bytesPerSecond: 1e15 } },
);
const lineReceives = lineSocket.onmessage as (event: { data: unknown }) => void;

const modelSocket: ModelSocket = { ...quiet, onopen: null };
const connection = dialModel({ url: "ws://127.0.0.1", apiKey: "x", connect: () => modelSocket }, "model", {
  clock,
  log: silentLog,
  events: { opened: nothing, event: nothing, ended: nothing },
});

Deno.bench("JSON.parse, Buffer", { group: "a caller's frame in", baseline: true }, () => {
  const bytes = Buffer.from(JSON.parse(frameText).audio, "base64");
  sink.kept = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
});
Deno.bench("openAvrLine", { group: "a caller's frame in" }, () => {
  lineReceives({ data: frameText });
});

Deno.bench("JSON.stringify, Buffer", { group: "an agent's frame out", baseline: true }, () => {
  const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  sink.kept = JSON.stringify({ type: "audio", audio: bytes.toString("base64") });
});
Deno.bench("line.audio", { group: "an agent's frame out" }, () => {
  line.audio(samples);
});

Deno.bench("JSON.stringify, Buffer", { group: "an append out", baseline: true }, () => {
  const bytes = Buffer.from(wide.buffer, wide.byteOffset, wide.byteLength);
  sink.kept = JSON.stringify({ type: "input_audio_buffer.append", audio: bytes.toString("base64") });
});
Deno.bench("connection.append", { group: "an append out" }, () => {
  connection.append(wide);
});

for (
  const [name, text] of [
    ["a delta of 200 ms in, pcm", delta200!],
    ["a delta of 200 ms in, pcmu", delta200mu!],
    ["speech_started in", speech],
  ] as const
) {
  Deno.bench("JSON.parse", { group: name, baseline: true }, () => {
    sink.kept = JSON.parse(text);
  });
  Deno.bench("parseServerEvent", { group: name }, () => {
    sink.kept = parseServerEvent(text);
  });
}
