import { assertEquals, assertGreater, assertLess, assertMatch } from "@std/assert";
import { openSocket } from "../../support/dialled.ts";
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

Deno.test("socket: a close frame is told though writing has failed before it was read", async () => {
  await using model = startRawModel(async (peer) => {
    await peer.write(accept(peer));
    await peer.frame();
    await peer.write(serverFrame(8, Uint8Array.of(3, 233, ...ascii("going"))));
    peer.close();
  });
  for (let round = 0; round < 20; round++) {
    const { socket, opened, closed, told } = openSocket(model.url);
    await opened;
    socket.send("one");
    const startMs = performance.now();
    while (performance.now() - startMs < 2); // the server is faster: it has closed, and this end has not read it
    for (let count = 0; count < 50; count++) {
      socket.send("more");
      await undefined;
    }
    await closed;
    assertEquals(told, ["open", "close 1001 going"]);
  }
});
