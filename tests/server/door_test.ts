import { assertEquals } from "@std/assert";
import { type Registered, Registry } from "../../lib/call/registry.ts";
import type { Line } from "../../lib/line/line.ts";
import { Door } from "../../lib/server/door.ts";
import { VirtualClock } from "../support/clock.ts";

/** A door with calls and lines that do no more than begin and end. */
function open({ maxCalls, drainMs = 8000 }: { maxCalls?: number; drainMs?: number } = {}) {
  const clock = new VirtualClock();
  const calls = new Registry();
  const door = new Door({ calls, clock, maxCalls, drainMs });
  const ended: string[] = [];
  let drainedAtMs: number | undefined;
  return {
    clock,
    door,
    ended,
    drainedAtMs: () => drainedAtMs,
    drain: () => door.drain().then(() => drainedAtMs = clock.now()),
    begin(uuid: string): Registered & { lacksLine: boolean } {
      const call = {
        uuid,
        lacksLine: false,
        leave: () => void ended.push(`${uuid} goodbye`),
        end(reason: string) {
          ended.push(`${uuid} ${reason}`);
          calls.remove(call);
          door.settle();
        },
      };
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

Deno.test("door: at MAX_CALLS a further line is let in for each call that lacks its line, to take one over only", () => {
  const { door, begin, wait } = open({ maxCalls: 2 });
  const calls = [begin("a"), begin("b")];
  assertEquals(door.refusal, "MAX_CALLS is reached: 2");
  calls[0]!.lacksLine = true;
  assertEquals([door.reason, door.refusal], ["MAX_CALLS is reached: 2", undefined]);
  const first = wait();
  assertEquals(door.refusalFor(first), "MAX_CALLS is reached: 2");
  assertEquals(door.refusal, "MAX_CALLS is reached: 2");
  calls[1]!.lacksLine = true;
  assertEquals(door.refusal, undefined);
  wait();
  assertEquals(door.refusal, "MAX_CALLS is reached: 2");
  // It has taken its call over, or is gone.
  door.left(first);
  calls[0]!.lacksLine = false;
  assertEquals(door.refusal, "MAX_CALLS is reached: 2");
});

Deno.test("door: a line that was let in for another's call may begin its own if there is room by then", () => {
  const { door, begin, wait } = open({ maxCalls: 1 });
  const call = begin("a");
  call.lacksLine = true;
  const line = wait();
  assertEquals(door.refusalFor(line), "MAX_CALLS is reached: 1");
  call.end("line_lost");
  assertEquals(door.refusalFor(line), undefined);
});

Deno.test("door: a line that had room keeps it, however full the house is when it says init", () => {
  const { door, begin, wait } = open({ maxCalls: 2 });
  const line = wait();
  begin("a").lacksLine = true;
  const spare = wait();
  assertEquals([door.refusalFor(line), door.refusalFor(spare)], [undefined, "MAX_CALLS is reached: 2"]);
});

Deno.test("drain: a line may still come for a call that lacks one, and does not hold the drain when that has ended", async () => {
  const { clock, door, ended, begin, wait, drain, drainedAtMs } = open();
  const call = begin("a");
  drain();
  assertEquals(door.refusal, "the service is stopping");
  call.lacksLine = true;
  assertEquals(door.refusal, undefined);
  const line = wait();
  assertEquals(door.refusalFor(line), "the service is stopping");
  await clock.run(100);
  call.end("line_lost");
  await clock.run(0);
  assertEquals(drainedAtMs(), 100);
  assertEquals(ended, ["a line_lost", "line"]);
  assertEquals(door.refusal, "the service is stopping");
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
  await clock.run(3999);
  assertEquals(ended, []);
  await clock.run(1);
  assertEquals(ended.splice(0), ["a goodbye", "b goodbye"]);
  drain();
  await clock.run(3999);
  assertEquals(ended, []);
  await clock.run(1);
  assertEquals(ended, ["line", "a shutdown", "b shutdown"]);
  assertEquals(drainedAtMs(), 8000);
});

Deno.test("drain: a long one gives the calls all but the time of a goodbye", async () => {
  const { clock, ended, begin, drain, drainedAtMs } = open({ drainMs: 600_000 });
  const call = begin("a");
  drain();
  await clock.run(591_999);
  assertEquals(ended, []);
  await clock.run(1);
  assertEquals(ended, ["a goodbye"]);
  call.end("shutdown");
  await clock.run(0);
  assertEquals(drainedAtMs(), 592_000);
  assertEquals(clock.pending, 0);
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
