import { assertEquals, assertGreater, assertLess, assertMatch } from "@std/assert";
import { VirtualClock } from "../../support/clock.ts";
import { wrapConnections } from "../../support/conn.ts";
import { openSocket } from "../../support/dialled.ts";
import { concat } from "../../support/frames.ts";
import { accept, ascii, type RawPeer, serverFrame, startRawModel } from "../../support/raw-model.ts";

const REFUSALS: [status: number, headers: string, told: string][] = [
  [401, "", "Invalid status code: 401"],
  [429, "Retry-After: 20\r\n", "Invalid status code: 429, Retry-After: 20"],
  [500, "", "Invalid status code: 500"],
  [503, "Retry-After: soon, sk-secret\r\n", "Invalid status code: 503"],
];
for (const [status, headers, told] of REFUSALS) {
  Deno.test(`socket: a handshake refused with ${status} tells so, and leaves no connection`, async () => {
    await using model = startRawModel(async (peer) => {
      await peer.write(ascii(`HTTP/1.1 ${status} No\r\n${headers}Content-Length: 2\r\n\r\n{}`));
      await peer.drain();
    });
    const { closed, ...dialled } = openSocket(model.url);
    await closed;
    assertEquals(dialled.told, [`error ${told}`, "close 1006"]);
    assertEquals(dialled.socket.readyState, 3);
  });
}

Deno.test("socket: the key is taken to no other address: a redirect is a refusal", async () => {
  await using elsewhere = startRawModel(async (peer) => await peer.write(accept(peer)));
  await using model = startRawModel(async (peer) => {
    const location = elsewhere.url.replace("ws:", "http:");
    await peer.write(ascii(`HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`));
    await peer.drain();
  });
  const dialled = openSocket(model.url, { headers: { authorization: "Bearer sk-test" } });
  await dialled.closed;
  assertEquals(dialled.told, ["error Invalid status code: 302", "close 1006"]);
  assertEquals([model.requests.length, elsewhere.requests.length], [1, 0]);
  assertMatch(model.requests[0]!, /^authorization: Bearer sk-test\r$/im);
  assertMatch(model.requests[0]!, /^GET \/v1\/realtime\?model=x HTTP\/1\.1\r\nHost: 127\.0\.0\.1:\d+\r\n/);
});

const NO_SERVERS: [name: string, serve: (peer: RawPeer) => Promise<void>, error: string][] = [
  [
    "answers for another key",
    (peer) =>
      peer.write(ascii(new TextDecoder().decode(accept(peer)).replace(/Accept: ..../, "Accept: AAAA"))),
    "Invalid Sec-WebSocket-Accept header",
  ],
  ["speaks another protocol", (peer) => peer.write(ascii("220 mail\r\n")), "The server speaks no HTTP/1.1"],
  [
    "hangs up before it answers",
    (peer) => peer.write(ascii("HTTP/1.1 101 Swi")).then(peer.close),
    "The server closed the connection before it answered",
  ],
];
for (const [name, serve, error] of NO_SERVERS) {
  Deno.test(`socket: a server that ${name} is told as what it is`, async () => {
    await using model = startRawModel(async (peer) => {
      await serve(peer);
      await peer.drain();
    });
    const dialled = openSocket(model.url);
    await dialled.closed;
    assertEquals(dialled.told, [`error ${error}`, "close 1006"]);
  });
}

Deno.test("socket: a port where nobody listens tells why", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const { told, closed } = openSocket(`ws://127.0.0.1:${port}`);
  await closed;
  assertEquals(told.length, 2);
  assertMatch(told[0]!, /^error .*refused/i);
  assertEquals(told[1], "close 1006");
});

Deno.test("socket: an address or header that can't be dialled is told, not thrown", async () => {
  const dials: [url: string, headers: Record<string, string>, error: RegExp][] = [
    ["no address", {}, /Invalid URL/],
    ["ftp://127.0.0.1/", {}, /protocol ftp:/],
    ["ws://127.0.0.1:1/", { authorization: "a\r\nX: y" }, /Could not send the header authorization/],
  ];
  for (const [url, headers, error] of dials) {
    const { told, closed } = openSocket(url, { headers });
    assertEquals(told, []);
    await closed;
    assertEquals([told.length, told[1]], [2, "close 1006"]);
    assertMatch(told[0]!, error);
  }
});

