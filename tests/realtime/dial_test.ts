import { Socket } from "node:net";
import { assert, assertEquals, assertGreater, assertMatch, assertStringIncludes } from "@std/assert";
import type { ModelSocket } from "../../lib/realtime/connection.ts";
import { createDial, type DialOptions } from "../../lib/realtime/dial.ts";
import { createCertificate } from "../support/certificate.ts";
import { VirtualClock } from "../support/clock.ts";
import { accept, ascii, type RawPeer, serverFrame, startRawModel } from "../support/raw-model.ts";
import { runDeno } from "../support/run.ts";

const HEADERS = { authorization: "Bearer sk-test" };

/** Dials and keeps what is told, in order: `open`, `message ...`, `error ...`, `close <code> <reason>`. */
function open(url: string, options: DialOptions = {}) {
  const socket: ModelSocket = createDial(options)(url, { headers: HEADERS });
  const told: string[] = [];
  const opened = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const messages: unknown[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  socket.onopen = () => {
    told.push("open");
    opened.resolve();
  };
  socket.onmessage = ({ data }) => {
    messages.push(data);
    waiting.filter(({ count }) => messages.length >= count).forEach(({ resolve }) => resolve());
  };
  socket.onerror = (event) => told.push(`error ${(event as ErrorEvent).message}`);
  socket.onclose = ({ code, reason }) => {
    told.push(`close ${code} ${reason}`.trimEnd());
    closed.resolve();
  };
  const received = (count: number) =>
    messages.length >= count
      ? Promise.resolve()
      : new Promise<void>((resolve) => waiting.push({ count, resolve }));
  return { socket, told, messages, opened: opened.promise, closed: closed.promise, received };
}

const REFUSALS: [status: number, headers: string, told: string][] = [
  [401, "", "Invalid status code: 401"],
  [429, "Retry-After: 20\r\n", "Invalid status code: 429, Retry-After: 20"],
  [500, "", "Invalid status code: 500"],
  [503, "Retry-After: soon, sk-secret\r\n", "Invalid status code: 503"],
];
for (const [status, headers, told] of REFUSALS) {
  Deno.test(`dial tells the status of a handshake refused with ${status}`, async () => {
    await using model = startRawModel(async (peer) => {
      await peer.write(ascii(`HTTP/1.1 ${status} No\r\n${headers}Content-Length: 2\r\n\r\n{}`));
      await peer.drain();
    });
    const dialled = open(model.url);
    await dialled.closed;
    assertEquals(dialled.told, [`error ${told}`, "close 1006"]);
    assertEquals(dialled.socket.readyState, 3);
  });
}

Deno.test("dial takes its key to no other address: a redirect is a refusal", async () => {
  await using elsewhere = startRawModel(async (peer) => await peer.write(accept(peer)));
  await using model = startRawModel(async (peer) => {
    const location = elsewhere.url.replace("ws:", "http:");
    await peer.write(ascii(`HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`));
    await peer.drain();
  });
  const dialled = open(model.url);
  await dialled.closed;
  assertEquals(dialled.told, ["error Invalid status code: 302", "close 1006"]);
  assertEquals([model.requests.length, elsewhere.requests.length], [1, 0]);
  assertMatch(model.requests[0]!, /^authorization: Bearer sk-test\r$/im);
  assertMatch(model.requests[0]!, /^GET \/v1\/realtime\?model=x HTTP\/1\.1\r\n/);
});

Deno.test("dial is not taken in by a server that is no WebSocket server", async () => {
  await using model = startRawModel(async (peer) => {
    const answer = new TextDecoder().decode(accept(peer));
    await peer.write(ascii(answer.replace(/Accept: ..../, "Accept: AAAA")));
    await peer.drain();
  });
  const dialled = open(model.url);
  await dialled.closed;
  assertEquals(dialled.told, ["error Invalid Sec-WebSocket-Accept header", "close 1006"]);
});

Deno.test("dial of a port where nobody listens tells why", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const dialled = open(`ws://127.0.0.1:${port}`);
  await dialled.closed;
  assertEquals(dialled.told.length, 2);
  assertMatch(dialled.told[0]!, /^error .*refused/i);
  assertEquals(dialled.told[1], "close 1006");
});

