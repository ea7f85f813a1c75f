import { assert, assertEquals, assertMatch } from "@std/assert";
import { WebSocketServer } from "ws";
import { openSocket } from "../../support/dialled.ts";
import { createCertificate } from "../../support/certificate.ts";
import { runDeno } from "../../support/run.ts";

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

const SENT = ["", "a", "ä€😀", "b".repeat(125), "c".repeat(126), "d".repeat(65_535), "ü".repeat(65_536)];
SENT.push("e".repeat(5 * 2 ** 20), "f");

Deno.test("socket: messages of all sizes and letters come through Deno's server both ways, in order", async () => {
  await using server = startEcho();
  const { socket, received, messages, opened, closed, told } = openSocket(
    `ws://127.0.0.1:${server.addr.port}/`,
  );
  await opened;
  for (const text of SENT) socket.send(text);
  await received(SENT.length);
  assert(messages.every((message, at) => message === SENT[at]));
  socket.close(1000, "done");
  socket.send("too late");
  await closed;
  assertEquals(told, ["open", "close 1000 done"]);
});

interface NodePeer {
  on(event: string, act: (...args: never[]) => void): void;
  send(data: unknown, options?: { fin: boolean }): void;
  ping(data: string): void;
  close(code?: number, reason?: string): void;
  terminate(): void;
}

/** Node's server, as most of the world runs it: an independent reading of the RFC. */
async function startNode(serve: (peer: NodePeer, request: { url: string }) => void, options: object = {}) {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, ...options });
  server.on("connection", serve);
  await new Promise<void>((ready) => server.on("listening", () => ready()));
  return {
    url: `ws://127.0.0.1:${(server.address() as { port: number }).port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((closed) => server.close(() => closed())),
  };
}

Deno.test("socket: messages of all sizes and letters come through npm:ws both ways, in order", async () => {
  await using server = await startNode((peer) =>
    peer.on("message", (data: Uint8Array) => peer.send(data.toString()))
  );
  const { socket, received, messages, opened, closed, told } = openSocket(server.url);
  await opened;
  for (const text of SENT) socket.send(text);
  await received(SENT.length);
  assert(messages.every((message, at) => message === SENT[at]));
  socket.close(3001, "done");
  await closed;
  assertEquals(told, ["open", "close 3001 done"]);
});

Deno.test("socket: npm:ws offers no extension that was not asked for, even where it could", async () => {
  await using server = await startNode((peer) => peer.send("x".repeat(5000)), { perMessageDeflate: true });
  const { socket, received, messages, closed } = openSocket(server.url);
  await received(1);
  assertEquals(messages, ["x".repeat(5000)]);
  socket.close(1000);
  await closed;
});

Deno.test("socket: fragments, pings and binary of npm:ws come through", async () => {
  const pong = Promise.withResolvers<string>();
  await using server = await startNode((peer) => {
    peer.on("pong", (data: Uint8Array) => pong.resolve(data.toString()));
    const letters = new TextEncoder().encode("κόσμε");
    peer.send(letters.subarray(0, 3), { fin: false, binary: false } as { fin: boolean });
    peer.ping("still there?");
    peer.send(letters.subarray(3), { fin: true });
    peer.send(Uint8Array.of(1, 2, 3));
    peer.send("ö".repeat(2 ** 20));
  });
  const { socket, received, messages, closed } = openSocket(server.url);
  await received(3);
  assertEquals(messages.slice(0, 2), ["κόσμε", Uint8Array.of(1, 2, 3)]);
  assert(messages[2] === "ö".repeat(2 ** 20));
  assertEquals(await pong.promise, "still there?");
  socket.close(1000);
  await closed;
});

Deno.test("socket: npm:ws closes with what it says, and without a word when it is cut", async () => {
  await using server = await startNode((peer, { url }) => {
    const [code, reason] = url.slice(1).split("/") as [string, string];
    if (code === "cut") peer.terminate();
    else if (code === "none") peer.close();
    else peer.close(Number(code), reason);
  });
  const ends = {
    "/1000/": "1000",
    "/4002/why": "4002 why",
    "/1013/": "1013",
    "/none/": "1005",
    "/cut/": "1006",
  };
  for (const [path, end] of Object.entries(ends)) {
    const { closed, told } = openSocket(`${server.url}${path}`);
    await closed;
    assertEquals(told, ["open", `close ${end}`]);
  }
});

Deno.test("socket: headers and subprotocol reach npm:ws, whose choice is taken", async () => {
  let seen: Record<string, string> = {};
  const choose = { handleProtocols: () => "realtime" };
  await using server = await startNode((peer, request) => {
    seen = (request as unknown as { headers: Record<string, string> }).headers;
    peer.close(1000);
  }, choose);
  const headers = { Authorization: "Bearer sk-test", "Sec-WebSocket-Protocol": "other, realtime" };
  const { closed, told } = openSocket(server.url, { headers });
  await closed;
  assertEquals([told, seen.authorization], [["open", "close 1000"], "Bearer sk-test"]);
  const stranger = openSocket(server.url);
  await stranger.closed;
  assertEquals(stranger.told, ["open", "close 1000"]); // it chooses only for who asked
});

Deno.test("socket: a certificate counts only where its authority is trusted, and for its host alone", async () => {
  const { ca, cert, key } = await createCertificate();
  await using server = startEcho({ cert, key });
  const { port } = server.addr;
  for (const host of ["localhost", "127.0.0.1"]) {
    const trusted = openSocket(`wss://${host}:${port}/`, { caCerts: [ca] });
    await trusted.opened;
    for (const text of SENT) trusted.socket.send(text);
    await trusted.received(SENT.length);
    assert(trusted.messages.every((message, at) => message === SENT[at]));
    trusted.socket.close(1000);
    await trusted.closed;
    assertEquals(trusted.told, ["open", "close 1000"]);
  }
  Deno.env.set("NODE_TLS_REJECT_UNAUTHORIZED", "0");
  try {
    const unknown = openSocket(`wss://localhost:${port}/`);
    await unknown.closed;
    assertEquals(unknown.told.length, 2);
    assertMatch(unknown.told[0]!, /certificate/);
  } finally {
    Deno.env.delete("NODE_TLS_REJECT_UNAUTHORIZED");
  }
});