Deno.test("socket: closed while the handshake is under way it ends without an error and leaves no connection", async () => {
  const asked = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  await using model = startRawModel(async (peer) => {
    asked.resolve();
    await peer.drain().catch(() => {});
    gone.resolve();
  });
  const { socket, told, closed } = openSocket(model.url);
  assertEquals(socket.readyState, 0);
  socket.send("too early");
  await asked.promise;
  socket.close(1000);
  assertEquals([socket.readyState, told], [2, []]);
  await Promise.all([closed, gone.promise]);
  assertEquals(told, ["close 1006"]);
});

Deno.test("socket: closed at any moment of the dial it ends once and leaves no connection", async () => {
  let left = 0;
  const leaving: Promise<void>[] = [];
  await using model = startRawModel(async (peer) => {
    left++;
    const done = peer.write(accept(peer)).then(() => peer.drain()).catch(() => {}).then(() => void left--);
    leaving.push(done);
    await done;
  });
  for (let turn = 0; turn < 60; turn++) {
    const { socket, told, closed } = openSocket(model.url, { closeLimitMs: 20 });
    if (turn % 3 === 0) { for (let wait = 0; wait < turn; wait++) await undefined; }
    else await new Promise((later) => setTimeout(later, turn / 20));
    socket.close();
    socket.close();
    await closed;
    const end = told[0] === "open" ? ["open", "close 1006"] : ["close 1006"];
    assertEquals(told, end);
  }
  await Promise.all(leaving);
  assertEquals(left, 0);
});

Deno.test("socket: closed in the very turn of the answer it does not open any more", async () => {
  await using model = startRawModel(async (peer) => {
    await peer.write(accept(peer));
    await peer.drain();
  });
  const opens: boolean[] = [];
  for (let hops = 0; hops < 16; hops++) {
    let isClosed = false;
    using _ = wrapConnections((conn) => {
      const { read } = conn;
      conn.read = async (bytes) => {
        const count = await read.call(conn, bytes);
        (async () => {
          for (let hop = 0; hop < hops; hop++) await undefined;
          isClosed = true;
          dialled.socket.close(1000);
        })();
        return count;
      };
    });
    const dialled = openSocket(model.url, { closeLimitMs: 10 });
    dialled.socket.onopen = () => opens.push(isClosed);
    await dialled.closed;
    assertEquals(dialled.told.at(-1), "close 1006");
  }
  assertEquals(opens.includes(true), false);
  assertGreater(opens.length, 0);
  assertLess(opens.length, 16);
});

Deno.test("socket: closed while nothing answers on the network it ends a second later", async () => {
  // The system lets no more than two connections wait for this one, and drops what else asks.
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 1 });
  const { port } = listener.addr as Deno.NetAddr;
  const waiting = await Promise.all([Deno.connect({ port }), Deno.connect({ port })]);
  const clock = new VirtualClock();
  const { socket, closed, told } = openSocket(`ws://127.0.0.1:${port}/`, { clock });
  await new Promise((later) => setTimeout(later, 20));
  socket.close();
  await clock.run(999);
  assertEquals([socket.readyState, told], [2, []]);
  await clock.run(1);
  await closed;
  assertEquals([told, clock.pending], [["close 1006"], 0]);
  for (const conn of [...waiting, listener]) conn.close();
});

Deno.test("socket: a server that never answers is given up, and no connection is left", async () => {
  const clock = new VirtualClock();
  const asked = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  await using model = startRawModel(async (peer) => {
    asked.resolve();
    await peer.drain().catch(() => {});
    gone.resolve();
  });
  const { told, closed } = openSocket(model.url, { clock });
  await asked.promise;
  await clock.run(19_999);
  assertEquals(told, []);
  await clock.run(1);
  await Promise.all([closed, gone.promise]);
  assertEquals([told, clock.pending], [["error No answer within 20000 ms", "close 1006"], 0]);
});

Deno.test("socket: frames that come with the answer, or cut it anywhere, are not lost", async () => {
  const first = serverFrame(1, "first");
  for (const cut of [0, 1, 20, 100, 129, 130, 131]) {
    await using model = startRawModel(async (peer) => {
      const all = concat(accept(peer), first, serverFrame(1, "second"));
      await peer.write(all.subarray(0, cut));
      if (cut > 0) await new Promise((later) => setTimeout(later, 5));
      await peer.write(all.subarray(cut));
      await peer.drain();
    });
    const { socket, messages, received, closed, told } = openSocket(model.url, { closeLimitMs: 20 });
    await received(2);
    assertEquals([messages, told], [["first", "second"], ["open"]]);
    socket.close();
    await closed;
  }
});