Deno.test("dial closed while the handshake is under way ends without an error and leaves no connection", async () => {
  const asked = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  await using model = startRawModel(async (peer) => {
    asked.resolve();
    await peer.drain().catch(() => {});
    gone.resolve();
  });
  const dialled = open(model.url);
  assertEquals(dialled.socket.readyState, 0);
  dialled.socket.send("too early");
  await asked.promise;
  dialled.socket.close(1000);
  await Promise.all([dialled.closed, gone.promise]);
  assertEquals(dialled.told, ["close 1006"]);
});

Deno.test("dial closed before it has even connected ends once", async () => {
  await using model = startRawModel(async (peer) => await peer.drain());
  const dialled = open(model.url);
  dialled.socket.close();
  dialled.socket.close();
  await dialled.closed;
  assertEquals(dialled.told, ["close 1006"]);
});

/** What is told when the server answers the upgrade and then does `serve`. */
async function toldAfter(serve: (peer: RawPeer) => Promise<void>, options?: DialOptions): Promise<string[]> {
  await using model = startRawModel(async (peer) => {
    await peer.write(accept(peer));
    await serve(peer);
  });
  const dialled = open(model.url, options);
  await dialled.closed;
  return dialled.told;
}

Deno.test("a connection that is cut ends with 1006", async () => {
  assertEquals(await toldAfter((peer) => Promise.resolve(peer.close())), ["open", "close 1006"]);
});

Deno.test("the server's close code and reason are told", async () => {
  const closes: [number, string][] = [
    [1000, ""],
    [1001, "Your session hit the maximum duration of 60 minutes."],
    [1011, ""],
    [3000, "invalid_request_error.invalid_api_key"],
    [4000, "invalid_request_error"],
  ];
  for (const [code, reason] of closes) {
    const told = await toldAfter(async (peer) => {
      await peer.write(serverFrame(8, Uint8Array.from([code >> 8, code & 0xff, ...ascii(reason)])));
      const echo = await peer.frame();
      assertEquals([echo?.opcode, echo!.payload[0]! << 8 | echo!.payload[1]!], [8, code]);
    });
    assertEquals(told, ["open", `close ${code} ${reason}`.trimEnd()]);
  }
});

Deno.test("a close frame without a code is 1005", async () => {
  assertEquals(await toldAfter(async (peer) => await peer.write(serverFrame(8, ""))), ["open", "close 1005"]);
});

const GARBAGE: [name: string, bytes: Uint8Array, error: RegExp][] = [
  ["text that is not UTF-8", serverFrame(1, Uint8Array.from([0x22, 0xc3, 0x28])), /UTF-?8/],
  ["a reserved opcode", serverFrame(3, "x"), /opcode/],
  ["reserved bits", Uint8Array.from([0xc1, 0x01, 0x61]), /bits|RSV/],
  ["a masked frame", Uint8Array.from([0x81, 0x81, 1, 2, 3, 4, 5]), /mask/i],
  ["a fragmented ping", serverFrame(9, "x", false), /FIN|fragments/],
  ["a message within a message", Uint8Array.from([1, 1, 0x61, 0x81, 1, 0x62]), /opcode/],
  ["a continuation of nothing", serverFrame(0, "x"), /opcode/],
  ["a close code that may not be sent", serverFrame(8, Uint8Array.from([0x03, 0xed])), /code/],
  // 17 MiB are announced; nobody waits for them.
  ["a giant message", Uint8Array.from([0x81, 127, 0, 0, 0, 0, 1, 0x10, 0, 0]), /payload|more than/],
];
for (const [name, bytes, error] of GARBAGE) {
  Deno.test(`${name} from the server ends the connection and nothing else`, async () => {
    const told = await toldAfter(async (peer) => {
      await peer.write(bytes);
      await peer.drain();
    }, { closeLimitMs: 50 });
    assertEquals([told.length, told[0], told[2]], [3, "open", "close 1006"]);
    assertMatch(told[1]!, error);
  });
}

Deno.test("a message in parts, with a ping between them, arrives whole and the ping is answered", async () => {
  const answered = Promise.withResolvers<string>();
  await using model = startRawModel(async (peer) => {
    await peer.write(accept(peer));
    await peer.write(serverFrame(1, '{"type":', false));
    await peer.write(serverFrame(9, "ping"));
    await peer.write(serverFrame(0, '"session.created"}'));
    const pong = await peer.frame();
    answered.resolve(`${pong?.opcode} ${new TextDecoder().decode(pong?.payload)}`);
    await peer.drain();
  });
  const { socket, received, messages, closed } = open(model.url, { closeLimitMs: 50 });
  await received(1);
  assertEquals(messages, ['{"type":"session.created"}']);
  assertEquals(await answered.promise, "10 ping");
  socket.close();
  await closed;
});

