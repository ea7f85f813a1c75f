import { assertEquals } from "@std/assert";
import type { Line, LineEnd } from "../../lib/line/line.ts";
import type { Entered } from "../../lib/server/together.ts";
import { Board } from "../../lib/workers/board.ts";
import { Colleagues } from "../../lib/workers/colleagues.ts";
import type { FromWorker } from "../../lib/workers/messages.ts";
import { VirtualClock } from "../support/clock.ts";

interface SpyLine extends Line {
  readonly told: unknown[];
}

function spyLine(): SpyLine {
  const told: unknown[] = [];
  return {
    told,
    audio: (frame) => told.push([...frame]),
    interruption: () => told.push("interruption"),
    transcript: (role, text) => told.push([role, text]),
    error: (message) => told.push({ error: message }),
    close: () => told.push("close"),
  };
}

/** A call that another worker has, and the line that it was given. */
function spyCall() {
  const told: unknown[] = [];
  const call = {
    told,
    line: undefined as Line | undefined,
    callerAudio: (samples: Int16Array) => void told.push([...samples]),
    callerDigit: (digit: string) => void told.push(digit),
    lineClosed: (line: Line, end: LineEnd) => void told.push({ isIt: line === call.line, end }),
  };
  return call;
}

/** Two workers; what the main thread does between them is done here. @param has whether the second has the call */
function two(has = true) {
  const clock = new VirtualClock();
  const board = Board.create(2);
  const call = spyCall();
  const noCalls = { adopt: () => undefined };
  const service = {
    adopt: () =>
      !has ? undefined : (line: Line): Entered => {
        call.line = line;
        line.audio(new Int16Array([7, 8]));
        return call;
      },
  };
  const other = new Colleagues({ place: 1, board, clock, post() {} });
  const ports: MessagePort[] = [];
  const post = (message: FromWorker) => {
    if (message.type !== "find") return;
    const { port1, port2 } = new MessageChannel();
    ports.push(port1, port2);
    other.hear({ type: "adopt", uuid: "u", persona: "p", place: 0, port: port1 }, service);
    one.hear({ type: "found", id: message.id, place: 1, port: port2 }, noCalls);
  };
  const one: Colleagues = new Colleagues({ place: 0, board, clock, post });
  const together = one.together({ render: () => Promise.resolve({ contentType: "", text: "" }) });
  return {
    clock,
    call,
    line: spyLine(),
    together,
    lostToOne: () => one.hear({ type: "lost", place: 1 }, noCalls),
    lostToOther: () => other.hear({ type: "lost", place: 0 }, noCalls),
    [Symbol.dispose]() {
      for (const port of ports) port.close();
    },
  };
}

/** Until messages between ports have arrived. */
async function arrive(look: () => boolean): Promise<void> {
  for (let count = 0; count < 200 && !look(); count++) await new Promise((resolve) => setTimeout(resolve, 2));
}

Deno.test("relay: caller and agent hear each other by way of another worker, in order", async () => {
  using all = two();
  const { line, call, together } = all;
  const entered = await together.find("u", line, "p");
  const samples = new Int16Array([1, 2, 3, 4]);
  entered!.callerAudio(samples.subarray(1, 3));
  // A line's samples are valid until it returns.
  samples.fill(9);
  entered!.callerDigit("5");
  const frame = new Int16Array([5, 6]);
  call.line!.audio(frame);
  frame.fill(0);
  call.line!.interruption();
  call.line!.transcript("agent", "Hello.");
  await arrive(() => call.told.length === 2 && line.told.length === 4);
  assertEquals(call.told, [[2, 3], "5"]);
  assertEquals(line.told, [[7, 8], [5, 6], "interruption", ["agent", "Hello."]]);
  entered!.lineClosed(line, "vanished");
  await arrive(() => call.told.length === 3);
  assertEquals(call.told[2], { isIt: true, end: "vanished" });
  // It is over: who is lost later is nobody's loss.
  all.lostToOne();
  all.lostToOther();
  assertEquals([call.told.length, line.told.length], [3, 4]);
});

Deno.test("relay: a call that has ended meanwhile is none, and its caller begins another", async () => {
  using all = two(false);
  assertEquals(await all.together.find("u", all.line, "p"), undefined);
  assertEquals(all.line.told, []);
});

Deno.test("relay: with the worker of the call its line is told, with the worker of the line the call lacks it", async () => {
  using one = two();
  await one.together.find("u", one.line, "p");
  await arrive(() => one.line.told.length === 1);
  one.lostToOne();
  assertEquals(one.line.told.slice(-2), [
    { error: "The call was lost with the worker that had it" },
    "close",
  ]);
  using other = two();
  await other.together.find("u", other.line, "p");
  other.lostToOther();
  assertEquals(other.call.told, [{ isIt: true, end: "vanished" }]);
});

Deno.test("colleagues: a main thread that does not answer holds no call and no page", async () => {
  const clock = new VirtualClock();
  const alone = new Colleagues({ place: 0, board: Board.create(1), clock, post() {} });
  const own = { contentType: "text/plain", text: "own" };
  const together = alone.together({ render: () => Promise.resolve(own) });
  const [call, page] = [together.find("u", spyLine(), "p"), together.render()];
  clock.advance(2_500);
  assertEquals([await call, await page], [undefined, own]);
});

Deno.test("colleagues: for how long others have missed a model goes on counting", () => {
  const clock = new VirtualClock();
  const one = new Colleagues({ place: 0, board: Board.create(1), clock, post() {} });
  const together = one.together({ render: () => Promise.reject(new Error("unused")) });
  one.hear({ type: "away", away: [{ model: "m", forMs: 100, reason: "http_503" }] }, {
    adopt: () => undefined,
  });
  clock.advance(250);
  assertEquals(together.away, [{ model: "m", forMs: 350, reason: "http_503" }]);
});
