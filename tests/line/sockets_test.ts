import { assert, assertEquals, assertGreater, assertLess, fail } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { openAvrLine } from "../../lib/line/avr.ts";
import { LINE_LIMITS, type LineLimit } from "../../lib/line/limits.ts";
import type { Line } from "../../lib/line/line.ts";
import { createLog } from "../../lib/log.ts";

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
  const ended = Promise.withResolvers<LineLimit | undefined>();
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
