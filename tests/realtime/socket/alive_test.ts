import { assert, assertEquals } from "@std/assert";
import { VirtualClock } from "../../support/clock.ts";
import { wrapConnections } from "../../support/conn.ts";
import { openSocket } from "../../support/dialled.ts";
import { accept, serverFrame, startRawModel } from "../../support/raw-model.ts";

Deno.test("socket: a server that fell silent without a word is lost 10 s after a ping, and cut", async () => {
  const clock = new VirtualClock();
  const pinged = Promise.withResolvers<number | undefined>();
  const cut = Promise.withResolvers<void>();
  await using model = startRawModel(async (peer) => {
    await peer.write(accept(peer));
    pinged.resolve((await peer.frame())?.opcode);
    await peer.drain().catch(() => {});
    cut.resolve();
  });
  const { socket, opened, closed, told } = openSocket(model.url, { clock });
  await opened;
  assertEquals(clock.pending, 1);
  await clock.run(10_000);
  assertEquals(await pinged.promise, 9);
  await clock.run(9999);
  assertEquals(told, ["open"]);
  await clock.run(1);
  await closed;
  assertEquals(told, ["open", "close 1006 No pong within 10000 ms"]);
  assertEquals([socket.readyState, clock.pending], [3, 0]);
  await cut.promise;
});

Deno.test("socket: a server that answers pings is kept, and asked no more after the end", async () => {
  const clock = new VirtualClock();
  const pongs = Array.from({ length: 6 }, () => Promise.withResolvers<void>());
  let pings = 0;
  await using model = startRawModel(async (peer) => {
    await peer.write(accept(peer));
    for (let frame = await peer.frame(); frame && frame.opcode !== 8; frame = await peer.frame()) {
      if (frame.opcode === 10) pongs[pings++]?.resolve();
      if (frame.opcode !== 9) continue;
      await peer.write(serverFrame(10, frame.payload));
      await peer.write(serverFrame(9, "read?")); // its answer shows that the pong has been read
    }
  });
  const { socket, opened, closed, told } = openSocket(model.url, { clock });
  await opened;
  for (const pong of pongs) {
    await clock.run(10_000);
    await pong.promise;
  }
  assertEquals([pings, told], [6, ["open"]]);
  socket.close();
  await closed;
  assertEquals([told, clock.pending], [["open", "close 1006"], 0]);
});

Deno.test("socket: a server that sends but answers no pings is kept", async () => {
  const clock = new VirtualClock();
  const half = serverFrame(1, "{}");
  await using model = startRawModel(async (peer) => {
    await peer.write(accept(peer));
    // A message of which a byte comes with each ping is life too.
    for (let at = 0; at < half.length; at++) {
      assertEquals((await peer.frame())?.opcode, 9);
      await peer.write(half.subarray(at, at + 1));
      read[at]!.resolve();
    }
    await peer.drain();
  });
  const read = Array.from(half, () => Promise.withResolvers<void>());
  const { socket, opened, received, closed, told } = openSocket(model.url, { clock });
  await opened;
  for (const { promise } of read) {
    await clock.run(10_000);
    await promise;
    await new Promise((later) => setTimeout(later, 5));
  }
  await received(1);
  assertEquals(told, ["open"]);
  socket.close();
  await clock.run(3000);
  await closed;
});

Deno.test("socket: all that one turn sends leaves with one write, Nagle's algorithm off before it", async () => {
  const happened: string[] = [];
  using _ = wrapConnections((conn) => {
    const { write, setNoDelay } = conn;
    conn.setNoDelay = (noDelay) => {
      happened.push(`no delay ${noDelay}`);
      setNoDelay.call(conn, noDelay);
    };
    conn.write = (bytes) => {
      happened.push(`write ${bytes.length}`);
      return write.call(conn, bytes);
    };
  });
  const got: number[] = [];
  await using model = startRawModel(async (peer) => {
    await peer.write(accept(peer));
    for (let frame = await peer.frame(); frame?.opcode === 1; frame = await peer.frame()) {
      got.push(frame.payload.length);
    }
    await peer.write(serverFrame(8, ""));
  });
  const { socket, opened, closed } = openSocket(model.url);
  await opened;
  assertEquals(happened[0], "no delay true");
  assert(happened[1]?.startsWith("write"));
  happened.length = 0;
  for (let length = 1; length <= 5; length++) socket.send("x".repeat(length));
  assertEquals(happened, []);
  await undefined;
  for (let length = 6; length <= 8; length++) socket.send("x".repeat(length));
  await new Promise((later) => setTimeout(later, 5));
  assertEquals(happened, [`write ${5 * 6 + 15}`, `write ${3 * 6 + 21}`]);
  socket.close();
  await closed;
  assertEquals(got, [1, 2, 3, 4, 5, 6, 7, 8]);
});