/** A server that sends back what it gets, with Deno's own WebSocket. */
function startEcho(tls: { cert?: string; key?: string } = {}): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {}, ...tls } as Deno.ServeTcpOptions,
    (request) => {
      const { socket, response } = Deno.upgradeWebSocket(request);
      socket.onmessage = ({ data }) => socket.send(data);
      socket.onerror = () => {};
      return response;
    },
  );
}

Deno.test("messages of all sizes and letters come through both ways, in order", async () => {
  await using server = startEcho();
  const { socket, received, messages, opened, closed, told } = open(`ws://127.0.0.1:${server.addr.port}/`);
  await opened;
  const sent = ["", "a", "ä€😀", "b".repeat(125), "c".repeat(126), "d".repeat(65_535), "ü".repeat(65_536)];
  sent.push("e".repeat(5 * 2 ** 20));
  for (const text of sent) socket.send(text);
  await received(sent.length);
  assert(messages.every((message, at) => message === sent[at]));
  socket.close(1000, "done");
  socket.send("too late");
  await closed;
  assertEquals(told, ["open", "close 1000 done"]);
});

Deno.test("a binary message is not taken for text", async () => {
  await using model = startRawModel(async (peer) => {
    await peer.write(accept(peer));
    await peer.write(serverFrame(2, Uint8Array.from([1, 2, 3])));
    await peer.drain();
  });
  const { socket, received, messages, closed } = open(model.url, { closeLimitMs: 50 });
  await received(1);
  assert(messages[0] instanceof Uint8Array);
  assertEquals([...messages[0]], [1, 2, 3]);
  socket.close();
  await closed;
});

Deno.test("what a server does not read is counted", async () => {
  const release = Promise.withResolvers<void>();
  await using model = startRawModel(async (peer) => {
    await peer.write(accept(peer));
    await release.promise;
    await peer.drain();
  });
  const { socket, opened, closed } = open(model.url, { closeLimitMs: 50 });
  await opened;
  assertEquals(socket.bufferedAmount, 0);
  const megabyte = "x".repeat(2 ** 20);
  for (let count = 0; count < 20; count++) socket.send(megabyte);
  await new Promise((later) => setTimeout(later, 50));
  assertGreater(socket.bufferedAmount, 2 ** 20);
  socket.close();
  await closed;
  release.resolve();
});

Deno.test("a server that never answers the close frame is cut, and no connection is left", async () => {
  const cut = Promise.withResolvers<void>();
  await using model = startRawModel(async (peer) => {
    await peer.write(accept(peer));
    await peer.drain().catch(() => {});
    cut.resolve();
  });
  const { socket, opened, closed, told } = open(model.url, { closeLimitMs: 50 });
  await opened;
  socket.close(1000);
  assertEquals(socket.readyState, 2);
  await Promise.all([closed, cut.promise]);
  assertEquals(told, ["open", "close 1006"]);
});

Deno.test("a close code or reason that can't be sent cuts the connection instead of throwing", async () => {
  for (const [code, reason] of [[1006, ""], [1000, "x".repeat(124)]] as const) {
    await using model = startRawModel(async (peer) => {
      await peer.write(accept(peer));
      await peer.drain();
    });
    const { socket, opened, closed, told } = open(model.url);
    await opened;
    socket.close(code, reason);
    await closed;
    assertEquals(told, ["open", "close 1006"]);
  }
});

Deno.test("a server that fell silent without a word is lost 10 s after a ping, and cut", async () => {
  const clock = new VirtualClock();
  const pinged = Promise.withResolvers<number | undefined>();
  const cut = Promise.withResolvers<void>();
  await using model = startRawModel(async (peer) => {
    await peer.write(accept(peer));
    pinged.resolve((await peer.frame())?.opcode);
    await peer.drain().catch(() => {});
    cut.resolve();
  });
  const { socket, opened, told } = open(model.url, { clock });
  await opened;
  assertEquals(clock.pending, 1);
  await clock.run(10_000);
  assertEquals(await pinged.promise, 9);
  await clock.run(9999);
  assertEquals(told, ["open"]);
  await clock.run(1);
  assertEquals(told, ["open", "close 1006 No pong within 10000 ms"]);
  assertEquals([socket.readyState, clock.pending], [3, 0]);
  await cut.promise;
});

