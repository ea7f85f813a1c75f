import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { assert, assertEquals, assertGreater, assertLess, fail } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { openAvrLine } from "../../lib/line/avr.ts";
import { LINE_LIMITS } from "../../lib/line/limits.ts";
import type { Line, LineEnd } from "../../lib/line/line.ts";
import { createLog, silentLog } from "../../lib/log.ts";

const HANDSHAKE = [
  "GET / HTTP/1.1",
  "Host: 127.0.0.1",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
  "\r\n",
].join("\r\n");

Deno.test("a phone that never reads does not fill the memory: audio is dropped, then its line ends", async () => {
  const logged: string[] = [];
  const log = createLog({ write: (line) => logged.push(line) });
  const opened = Promise.withResolvers<{ line: Line; socket: WebSocket }>();
  const ended = Promise.withResolvers<LineEnd>();
  const gone = Promise.withResolvers<void>();
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    const line: Line = openAvrLine(socket, {
      init: () => {},
      audio: () => {},
      digit: () => {},
      closed: ended.resolve,
    }, { clock: systemClock, log, limits: { ...LINE_LIMITS, slowMs: 50 } });
    socket.addEventListener("close", () => gone.resolve());
    socket.onopen = () => opened.resolve({ line, socket });
    return response;
  });
  const phone = await Deno.connect({ hostname: "127.0.0.1", port: (server.addr as Deno.NetAddr).port });
  await phone.write(new TextEncoder().encode(HANDSHAKE));
  const { line, socket } = await opened.promise;

  const frame = new Int16Array(160);
  let over = false;
  ended.promise.then(() => over = true);
  let mostUnsent = 0;
  // 7 hours of audio at most.
  for (let burst = 0; burst < 2500 && !over; burst++) {
    for (let count = 0; count < 500; count++) line.audio(frame);
    mostUnsent = Math.max(mostUnsent, socket.bufferedAmount);
    await new Promise((wake) => setTimeout(wake, 1));
  }
  assertEquals(await ended.promise, "slow_line");
  assertGreater(mostUnsent, LINE_LIMITS.unsentBytes);
  assertLess(mostUnsent, LINE_LIMITS.unsentBytes + 2000);
  assert(logged.some((entry) => entry.includes("limit=slow_line")), logged.join("\n"));
  assertEquals(logged.filter((entry) => entry.includes("Line is slow")).length, 1);
  // What had been sent before can still be read, and behind it why the line ended.
  const buffer = new Uint8Array(65_536);
  const decoder = new TextDecoder();
  let tail = "";
  while (!tail.endsWith("Agent audio was not read in time")) {
    tail = tail.slice(-100) + decoder.decode(buffer.subarray(0, await phone.read(buffer) ?? fail(tail)));
  }
  phone.close();
  await gone.promise;
});

/** How a line ends as told to its call, when its phone does something to a raw connection. */
async function endOf(act: (connection: Socket) => void): Promise<LineEnd> {
  const ended = Promise.withResolvers<LineEnd>();
  const gone = Promise.withResolvers<void>();
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    openAvrLine(socket, { init: () => {}, audio: () => {}, digit: () => {}, closed: ended.resolve }, {
      clock: systemClock,
      log: silentLog,
      limits: LINE_LIMITS,
    });
    socket.addEventListener("close", () => gone.resolve());
    return response;
  });
  const connection = connect((server.addr as Deno.NetAddr).port, "127.0.0.1");
  connection.on("error", () => {});
  connection.write(HANDSHAKE);
  await once(connection, "data");
  act(connection);
  const end = await ended.promise;
  await gone.promise;
  connection.destroy();
  return end;
}

const MASK = [0, 0, 0, 0];

Deno.test.each<[string, LineEnd, (connection: Socket) => void]>([
  ["a close frame without a code", "closed", (it) => it.write(Uint8Array.from([0x88, 0x80, ...MASK]))],
  [
    "a close frame with code 1000",
    "closed",
    (it) => it.write(Uint8Array.from([0x88, 0x82, ...MASK, 3, 232])),
  ],
  ["a close frame and the connection's end behind it", "closed", (it) => {
    it.end(Uint8Array.from([0x88, 0x80, ...MASK]));
  }],
  ["the connection's end alone, as when its process is killed", "vanished", (it) => it.end()],
  ["the connection's end within a message", "vanished", (it) => it.end(Uint8Array.from([0x81, 0xfe, 1, 64]))],
  ["a reset", "vanished", (it) => it.resetAndDestroy()],
])("a line that ends with %s is told so", async (_, expected, act) => {
  assertEquals(await endOf(act), expected);
});
