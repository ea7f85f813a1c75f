import { assert, assertAlmostEquals, assertEquals, assertGreater, assertLess } from "@std/assert";
import { clockOffset } from "../../bench/load/clock.ts";
import { EventLog, readLog } from "../../bench/load/log.ts";
import { createScript, greeting, PERIOD_MS, sessionIn, TURN_MS } from "../../bench/load/script.ts";
import { clientFrame, FrameReader, joined, OPCODES, serverFrame } from "../../bench/load/wire.ts";

/** The texts of a stream that comes in parts of some bytes. */
function textsIn(bytes: Uint8Array, partBytes: number): string[] {
  const reader = new FrameReader(), texts: string[] = [];
  for (let at = 0; at < bytes.length; at += partBytes) {
    const part = bytes.subarray(at, at + partBytes);
    for (let from = 0; from < part.length;) {
      const room = reader.room;
      const count = Math.min(room.length, part.length - from);
      room.set(part.subarray(from, from + count));
      from += count;
      reader.take(count, (frame) => {
        assertEquals(frame.opcode, OPCODES.text);
        texts.push(frame.text());
      });
    }
  }
  return texts;
}

Deno.test("frames of all lengths, masked or not, come out of a stream that is cut anywhere", () => {
  const texts = [0, 1, 125, 126, 65_535, 65_536, 40_000].map((length) => "x".repeat(length));
  for (const make of [serverFrame, clientFrame]) {
    const bytes = joined(texts.map(make));
    for (const partBytes of [1, 7, 4096, bytes.length]) assertEquals(textsIn(bytes, partBytes), texts);
  }
});

Deno.test("a frame's first bytes can be looked at without unmasking it", () => {
  const reader = new FrameReader();
  const bytes = clientFrame('{"type":"audio"}');
  reader.room.set(bytes);
  let seen = 0;
  reader.take(bytes.length, (frame) => {
    seen++;
    assert(frame.startsWith(new TextEncoder().encode('{"type":"au')));
    assert(!frame.startsWith(new TextEncoder().encode('{"type":"in')));
    assert(!frame.startsWith(new TextEncoder().encode('{"type":"audio"} and more')));
  });
  assertEquals(seen, 1);
});

Deno.test("clocks that can agree are taken to agree, and others are corrected by as little as explains the readings", () => {
  const reading = (beforeMs: number, toldMs: number, afterMs: number) => ({ beforeMs, toldMs, afterMs });
  assertEquals(clockOffset([reading(0, 0.2, 1), reading(5, 5.05, 5.1)]).offsetMs, 0);
  const { offsetMs, withinMs } = clockOffset([reading(0, 3, 1), reading(5, 7.55, 5.1)]);
  assertAlmostEquals(offsetMs, 2.45, 1e-9);
  assertAlmostEquals(withinMs, 0.1, 1e-9);
  assertAlmostEquals(clockOffset([reading(10, 8, 10.5)]).offsetMs, -2, 1e-9);
});

Deno.test("a log longer than its chunks is read as it was written", async () => {
  const log = new EventLog();
  const entries = Array.from({ length: 70_000 }, (_, at) => ({
    kind: at % 7 as 0,
    index: at % 601,
    value: at / 8,
    timeMs: 1.7e12 + at * 0.01,
  }));
  for (const { kind, index, value, timeMs } of entries) log.add(kind, index, value, timeMs);
  const path = await Deno.makeTempFile();
  try {
    await log.save(path);
    let at = 0;
    for (const entry of (await readLog(path)).entries()) assertEquals(entry, entries[at++]!);
    assertEquals(at, entries.length);
  } finally {
    await Deno.remove(path);
  }
});

const AUDIO = (_: number, lengthMs: number) => "A".repeat(lengthMs * 4);
const typesIn = (bytes: Uint8Array) =>
  textsIn(bytes, bytes.length).map((text) => JSON.parse(text).type as string);

Deno.test("the script's audio flows for about half of the time, ahead of its playing, and one answer of two is broken off", () => {
  const steps = createScript(AUDIO, 2);
  const deltas = steps.filter(({ kind }) => kind === "delta");
  for (const fromMs of [0, TURN_MS]) {
    const own = deltas.filter(({ atMs }) => Math.floor(atMs / TURN_MS) * TURN_MS === fromMs);
    const [first] = own;
    assertEquals(first!.startMs, 0);
    for (const { atMs, startMs } of own) assert(atMs - first!.atMs <= startMs);
  }
  const texts = deltas.flatMap(({ bytes }) => textsIn(bytes[0]!, 1e6).map((text) => JSON.parse(text)));
  const audioMs = texts.reduce(
    (sum, { delta, type }) => sum + (type === "response.output_audio.delta" ? delta.length / 4 : 0),
    0,
  );
  assertGreater(audioMs, PERIOD_MS * 0.45);
  assertLess(audioMs, PERIOD_MS * 0.55);
  const breaking = steps.filter(({ breaksOff }) => breaksOff);
  assertEquals(breaking.map(({ atMs }) => atMs), [0]);
  assertEquals(typesIn(breaking[0]!.bytes[1]!), ["input_audio_buffer.speech_started", "response.done"]);
});

Deno.test("every answer of the script has ids of its own, and its cancelling names it", () => {
  const steps = createScript(AUDIO, 3);
  const idsOf = (period: number) =>
    new Set(
      steps.filter(({ kind }) => kind === "delta").map(({ bytes }) =>
        JSON.parse(textsIn(bytes[period]!, 1e6)[1]!).response_id as string
      ),
    );
  const all = [0, 1, 2].map(idsOf);
  assertEquals(all.map(({ size }) => size), [2, 2, 2]);
  assertEquals(new Set(all.flatMap((ids) => [...ids])).size, 6);
  const cancelled = JSON.parse(textsIn(steps.find(({ breaksOff }) => breaksOff)!.bytes[2]!, 1e6)[1]!);
  assert(all[1]!.has(cancelled.response.id));
});

Deno.test("the greeting tells the session and answers with the metadata that it was asked with", () => {
  const events = textsIn(greeting(AUDIO, 17, { parley_request: "r1" }), 1e6).map((text) => JSON.parse(text));
  const done = events.find(({ type }) => type === "response.output_audio_transcript.done");
  assertEquals(sessionIn(done.transcript), 17);
  assertEquals(sessionIn("We are open from nine to five."), undefined);
  for (const type of ["response.created", "response.done"]) {
    assertEquals(events.find((each) => each.type === type).response.metadata, { parley_request: "r1" });
  }
});
