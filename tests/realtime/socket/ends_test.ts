import { assertEquals, assertMatch } from "@std/assert";
import { createSocketDial } from "../../../lib/realtime/socket/dial.ts";
import { VirtualClock } from "../../support/clock.ts";
import { openSocket } from "../../support/dialled.ts";
import { concat } from "../../support/frames.ts";
import { accept, ascii, type RawPeer, serverFrame, startRawModel } from "../../support/raw-model.ts";

/** What is told when the server answers the upgrade and then does `serve`. */
async function toldAfter(
  serve: (peer: RawPeer) => Promise<void>,
  closeLimitMs = 3000,
): Promise<readonly string[]> {
  const served = Promise.withResolvers<void>();
  await using model = startRawModel(async (peer) => {
    await peer.write(accept(peer));
    await serve(peer).then(served.resolve, served.reject);
  });
  const { closed, told } = openSocket(model.url, { closeLimitMs });
  await Promise.all([closed, served.promise]);
  return told;
}

Deno.test("socket: a connection that is cut ends with 1006", async () => {
  assertEquals(await toldAfter((peer) => Promise.resolve(peer.close())), ["open", "close 1006"]);
});

Deno.test("socket: a connection that is cut within a frame ends with 1006, without half a message", async () => {
  const told = await toldAfter(async (peer) => {
    await peer.write(serverFrame(1, "a whole message").subarray(0, 9));
    peer.close();
  });
  assertEquals(told, ["open", "close 1006"]);
});

Deno.test("socket: the server's close code and reason are told, and its code sent back", async () => {
  const closes: [number, string][] = [
    [1000, ""],
    [1001, "Your session hit the maximum duration of 60 minutes."],
    [1011, ""],
    [3000, "invalid_request_error.invalid_api_key"],
    [4000, "invalid_request_error"],
  ];
  for (const [code, reason] of closes) {
    let echo: { opcode: number; payload: Uint8Array } | undefined;
    const told = await toldAfter(async (peer) => {
      await peer.write(serverFrame(8, Uint8Array.from([code >> 8, code & 0xff, ...ascii(reason)])));
      echo = await peer.frame();
      assertEquals(await peer.frame(), undefined);
    });
    assertEquals(told, ["open", `close ${code} ${reason}`.trimEnd()]);
    assertEquals([echo!.opcode, [...echo!.payload]], [8, [code >> 8, code & 0xff]]);
  }
});

Deno.test("socket: a close frame without a code is 1005", async () => {
  assertEquals(await toldAfter(async (peer) => await peer.write(serverFrame(8, ""))), ["open", "close 1005"]);
});

const GARBAGE: [name: string, bytes: Uint8Array, code: number, error: RegExp][] = [
  ["text that is not UTF-8", serverFrame(1, Uint8Array.from([0x22, 0xc3, 0x28])), 1007, /UTF-8/],
  ["a reserved opcode", serverFrame(3, "x"), 1002, /opcode/],
  ["a masked frame", Uint8Array.from([0x81, 0x81, 1, 2, 3, 4, 5]), 1002, /MASK/],
  ["a continuation of nothing", serverFrame(0, "x"), 1002, /opcode/],
  ["a close code that may not be sent", serverFrame(8, Uint8Array.from([0x03, 0xed])), 1002, /status code/],
  // 17 MiB are announced; nobody waits for them.
  ["a giant message", Uint8Array.from([0x81, 127, 0, 0, 0, 0, 1, 0x10, 0, 0]), 1009, /payload/],
];
for (const [name, bytes, code, error] of GARBAGE) {
  Deno.test(`socket: ${name} from the server ends the connection, and the server hears why`, async () => {
    let heard: unknown;
    const told = await toldAfter(async (peer) => {
      // More than fits in the client's buffer follows, and takes the answer back if it is not read.
      await peer.write(concat(serverFrame(1, "before"), bytes, new Uint8Array(200_000)));
      const frame = await peer.frame();
      heard = [frame?.opcode, frame && frame.payload[0]! << 8 | frame.payload[1]!];
      await peer.drain();
    });
    assertEquals([told.length, told[0], told[2]], [3, "open", "close 1006"]);
    assertMatch(told[1]!, error);
    assertEquals(heard, [8, code]);
  });
}

Deno.test("socket: a server that breaks the protocol and stays is cut after half a second", async () => {
  const clock = new VirtualClock();
  const cut = Promise.withResolvers<void>();
  await using model = startRawModel(async (peer) => {
    await peer.write(concat(accept(peer), serverFrame(3, "")));
    await peer.frame();
    await peer.drain();
    await peer.drain();
    cut.resolve();
  });
  const conn = openSocket(model.url, { clock });
  await conn.opened;
  while (conn.socket.readyState === 1) await new Promise((later) => setTimeout(later, 1));
  await clock.run(499);
  assertEquals(conn.told, ["open"]);
  await clock.run(1);
  await Promise.all([conn.closed, cut.promise]);
  assertEquals([conn.told.length, conn.told.at(-1), clock.pending], [3, "close 1006", 0]);
});

