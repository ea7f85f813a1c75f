import { assertEquals } from "@std/assert";
import { silentLog } from "../../lib/log.ts";
import type { Call } from "../../lib/call/call.ts";
import { Registry } from "../../lib/call/registry.ts";
import type { Line } from "../../lib/line/line.ts";
import { Door } from "../../lib/server/door.ts";
import { VirtualClock } from "../support/clock.ts";

/** A door with calls and lines that do no more than begin and end. */
function open({ maxCalls, drainMs = 8000 }: { maxCalls?: number; drainMs?: number } = {}) {
  const clock = new VirtualClock();
  const calls = new Registry(silentLog);
  const door = new Door({ calls, clock, maxCalls, drainMs });
  const ended: string[] = [];
  let drainedAtMs: number | undefined;
  return {
    clock,
    door,
    ended,
    drainedAtMs: () => drainedAtMs,
    drain: () => door.drain().then(() => drainedAtMs = clock.now()),
    begin(uuid: string): Call {
      const call = {
        uuid,
        end(reason: string) {
          ended.push(`${uuid} ${reason}`);
          calls.remove(call);
          door.settle();
        },
      } as unknown as Call;
      calls.add(call);
      return call;
    },
    wait(socket: WebSocket = new EventTarget() as WebSocket): Line {
      const line = {
        close() {
          ended.push("line");
          door.left(line);
        },
      } as Line;
      door.waits(line, socket);
      return line;
    },
  };
}

Deno.test("door: lines that have not said init take up room, and give it back", () => {
  const { door, begin, wait } = open({ maxCalls: 2 });
  const line = wait();
  const call = begin("a");
  assertEquals(door.reason, "MAX_CALLS is reached: 2");
  door.left(line);
  assertEquals(door.reason, undefined);
  begin("b");
  assertEquals(door.reason, "MAX_CALLS is reached: 2");
  call.end("hung_up");
  assertEquals(door.reason, undefined);
});

Deno.test("drain: without calls it is over at once", async () => {
  const { clock, door, drain, drainedAtMs } = open();
  drain();
  await clock.run(0);
  assertEquals(drainedAtMs(), 0);
  assertEquals([door.state, door.reason], ["closed", "the service is stopping"]);
  assertEquals(clock.pending, 0);
});

Deno.test("drain: it waits for the last call and for lines that are about to begin one", async () => {
  const { clock, door, ended, begin, wait, drain, drainedAtMs } = open();
  const call = begin("a");
  const line = wait();
  drain();
  await clock.run(1000);
  assertEquals([door.state, door.reason], ["draining", "the service is stopping"]);
  call.end("hung_up");
  await clock.run(1000);
  assertEquals(drainedAtMs(), undefined);
  const late = begin("b");
  door.left(line);
  await clock.run(1000);
  assertEquals(drainedAtMs(), undefined);
  late.end("hung_up");
  await clock.run(0);
  assertEquals(drainedAtMs(), 3000);
  assertEquals(ended, ["a hung_up", "b hung_up"]);
  assertEquals(clock.pending, 0);
});

Deno.test("drain: what is left at its limit ends, and no second drain makes it longer", async () => {
  const { clock, ended, begin, wait, drain, drainedAtMs } = open();
  begin("a");
  begin("b");
  wait();
  drain();
  await clock.run(5000);
  drain();
  await clock.run(2999);
  assertEquals(ended, []);
  await clock.run(1);
  assertEquals(ended, ["line", "a shutdown", "b shutdown"]);
  assertEquals(drainedAtMs(), 8000);
});

Deno.test("stop: it ends a drain at once", async () => {
  const { clock, door, ended, begin, drain, drainedAtMs } = open();
  begin("a");
  drain();
  await clock.run(100);
  door.close();
  await clock.run(0);
  assertEquals(ended, ["a shutdown"]);
  assertEquals(drainedAtMs(), 100);
  assertEquals(clock.pending, 0);
});

Deno.test("gone: it waits for the last socket's close frame, not for its line alone", async () => {
  const { clock, door, wait } = open();
  const sockets = [new EventTarget(), new EventTarget()] as WebSocket[];
  for (const socket of sockets) wait(socket);
  let gone = false;
  door.close();
  door.gone().then(() => gone = true);
  for (const socket of sockets) {
    await clock.run(0);
    assertEquals(gone, false);
    socket.dispatchEvent(new Event("close"));
  }
  await clock.run(0);
  assertEquals(gone, true);
  let again = false;
  door.gone().then(() => again = true);
  await clock.run(0);
  assertEquals(again, true);
});
