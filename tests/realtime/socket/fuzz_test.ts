import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { FrameReader } from "../../../lib/realtime/socket/frame-reader.ts";
import { concat, createRandom, readSlowly } from "../../support/frames.ts";
import { serverFrame } from "../../support/raw-model.ts";

const STREAMS = 10_000;
const MAX_MESSAGE_BYTES = 1000;
const TEXTS = ["", "a", '{"type":"session.created"}', "äöü", "€", "😀😀", "\u0000", "x".repeat(130)];

/** A conversation that keeps to the protocol, mostly. */
function conversation(random: () => number): Uint8Array {
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)]!;
  const frames: Uint8Array[] = [];
  for (let count = 1 + random() * 6; count > 0; count--) {
    const kind = random();
    if (kind < 0.3) frames.push(serverFrame(1, new TextEncoder().encode(pick(TEXTS))));
    else if (kind < 0.4) {
      frames.push(serverFrame(2, new Uint8Array(Math.floor(random() ** 4 * 1100)).fill(0xc3)));
    } else if (kind < 0.5) frames.push(serverFrame(9 + Math.floor(random() * 2), pick(TEXTS).slice(0, 40)));
    else if (kind < 0.55) {
      frames.push(
        serverFrame(
          8,
          Uint8Array.of(3, 0xe8 + random() * 30, ...new TextEncoder().encode(pick(TEXTS.slice(0, 6)))),
        ),
      );
    } else {
      const bytes = new TextEncoder().encode(pick(TEXTS).repeat(1 + random() * 6));
      for (let at = 0, opcode = 1; at <= bytes.length; opcode = 0) {
        const length = Math.floor(random() * 40);
        const last = at + length >= bytes.length;
        frames.push(serverFrame(opcode, bytes.subarray(at, at + length), last));
        if (random() < 0.2) frames.push(serverFrame(9, "between"));
        if (last) break;
        at += length;
      }
    }
  }
  return concat(...frames);
}

/** Bytes changed, lost, repeated and put in. */
function mutate(stream: Uint8Array, random: () => number): Uint8Array {
  let bytes = [...stream];
  for (let count = Math.floor(random() * 4); count > 0 && bytes.length > 0; count--) {
    const at = Math.floor(random() * bytes.length);
    const kind = random();
    if (kind < 0.4) bytes[at]! ^= 1 << Math.floor(random() * 8);
    else if (kind < 0.6) bytes[at] = Math.floor(random() * 256);
    else if (kind < 0.7) bytes.splice(at, 1 + Math.floor(random() * 4));
    else if (kind < 0.8) bytes.splice(at, 0, ...bytes.slice(at, at + Math.floor(random() * 20)));
    else if (kind < 0.9) {
      bytes.splice(at, 0, 0x81, 126 + Math.floor(random() * 2), 0, Math.floor(random() * 256));
    } else bytes = bytes.slice(0, at);
  }
  return Uint8Array.from(bytes);
}

Deno.test("fuzz: of every broken stream the reader makes what the RFC says, in bounded memory, and never throws", () => {
  const random = createRandom(20_260_806);
  const outcomes = new Map<string, number>();
  for (let count = 0; count < STREAMS; count++) {
    const stream = mutate(conversation(random), random);
    const told: string[] = [];
    const reader = new FrameReader({
      message: (data) => told.push(typeof data === "string" ? `text ${data}` : `binary ${data}`),
      ping: (payload) => told.push(`ping ${payload}`),
      pong: (payload) => told.push(`pong ${payload}`),
      close: (code, reason) => told.push(`close ${code} ${reason}`),
      fault: (code) => told.push(`fault ${code}`),
    }, MAX_MESSAGE_BYTES);
    for (let at = 0; at < stream.length;) {
      const length = 1 + Math.floor(random() ** 3 * 400);
      reader.push(stream.subarray(at, at + length));
      at += length;
      assertLess(reader.room.buffer.byteLength, 4097);
      assertGreater(reader.room.length, 0);
    }
    assertEquals(told, readSlowly(stream, MAX_MESSAGE_BYTES), `stream ${count}: ${stream.toHex()}`);
    const last = told.at(-1)?.match(/^(fault \d+|close)/)?.[0] ?? "goes on";
    outcomes.set(last, (outcomes.get(last) ?? 0) + 1);
  }
  // The streams reach every way to end.
  for (const each of ["fault 1002", "fault 1007", "fault 1009", "close", "goes on"]) {
    assert((outcomes.get(each) ?? 0) > STREAMS / 200, `${each}: ${outcomes.get(each)}`);
  }
});

Deno.test("fuzz: noise alone ends a reader, and never with a throw", () => {
  const random = createRandom(7);
  for (let count = 0; count < 2000; count++) {
    const stream = Uint8Array.from({ length: 200 }, () => Math.floor(random() * 256));
    const ends: number[] = [];
    const reader = new FrameReader({
      ...{ message() {}, ping() {}, pong() {} },
      close: (code) => ends.push(code),
      fault: (code) => ends.push(code),
    });
    reader.push(stream);
    reader.push(stream);
    assertLess(ends.length, 2);
  }
});