Deno.test("socket: a server that broke the protocol hears of the end, and need not wait for the cut", async () => {
  const clock = new VirtualClock(); // which never moves
  await using model = startRawModel(async (peer) => {
    await peer.write(concat(accept(peer), serverFrame(3, "")));
    await peer.drain();
  });
  const { closed, told } = openSocket(model.url, { clock });
  await closed;
  assertEquals([told.length, clock.pending], [3, 0]);
});

Deno.test("socket: a ping between a message's parts is answered with its payload", async () => {
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
  const { socket, received, messages, closed } = openSocket(model.url, { closeLimitMs: 20 });
  await received(1);
  assertEquals(messages, ['{"type":"session.created"}']);
  assertEquals(await answered.promise, "10 ping");
  socket.close();
  await closed;
});

Deno.test("socket: what comes after close() is not told", async () => {
  await using model = startRawModel(async (peer) => {
    await peer.write(concat(accept(peer), serverFrame(1, "one"), serverFrame(1, "two"), serverFrame(9, "")));
    assertEquals((await peer.frame())?.opcode, 8);
    await peer.write(
      concat(serverFrame(1, "three"), serverFrame(9, ""), serverFrame(8, Uint8Array.of(3, 232))),
    );
    assertEquals(await peer.frame(), undefined);
  });
  const { socket, messages, closed, told } = openSocket(model.url);
  const keep = socket.onmessage!;
  socket.onmessage = (event) => {
    keep.call(socket, event);
    socket.close(1000);
  };
  await closed;
  assertEquals([messages, told], [["one"], ["open", "close 1000"]]);
});

Deno.test("socket: what a handler throws ends that connection and nothing else", async () => {
  for (const handler of ["onopen", "onmessage"] as const) {
    let heard: number | undefined;
    await using model = startRawModel(async (peer) => {
      await peer.write(concat(accept(peer), serverFrame(1, "one"), serverFrame(1, "two")));
      const frame = await peer.frame();
      heard = frame && frame.payload[0]! << 8 | frame.payload[1]!;
      await peer.write(serverFrame(8, frame!.payload));
      await peer.drain();
    });
    const dialled = openSocket(model.url);
    dialled.socket[handler] = () => {
      throw new Error("A mistake of ours");
    };
    await dialled.closed;
    assertEquals(dialled.told.filter((each) => each !== "open"), ["error A mistake of ours", "close 1006"]);
    assertEquals([heard, dialled.messages], [1011, []]);
  }
});

Deno.test("socket: what the last handlers throw harms nobody", async () => {
  await using model = startRawModel(async (peer) => await peer.write(ascii("no")));
  const socket = createSocketDial()(model.url, { headers: {} });
  const ended = Promise.withResolvers<void>();
  socket.onerror = () => {
    throw new Error("A mistake");
  };
  socket.onclose = () => {
    ended.resolve();
    throw new Error("Another mistake");
  };
  await ended.promise;
});

Deno.test("socket: a socket without handlers lives and ends", async () => {
  await using model = startRawModel(async (peer) => {
    await peer.write(concat(accept(peer), serverFrame(1, "one"), serverFrame(8, "")));
    await peer.drain();
  });
  const socket = createSocketDial()(model.url, { headers: {} });
  while (socket.readyState !== 3) await new Promise((later) => setTimeout(later, 1));
});

Deno.test("socket: a server that never answers the close frame is cut, and no connection is left", async () => {
  const clock = new VirtualClock();
  const cut = Promise.withResolvers<void>();
  let asked: unknown;
  await using model = startRawModel(async (peer) => {
    await peer.write(accept(peer));
    asked = await peer.frame();
    await peer.drain().catch(() => {});
    cut.resolve();
  });
  const { socket, opened, closed, told } = openSocket(model.url, { clock });
  await opened;
  socket.close(1000, "bye");
  assertEquals([socket.readyState, clock.pending], [2, 1]);
  await clock.run(2999);
  assertEquals(told, ["open"]);
  await clock.run(1);
  await Promise.all([closed, cut.promise]);
  assertEquals([told, clock.pending], [["open", "close 1006"], 0]);
  assertEquals(asked, { opcode: 8, payload: Uint8Array.of(3, 232, ...ascii("bye")) });
});

Deno.test("socket: a close code or reason that can't be sent cuts the connection instead of throwing", async () => {
  for (
    const [code, reason] of [[1006, ""], [1000, "ü".repeat(62)], [undefined, "why"], [70_000, ""]] as const
  ) {
    await using model = startRawModel(async (peer) => {
      await peer.write(accept(peer));
      await peer.drain();
    });
    const { socket, opened, closed, told } = openSocket(model.url);
    await opened;
    socket.close(code, reason);
    await closed;
    assertEquals(told, ["open", "close 1006"]);
  }
});

Deno.test("socket: close() without a code sends none", async () => {
  await using model = startRawModel(async (peer) => {
    await peer.write(accept(peer));
    assertEquals(await peer.frame(), { opcode: 8, payload: new Uint8Array(0) });
    await peer.write(serverFrame(8, ""));
    await peer.drain();
  });
  const { socket, opened, closed, told } = openSocket(model.url);
  await opened;
  socket.close();
  await closed;
  assertEquals(told, ["open", "close 1005"]);
});
