import { assertEquals } from "@std/assert";
import { Registry } from "../../lib/call/registry.ts";
import type { Line } from "../../lib/line/line.ts";
import { Door } from "../../lib/server/door.ts";
import { createPurse } from "../../lib/server/purse.ts";
import { Board } from "../../lib/workers/board.ts";
import { VirtualClock } from "../support/clock.ts";
import { runDeno } from "../support/run.ts";

const line = (): Line => ({
  audio() {},
  interruption() {},
  transcript() {},
  error() {},
  close() {},
});

/** The doors of two workers, which share MAX_CALLS. */
function doors(maxCalls: number, meanwhile: () => void = () => {}) {
  const board = Board.create(2);
  const make = (place: number) => {
    const calls = new Registry();
    const door: Door = new Door({
      calls,
      clock: new VirtualClock(),
      maxCalls,
      drainMs: 0,
      others() {
        const seen = board.sum(place);
        meanwhile();
        return seen;
      },
      onChange: () =>
        board.publish(place, {
          taken: door.taken,
          lacking: 0,
          live: calls.size,
          answered: 0,
          door: door.state,
        }),
    });
    return door;
  };
  return { board, one: make(0), two: make(1) };
}

const socket = () => new EventTarget() as WebSocket;

Deno.test("board: what one worker has taken another can't take, and a dead one's places are free", () => {
  const { board, one, two } = doors(2);
  const first = line();
  one.waits(first, socket());
  two.waits(line(), socket());
  assertEquals([one.refusal, two.refusal], Array(2).fill("MAX_CALLS is reached: 2"));
  one.left(first);
  assertEquals(two.refusal, undefined);
  board.clear(1);
  one.waits(line(), socket());
  assertEquals([board.sum().taken, one.reason], [1, undefined]);
});

Deno.test("board: two workers that take the last place at the same time do not both get it", () => {
  let meanwhile = () => {};
  const { board, one, two } = doors(1, () => meanwhile());
  const [first, second] = [line(), line()];
  // Once this one has looked at the board and before it writes on it, the other one takes the place.
  meanwhile = () => {
    meanwhile = () => {};
    two.waits(second, socket());
  };
  one.waits(first, socket());
  assertEquals([one.taken, two.taken, board.sum().taken], [0, 1, 1]);
  assertEquals([one.refusalFor(first), two.refusalFor(second)], ["MAX_CALLS is reached: 1", undefined]);
  // It asks once more when its line says init.
  two.left(second);
  assertEquals([one.refusalFor(first), board.sum().taken], [undefined, 1]);
});

Deno.test("board: the most open of the workers' doors is the service's", () => {
  const board = Board.create(3);
  const row = { taken: 1, lacking: 2, live: 3, answered: 4 };
  assertEquals(board.sum().door, undefined);
  board.publish(0, { ...row, door: "closed" });
  board.publish(2, { ...row, door: "draining" });
  assertEquals(board.sum(), { taken: 2, lacking: 4, live: 6, answered: 8, door: "draining" });
  assertEquals(board.sum(2), { ...row, door: "closed" });
  board.clear(2);
  assertEquals(board.sum(), { ...row, answered: 8, door: "closed" });
});

Deno.test("purse: it adds up what all spend in a day, to a fraction of a cent, and begins anew with the next", () => {
  for (const purse of [Board.create(1).purse, createPurse()]) {
    for (let count = 0; count < 1000; count++) purse.add(20_000, 0.000_123_4);
    assertEquals([Math.round(purse.spent(20_000) * 1e7), purse.spent(20_001)], [1_234_000, 0]);
    assertEquals([purse.add(20_001, 1_000_000), purse.spent(20_000)], [1_000_000, 0]);
  }
});

Deno.test("purse: nothing is lost of what several threads add at the same time", async () => {
  // In a process of its own, as the test runner would check the types of each worker's modules first.
  const script = new URL("./spend.ts", import.meta.url).pathname;
  const { code, out } = await runDeno(["--no-prompt", "--allow-read", script]);
  assertEquals([code, out], [0, "400\n"]);
});
