import { assert, assertEquals, assertLess, assertNotEquals } from "@std/assert";
import { FrameWriter } from "../../../lib/realtime/socket/frame-writer.ts";
import { concat } from "../../support/frames.ts";

interface Frame {
  readonly opcode: number;
  readonly key: string;
  readonly payload: Uint8Array;
}

/** Frames as a server reads them, one byte after the other; fails on what a client may not send. */
function readFrames(bytes: Uint8Array): Frame[] {
  const frames: Frame[] = [];
  let at = 0;
  const take = (count: number) => {
    assert(at + count <= bytes.length, "The frame ends too early");
    at += count;
    return bytes.slice(at - count, at);
  };
  const number = (count: number) => take(count).reduce((sum, byte) => 256 * sum + byte, 0);
  while (at < bytes.length) {
    const [first, second] = take(2) as unknown as [number, number];
    assertEquals(first & 0xf0, 0x80);
    assertEquals(second & 0x80, 0x80);
    const short = second & 0x7f;
    const length = short < 126 ? short : number(short === 126 ? 2 : 8);
    assert(short < 126 || length >= (short === 126 ? 126 : 65_536), "The length takes fewer bytes");
    const key = take(4);
    const payload = take(length).map((byte, index) => byte ^ key[index % 4]!);
    frames.push({ opcode: first & 0x0f, key: key.toHex(), payload });
  }
  return frames;
}

const texts = (frames: readonly Frame[]) => frames.map(({ payload }) => new TextDecoder().decode(payload));

// Around every limit of the length, in letters of one to four bytes, on buffers that are empty, in use, and too small.
const SIZES = [0, 1, 41, 42, 62, 63, 124, 125, 126, 127, 2000, 2040, 2048, 21_845, 32_768, 65_535, 65_536];
const LETTERS = ["a", "ä", "€", "😀"];

Deno.test("frames of every size and letter are what a server reads", () => {
  const all = SIZES.flatMap((size) => LETTERS.map((letter) => letter.repeat(size)));
  const one = new FrameWriter();
  for (const text of all) {
    const fresh = new FrameWriter();
    fresh.text(text);
    assertEquals(texts(readFrames(fresh.take()!)), [text]);
    one.text(text);
  }
  assertEquals(texts(readFrames(one.take()!)), all);
});

Deno.test("letters of several bytes that begin only at the end of a frame's room come through", () => {
  for (let length = 1990; length < 2060; length++) {
    const writer = new FrameWriter();
    writer.text("x");
    const text = `${"a".repeat(length)}😀ä${"€".repeat(40)}`;
    writer.text(text);
    assertEquals(texts(readFrames(writer.take()!)), ["x", text]);
  }
});

Deno.test("half of a surrogate pair leaves as U+FFFD, not as a broken letter", () => {
  const writer = new FrameWriter();
  writer.text("\ud83d and \ude00\ud83d");
  assertEquals(texts(readFrames(writer.take()!)), ["\ufffd and \ufffd\ufffd"]);
});

Deno.test("control frames keep their place between messages", () => {
  const writer = new FrameWriter();
  writer.text("one");
  writer.control(9);
  writer.control(10, Uint8Array.of(1, 2, 3));
  writer.text("two");
  writer.control(8, new Uint8Array(125).fill(7));
  const frames = readFrames(writer.take()!);
  assertEquals(frames.map(({ opcode }) => opcode), [1, 9, 10, 1, 8]);
  assertEquals(frames.map(({ payload }) => payload.length), [3, 0, 3, 3, 125]);
  assertEquals(frames[2]!.payload, Uint8Array.of(1, 2, 3));
});

Deno.test("what was taken stays as it is while more is lined up", () => {
  const writer = new FrameWriter();
  const sent: string[] = [];
  const received: Uint8Array[] = [];
  for (let round = 0; round < 50; round++) {
    for (let count = 0; count <= round % 3; count++) {
      sent.push(`${round}/${count} ${"x".repeat(round * round)}`);
      writer.text(sent.at(-1)!);
    }
    const leaving = writer.take()!;
    writer.text(`${round} next`);
    sent.push(`${round} next`);
    received.push(leaving.slice());
  }
  received.push(writer.take()!.slice());
  assertEquals(texts(readFrames(concat(...received))), sent);
  assertEquals([writer.take(), writer.bytes], [undefined, 0]);
});

Deno.test("bytes tells what waits, and what is cleared does not", () => {
  const writer = new FrameWriter();
  writer.text("hello");
  assertEquals(writer.bytes, 6 + 5);
  writer.clear();
  assertEquals([writer.bytes, writer.take()], [0, undefined]);
  writer.text("again");
  assertEquals(texts(readFrames(writer.take()!)), ["again"]);
});

Deno.test("each frame has a key of its own", () => {
  const writer = new FrameWriter();
  for (let count = 0; count < 100; count++) writer.text("the same");
  const keys = readFrames(writer.take()!).map(({ key }) => key);
  assertEquals(new Set(keys).size, 100);
  assertNotEquals(keys[0], "00000000");
});

Deno.test("a burst's memory is given back", () => {
  const writer = new FrameWriter();
  writer.text("x".repeat(5 * 2 ** 20));
  assert(writer.take()!.buffer.byteLength > 5 * 2 ** 20);
  for (let round = 0; round < 2; round++) {
    writer.text("small");
    assertLess(writer.take()!.buffer.byteLength, 20_000);
  }
});
