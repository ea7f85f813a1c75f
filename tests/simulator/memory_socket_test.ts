import { assert, assertEquals, assertThrows } from "@std/assert";
import { memorySocket, type Peer, type PeerEvents } from "../../lib/simulator/memory-socket.ts";
import { settle } from "../support/clock.ts";

/** A connection whose two ends write down what they see. */
function pair() {
  const seen: unknown[] = [];
  let peer!: Peer;
  const events: PeerEvents = {
    received: (data) => seen.push(["server got", data]),
    ended: (code, reason) => seen.push(["server ended", code, reason]),
  };
  const socket = memorySocket((given) => {
    peer = given;
    peer.send("welcome");
    return events;
  });
  socket.onopen = () => seen.push(["open", socket.readyState]);
  socket.onmessage = ({ data }) => seen.push(["client got", data]);
  socket.onclose = ({ code, reason, wasClean }) => seen.push(["close", code, reason, wasClean]);
  socket.onerror = (event) => seen.push(["error", (event as ErrorEvent).message]);
  return { socket, seen, peer: () => peer };
}

Deno.test("a connection opens later, and what was sent at once arrives after onopen", async () => {
  const { socket, seen } = pair();
  const atOnce = [socket.readyState, seen.length];
  assertEquals(atOnce, [WebSocket.CONNECTING, 0]);
  await settle();
  assertEquals(seen, [["open", WebSocket.OPEN], ["client got", "welcome"]]);
});

Deno.test("messages keep their order in both directions and never arrive within send()", async () => {
  const { socket, seen, peer } = pair();
  await settle();
  seen.length = 0;
  for (const text of ["1", "2", "3"]) socket.send(text);
  peer().send("a");
  peer().send("b");
  const atOnce = seen.length;
  assertEquals(atOnce, 0);
  await settle();
  const of = (who: string) =>
    (seen as [string, string][]).filter(([each]) => each === who).map(([, text]) => text);
  assertEquals([of("server got"), of("client got")], [["1", "2", "3"], ["a", "b"]]);
});

Deno.test("send() before the connection is open throws, after its end it does nothing, as in Deno", async () => {
  const { socket, seen } = pair();
  const error = assertThrows(() => socket.send("early"), DOMException);
  assertEquals(error.name, "InvalidStateError");
  await settle();
  socket.close();
  socket.send("late");
  await settle();
  assert(!JSON.stringify(seen).includes("late"));
});

Deno.test("a client's close reaches the server behind what was sent, with code and reason, and comes back", async () => {
  const { socket, seen } = pair();
  await settle();
  seen.length = 0;
  socket.send("last");
  socket.close(1000, "done");
  assertEquals(socket.readyState, WebSocket.CLOSING);
  await settle();
  assertEquals(seen, [["server got", "last"], ["server ended", 1000, "done"], ["close", 1000, "done", true]]);
  assertEquals(socket.readyState, WebSocket.CLOSED);
});

Deno.test("a server's close comes behind its messages, a drop shows as code 0 and an error", async () => {
  const polite = pair();
  await settle();
  polite.peer().send("bye");
  polite.peer().close(1001, "going");
  await settle();
  assertEquals(polite.seen.slice(2), [["client got", "bye"], ["close", 1001, "going", true]]);

  const dropped = pair();
  await settle();
  dropped.peer().drop();
  dropped.peer().send("never");
  await settle();
  assertEquals(dropped.seen.slice(2), [["error", "Unexpected EOF"], ["close", 0, "", false]]);
});

Deno.test("close codes that a client may not use are refused, as in Deno", async () => {
  const { socket } = pair();
  await settle();
  for (const code of [999, 1001, 1011, 5000]) {
    assertEquals(assertThrows(() => socket.close(code), DOMException).name, "InvalidAccessError");
  }
  assertThrows(() => socket.close(1000, "x".repeat(124)), DOMException);
  assertEquals(socket.readyState, WebSocket.OPEN);
});

Deno.test("a close while connecting never opens a session", async () => {
  let accepted = false;
  const socket = memorySocket(() => {
    accepted = true;
    return { received() {}, ended() {} };
  });
  let closed: number | undefined;
  socket.onclose = ({ code }) => closed = code;
  socket.close();
  await settle();
  assertEquals([accepted, closed], [false, 0]);
});