Deno.test("a server that answers pings is kept, and asked no more after the end", async () => {
  const clock = new VirtualClock();
  const pongs = Array.from({ length: 6 }, () => Promise.withResolvers<void>());
  let pings = 0;
  await using model = startRawModel(async (peer) => {
    await peer.write(accept(peer));
    for (let frame = await peer.frame(); frame; frame = await peer.frame()) {
      if (frame.opcode === 10) pongs[pings++]?.resolve();
      if (frame.opcode !== 9) continue;
      await peer.write(serverFrame(10, frame.payload));
      await peer.write(serverFrame(9, "read?")); // its answer shows that the pong has been read
    }
  });
  const { socket, opened, closed, told } = open(model.url, { clock, closeLimitMs: 50 });
  await opened;
  for (const pong of pongs) {
    await clock.run(10_000);
    await pong.promise;
  }
  assertEquals([pings, told], [6, ["open"]]);
  socket.close();
  assertEquals(clock.pending, 0);
  await closed;
  assertEquals(told, ["open", "close 1006"]);
});

Deno.test("a server that sends events but no pongs is kept", async () => {
  const clock = new VirtualClock();
  await using model = startRawModel(async (peer) => {
    await peer.write(accept(peer));
    for (let frame = await peer.frame(); frame; frame = await peer.frame()) {
      if (frame.opcode === 9) await peer.write(serverFrame(1, "{}"));
    }
  });
  const { socket, opened, received, closed, told } = open(model.url, { clock, closeLimitMs: 50 });
  await opened;
  for (let ping = 1; ping <= 3; ping++) {
    await clock.run(10_000);
    await received(ping);
  }
  assertEquals(told, ["open"]);
  socket.close();
  await closed;
});

Deno.test("Nagle's algorithm is off before the first message leaves", async () => {
  const calls: (boolean | undefined)[] = [];
  const original = Socket.prototype.setNoDelay;
  Socket.prototype.setNoDelay = function (noDelay?: boolean) {
    calls.push(noDelay);
    return original.call(this, noDelay);
  };
  try {
    await using server = startEcho();
    const { socket, opened, closed } = open(`ws://127.0.0.1:${server.addr.port}/`);
    await opened;
    assertGreater(calls.length, 0);
    assert(calls.every((noDelay) => noDelay !== false));
    socket.close();
    await closed;
  } finally {
    Socket.prototype.setNoDelay = original;
  }
});

Deno.test("a certificate counts only where its authority is trusted, whatever the environment says", async () => {
  const { ca, cert, key } = await createCertificate();
  await using server = startEcho({ cert, key });
  const url = `wss://localhost:${server.addr.port}/`;
  const trusted = open(url, { ca });
  await trusted.opened;
  trusted.socket.send("hello");
  await trusted.received(1);
  trusted.socket.close(1000);
  await trusted.closed;
  assertEquals([trusted.messages, trusted.told], [["hello"], ["open", "close 1000"]]);

  Deno.env.set("NODE_TLS_REJECT_UNAUTHORIZED", "0");
  try {
    const unknown = open(url);
    await unknown.closed;
    assertEquals(unknown.told.length, 2);
    assertStringIncludes(unknown.told[0]!, "certificate");
  } finally {
    Deno.env.delete("NODE_TLS_REJECT_UNAUTHORIZED");
  }
});

Deno.test("dial needs the right to its address, two names of the environment, and no other", async () => {
  await using server = startEcho();
  const script = new URL("../support/run-dial.ts", import.meta.url).pathname;
  const url = `ws://127.0.0.1:${server.addr.port}/`;
  const env = "--allow-env=WS_NO_BUFFER_UTIL,WS_NO_UTF_8_VALIDATE";
  const run = (net: string) => runDeno(["--no-prompt", `--allow-net=${net}`, env, script, url]);
  const granted = await run(`127.0.0.1:${server.addr.port}`);
  assertEquals([granted.code, granted.out, granted.error], [0, "hello\n1000\n", ""]);
  const refused = await run("127.0.0.1:1");
  assertEquals(refused.code, 0);
  assertMatch(refused.out, /^Requires net access.*\n1006\n$/);
});