Deno.test("socket: TLS is asked for HTTP/1.1, as a server that prefers HTTP/2 would else speak that", async () => {
  const { ca, cert, key } = await createCertificate();
  const alpnProtocols = ["h2", "http/1.1"];
  using listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key, alpnProtocols });
  const accepting = listener.accept();
  const { socket, closed } = openSocket(`wss://localhost:${listener.addr.port}/`, { caCerts: [ca] });
  using conn = await accepting;
  assertEquals((await conn.handshake()).alpnProtocol, "http/1.1");
  socket.close();
  await closed;
});

Deno.test("socket: closed during the handshake of TLS it ends, and what it opened is gone with the server", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = listener.accept();
  const { socket, told, closed } = openSocket(`wss://127.0.0.1:${(listener.addr as Deno.NetAddr).port}/`);
  using silent = await accepting;
  assert(await silent.read(new Uint8Array(4096)) !== null); // the client's hello
  socket.close();
  await closed;
  assertEquals(told, ["close 1006"]);
  listener.close();
});

Deno.test("socket: a server without TLS where TLS is dialled is told, and the other way round", async () => {
  const { cert, key } = await createCertificate();
  await using plain = startEcho();
  await using secure = startEcho({ cert, key });
  for (const url of [`wss://localhost:${plain.addr.port}/`, `ws://localhost:${secure.addr.port}/`]) {
    const { told, closed } = openSocket(url);
    await closed;
    assertEquals([told.length, told[0]!.slice(0, 6), told[1]], [2, "error ", "close 1006"]);
  }
});

const SCRIPT = new URL("../../support/run-socket.ts", import.meta.url).pathname;

Deno.test("socket: it needs the right to its address and no other", async () => {
  await using server = startEcho();
  const url = `ws://127.0.0.1:${server.addr.port}/`;
  const run = (net: string) => runDeno(["--no-prompt", `--allow-net=${net}`, SCRIPT, url]);
  const granted = await run(`127.0.0.1:${server.addr.port}`);
  assertEquals([granted.code, granted.out, granted.error], [0, "hello\n1000\n", ""]);
  const refused = await run("127.0.0.1:1");
  assertEquals(refused.code, 0);
  assertMatch(refused.out, /^Requires net access.*\n1006\n$/);
});

Deno.test("socket: the authorities of DENO_CERT are trusted, with the right to the address alone", async () => {
  const { ca, cert, key } = await createCertificate();
  await using server = startEcho({ cert, key });
  const file = await Deno.makeTempFile({ suffix: ".pem" });
  try {
    await Deno.writeTextFile(file, ca);
    const net = `--allow-net=localhost:${server.addr.port}`;
    const url = `wss://localhost:${server.addr.port}/`;
    const run = (env: Record<string, string>) => runDeno(["--no-prompt", net, SCRIPT, url], { env });
    assertEquals((await run({ DENO_CERT: file })).out, "hello\n1000\n");
    assertMatch((await run({})).out, /certificate.*\n1006\n$/);
  } finally {
    await Deno.remove(file);
  }
});
