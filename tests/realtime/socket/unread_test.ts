import { assertEquals, assertGreater, assertLess, assertMatch } from "@std/assert";
import { VirtualClock } from "../../support/clock.ts";
import { wrapConnections } from "../../support/conn.ts";
import { openSocket } from "../../support/dialled.ts";
import { concat } from "../../support/frames.ts";
import { accept, ascii, type RawPeer, serverFrame, startRawModel } from "../../support/raw-model.ts";

/** A server that reads nothing until it is told to. */
function startDeaf(then: (peer: RawPeer) => Promise<void> = (peer) => peer.drain()) {
  const release = Promise.withResolvers<void>();
  const model = startRawModel(async (peer) => {
    await peer.write(accept(peer));
    await release.promise;
    await then(peer);
  });
  return { model, release: release.resolve };
}

Deno.test("socket: what a server does not read is counted, and leaves when it reads again", async () => {
  let frames = 0;
  const { model, release } = startDeaf(async (peer) => {
    for (let frame = await peer.frame(); frame?.opcode === 1; frame = await peer.frame()) frames++;
    await peer.write(serverFrame(8, ""));
  });
  await using _ = model;
  const { socket, opened, closed } = openSocket(model.url);
  await opened;
  assertEquals(socket.bufferedAmount, 0);
  const megabyte = "x".repeat(2 ** 20);
  for (let count = 0; count < 20; count++) socket.send(megabyte);
  assertEquals(socket.bufferedAmount, 20 * (2 ** 20 + 14));
  await new Promise((later) => setTimeout(later, 50));
  const waiting = socket.bufferedAmount;
  assertGreater(waiting, 2 ** 20);
  assertLess(waiting, 20 * 2 ** 20);
  release();
  while (socket.bufferedAmount > 0) await new Promise((later) => setTimeout(later, 5));
  socket.close();
  await closed;
  assertEquals(frames, 20);
});

Deno.test("socket: a server that never reads is given up before its queue takes all memory", async () => {
  const { model, release } = startDeaf();
  await using _ = model;
  const { socket, opened, closed, told } = openSocket(model.url);
  await opened;
  const megabyte = "x".repeat(2 ** 20);
  for (let count = 0; count < 100; count++) socket.send(megabyte);
  assertLess(socket.bufferedAmount, 34 * 2 ** 20);
  assertEquals(told, ["open"]);
  await closed;
  assertEquals([told.length, told[2]], [3, "close 1006"]);
  assertMatch(told[1]!, /reads nothing/);
  release();
});

Deno.test("socket: with a write that hangs it can still be closed, and ends in time", async () => {
  const { model, release } = startDeaf();
  await using _ = model;
  const { socket, opened, closed, told } = openSocket(model.url, { closeLimitMs: 20 });
  await opened;
  socket.send("x".repeat(20 * 2 ** 20));
  await new Promise((later) => setTimeout(later, 20));
  socket.close(1000);
  await closed;
  assertEquals(told, ["open", "close 1006"]);
  release();
});

Deno.test("socket: a server that closes while it reads nothing is told with its own code", async () => {
  const over = Promise.withResolvers<void>();
  await using model = startRawModel(async (peer) => {
    await peer.write(accept(peer));
    await new Promise((later) => setTimeout(later, 20));
    await peer.write(serverFrame(8, Uint8Array.of(3, 233, ...ascii("going"))));
    await over.promise;
  });
  const { socket, opened, closed, told } = openSocket(model.url, { closeLimitMs: 20 });
  await opened;
  socket.send("x".repeat(20 * 2 ** 20));
  await closed;
  over.resolve();
  assertEquals(told, ["open", "close 1001 going"]);
});

Deno.test("socket: what the server said is told though writing failed before it was read", async () => {
  const failed = Promise.withResolvers<void>();
  using _ = wrapConnections((conn) => {
    const { write } = conn;
    conn.write = (bytes) => {
      if (bytes[0] === "G".charCodeAt(0)) return write.call(conn, bytes); // the handshake
      setTimeout(failed.resolve, 5);
      return Promise.reject(new Error("Broken pipe"));
    };
  });
  await using model = startRawModel(async (peer) => {
    await peer.write(accept(peer));
    await failed.promise;
    await peer.write(
      concat(serverFrame(1, "last"), serverFrame(8, Uint8Array.of(3, 233, ...ascii("going")))),
    );
    await peer.drain();
  });
  const { socket, opened, closed, told, messages } = openSocket(model.url);
  await opened;
  socket.send("one");
  await failed.promise;
  socket.send("more");
  assertEquals(socket.bufferedAmount, 0);
  await closed;
  assertEquals([told, messages], [["open", "close 1001 going"], ["last"]]);
});

Deno.test("socket: where writing failed and the server says nothing the connection ends in time, and tells why", async () => {
  const clock = new VirtualClock();
  using _ = wrapConnections((conn) => {
    const { write } = conn;
    conn.write = (bytes) =>
      bytes[0] === "G".charCodeAt(0) ? write.call(conn, bytes) : Promise.reject(new Error("Broken pipe"));
  });
  await using model = startRawModel(async (peer) => {
    await peer.write(accept(peer));
    await peer.drain();
  });
  const { socket, opened, closed, told } = openSocket(model.url, { clock });
  await opened;
  socket.send("one");
  await clock.run(2999);
  assertEquals(told, ["open"]);
  await clock.run(1);
  await closed;
  assertEquals([told, clock.pending], [["open", "error Broken pipe", "close 1006"], 0]);
});

Deno.test("socket: a connection that the network resets tells so, but not to who has closed it", async () => {
  for (const close of [false, true]) {
    const reset = Promise.withResolvers<number>();
    using _ = wrapConnections((conn) => {
      const { read } = conn;
      let reads = 0;
      conn.read = (bytes) => reads++ === 0 ? read.call(conn, bytes) : reset.promise;
    });
    await using model = startRawModel(async (peer) => {
      await peer.write(accept(peer));
      await peer.drain();
    });
    const { socket, opened, closed, told } = openSocket(model.url);
    await opened;
    if (close) socket.close(1000);
    reset.reject(new Error("Connection reset by peer"));
    await closed;
    assertEquals(told.filter((each) => each !== "error Connection reset by peer"), ["open", "close 1006"]);
    assertEquals(told.length, close ? 2 : 3);
  }
});
