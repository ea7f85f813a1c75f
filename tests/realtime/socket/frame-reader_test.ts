import { assert, assertEquals, assertLess } from "@std/assert";
import { FrameReader } from "../../../lib/realtime/socket/frame-reader.ts";
import { concat, readSlowly } from "../../support/frames.ts";
import { ascii, serverFrame } from "../../support/raw-model.ts";
import { CASES } from "../../support/protocol-cases.ts";

/** A reader, and what it tells in the words of `readSlowly`. */
function reading(maxMessageBytes?: number) {
  const told: string[] = [];
  const faults: string[] = [];
  const reader = new FrameReader({
    message: (data) => told.push(typeof data === "string" ? `text ${data}` : `binary ${data}`),
    ping: (payload) => told.push(`ping ${payload}`),
    pong: (payload) => told.push(`pong ${payload}`),
    close: (code, reason) => told.push(`close ${code} ${reason}`),
    fault: (code, message) => {
      told.push(`fault ${code}`);
      faults.push(message);
    },
  }, maxMessageBytes);
  return { reader, told, faults };
}

function readAll(...chunks: readonly Uint8Array[]): string[] {
  const { reader, told } = reading();
  chunks.forEach((chunk) => reader.push(chunk));
  return told;
}

for (const { name, stream, told } of CASES) {
  Deno.test(`reading ${name}, in one piece, byte by byte and cut anywhere`, () => {
    assertEquals(readAll(stream), told);
    assertEquals(readSlowly(stream, 16 * 2 ** 20), told);
    assertEquals(readAll(...Array.from(stream, (byte) => Uint8Array.of(byte))), told);
    if (stream.length > 1000) return;
    for (let cut = 1; cut < stream.length; cut++) {
      assertEquals(readAll(stream.subarray(0, cut), stream.subarray(cut)), told, `cut at ${cut}`);
    }
  });
}

Deno.test("a fault is told as soon as the bytes that show it are there, not with the end of the frame", () => {
  const early: [bytes: number[], told: string][] = [
    [[0xc1, 0x7f], "fault 1002"], // a reserved bit, a long frame
    [[0x83, 0x7e], "fault 1002"],
    [[0x81, 0xff], "fault 1002"],
    [[0x89, 0x7e], "fault 1002"],
    [[0x81, 127, 0, 0, 0, 0, 1, 0, 0, 1], "fault 1009"],
    [[0x81, 126, 0, 125], "fault 1002"],
    [[0x01, 2, 0xce, 0xff], "fault 1007"], // the first of several fragments
  ];
  for (const [bytes, told] of early) assertEquals(readAll(Uint8Array.from(bytes)), [told]);
});

Deno.test("nothing is told after a fault or a close frame", () => {
  const more = concat(serverFrame(1, "more"), serverFrame(9, ""), serverFrame(3, ""), serverFrame(8, ""));
  assertEquals(readAll(serverFrame(3, ""), more), ["fault 1002"]);
  assertEquals(readAll(concat(serverFrame(3, ""), more)), ["fault 1002"]);
  assertEquals(readAll(concat(serverFrame(8, ""), more), more), ["close 1005 "]);
});

Deno.test("a reader that is stopped by what it tells tells nothing more", () => {
  const told: string[] = [];
  const reader: FrameReader = new FrameReader({
    message(data) {
      told.push(String(data));
      reader.stop();
    },
    ping: () => told.push("ping"),
    pong: () => told.push("pong"),
    close: () => told.push("close"),
    fault: () => told.push("fault"),
  });
  reader.push(concat(serverFrame(1, "one"), serverFrame(1, "two"), serverFrame(0, "")));
  reader.push(serverFrame(8, ""));
  assertEquals(told, ["one"]);
});

Deno.test("the size of a message is bounded over all its fragments", () => {
  const limit = 1000;
  const { reader, told } = reading(limit);
  reader.push(concat(serverFrame(2, new Uint8Array(600), false), serverFrame(0, new Uint8Array(400))));
  assertEquals(told, [`binary ${new Uint8Array(1000)}`]);
  reader.push(serverFrame(2, new Uint8Array(1000), false));
  reader.push(serverFrame(9, new Uint8Array(100))); // no part of it
  reader.push(serverFrame(0, new Uint8Array(0), false));
  reader.push(serverFrame(0, new Uint8Array(1), false).subarray(0, 2));
  assertEquals(told.slice(1), [`ping ${new Uint8Array(100)}`, "fault 1009"]);
});

Deno.test("memory follows the bytes that came, not those that were announced, and is given back", () => {
  const { reader, told } = reading();
  reader.push(Uint8Array.of(0x82, 127, 0, 0, 0, 0, 0, 0x80, 0, 0)); // 8 MiB are announced
  assertLess(reader.room.buffer.byteLength, 10_000);
  let read = 10;
  for (const part of Array.from({ length: 8192 }, () => new Uint8Array(1024))) {
    assertLess(reader.room.buffer.byteLength, 2 * read + 10_000);
    reader.push(part);
    read += part.length;
  }
  assertEquals(told, [`binary ${new Uint8Array(2 ** 23)}`]);
  assertLess(reader.room.buffer.byteLength, 10_000);
});

Deno.test("one buffer serves all frames that fit, without room for less than a frame", () => {
  const { reader, told } = reading();
  const frame = serverFrame(1, "x".repeat(3000));
  const buffer = reader.room.buffer;
  for (let count = 0; count < 100; count++) {
    reader.push(frame.subarray(0, 1500));
    assert(reader.room.length >= 1500);
    reader.push(concat(frame.subarray(1500), frame.subarray(0, 10)));
    reader.push(frame.subarray(10));
    assertEquals(reader.room.buffer, buffer);
    assertEquals(reader.room.length, 4096);
  }
  assertEquals(told.length, 200);
});

Deno.test("a binary message is its receiver's: what comes later does not change it", () => {
  const kept: unknown[] = [];
  const ignore = () => {};
  const reader = new FrameReader({
    message: (data) => kept.push(data),
    ...{ ping: ignore, pong: ignore, close: ignore, fault: ignore },
  });
  reader.push(concat(serverFrame(2, Uint8Array.of(1, 2, 3)), serverFrame(2, Uint8Array.of(4, 5), false)));
  reader.push(serverFrame(0, Uint8Array.of(6)));
  reader.push(serverFrame(1, "x".repeat(4000)));
  assertEquals(kept.slice(0, 2), [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6)]);
});

Deno.test("a fault's words name what was wrong and nothing of what was sent", () => {
  const words: [stream: Uint8Array, word: string][] = [
    [serverFrame(3, "sk-secret"), "opcode 3"],
    [serverFrame(0, "sk-secret"), "opcode 0"],
    [Uint8Array.of(0x81, 0x81), "MASK"],
    [concat(serverFrame(1, "a", false), serverFrame(1, "sk-secret")), "within another message"],
    [serverFrame(8, Uint8Array.of(3, 0xed, ...ascii("sk-secret"))), "status code 1005"],
    [serverFrame(1, Uint8Array.of(...ascii("sk-secret"), 0xff)), "UTF-8"],
    [serverFrame(9, "sk-secret", false), "opcode 9"],
  ];
  for (const [stream, word] of words) {
    const { reader, faults } = reading();
    reader.push(stream);
    assertEquals([faults.length, faults[0]!.includes(word), faults[0]!.includes("secret")], [1, true, false]);
  }
});
