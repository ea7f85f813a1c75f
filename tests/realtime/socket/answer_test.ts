import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { type Answer, AnswerReader } from "../../../lib/realtime/socket/answer.ts";
import { concat } from "../../support/frames.ts";
import { ascii } from "../../support/raw-model.ts";

function read(...chunks: readonly (string | Uint8Array)[]): Answer | undefined {
  const reader = new AnswerReader();
  let answer: Answer | undefined;
  for (const chunk of chunks) answer = reader.push(typeof chunk === "string" ? ascii(chunk) : chunk);
  return answer;
}

const HEAD =
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nVia: a\r\nX-Empty:\r\nvia:\t b \r\n\r\n";

Deno.test("an answer cut anywhere is the same, and the bytes behind it are the first frames", () => {
  const stream = concat(ascii(HEAD), Uint8Array.of(0x81, 0, 0xff));
  for (let cut = 0; cut < stream.length - 3; cut++) {
    const reader = new AnswerReader();
    assertEquals(reader.push(stream.subarray(0, cut)), undefined);
    const { status, headers, rest } = reader.push(stream.subarray(cut))!;
    assertEquals([status, [...headers]], [101, [["upgrade", "websocket"], ["via", "a, b"], ["x-empty", ""]]]);
    assertEquals([...rest], [0x81, 0, 0xff]);
  }
});

Deno.test("an answer byte by byte ends with its empty line", () => {
  const reader = new AnswerReader();
  const answers = Array.from(ascii(HEAD), (byte) => reader.push(Uint8Array.of(byte)));
  assertEquals(answers.findIndex((each) => each !== undefined), HEAD.length - 1);
});

Deno.test("answers before the last one are passed over", () => {
  const hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
  assertEquals(read(hints), undefined);
  const answer = read(`HTTP/1.1 100 Continue\r\n\r\n${hints}HTTP/1.1 503 No\r\nA: b\r\n`, "\r\nbody");
  assertEquals([answer?.status, [...answer!.headers], new TextDecoder().decode(answer!.rest)], [
    503,
    [["a", "b"]],
    "body",
  ]);
});

Deno.test("a status line without words, and one of HTTP/1.0, is one", () => {
  assertEquals(read("HTTP/1.1 401\r\n\r\n")?.status, 401);
  assertEquals(read("HTTP/1.0 502 Bad Gateway\r\n\r\n")?.status, 502);
});

const NO_ANSWERS: [name: string, text: string, error: RegExp][] = [
  ["another protocol's greeting", "SSH-2.0-OpenSSH_9.6\r\n", /no HTTP/],
  ["bytes of TLS", "\x15\x03\x03\x00\x02\x02", /no HTTP/],
  ["HTTP/2", "HTTP/2 200 OK\r\n\r\n", /no HTTP/],
  ["a status of two digits", "HTTP/1.1 20 OK\r\n\r\n", /status line/],
  ["a status of four digits", "HTTP/1.1 1010 OK\r\n\r\n", /status line/],
  ["a header that goes on on the next line", "HTTP/1.1 101 OK\r\nA: sk-secret\r\n b\r\n\r\n", /header line/],
  ["a header without a colon", "HTTP/1.1 101 OK\r\nsk-secret\r\n\r\n", /header line/],
  ["a header without a name", "HTTP/1.1 101 OK\r\n: sk-secret\r\n\r\n", /header line/],
  ["a space before the colon", "HTTP/1.1 101 OK\r\nUpgrade : websocket\r\n\r\n", /header line/],
  ["a line's end in a value", "HTTP/1.1 101 OK\r\nA: b\nUpgrade: websocket\r\n\r\n", /header line/],
  ["a NUL in a value", "HTTP/1.1 101 OK\r\nA: b\0c\r\n\r\n", /header line/],
];
for (const [name, text, error] of NO_ANSWERS) {
  Deno.test(`${name} is no answer, and nothing of it is told`, () => {
    const { message } = assertThrows(() => read(text)) as Error;
    assertMatch(message, error);
    assertEquals(message.includes("secret"), false);
  });
}

Deno.test("a head without an end is read up to 16 KiB", () => {
  const filler = `X: ${"y".repeat(1000)}\r\n`;
  const fits = `HTTP/1.1 101 OK\r\n${filler.repeat(16)}`;
  assertEquals(read(`${fits}\r\n`)?.status, 101);
  assertThrows(() => read(fits, filler), Error, "16384 bytes");
  assertThrows(() => read(`${fits}${filler}\r\n`), Error, "16384 bytes");
  // Nor does a crowd of answers before the last one get around it.
  assertThrows(() => read("HTTP/1.1 103 Hints\r\n\r\n".repeat(1000)), Error, "16384 bytes");
});

Deno.test("a head of nothing but spaces is read in no time", () => {
  const startMs = performance.now();
  assertThrows(() => read(`HTTP/1.1 101 OK\r\nA:${" ".repeat(16_000)}\x01\r\n\r\n`), Error, "header line");
  assertEquals(performance.now() - startMs < 500, true);
});
