import { assertEquals, assertStringIncludes } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { createLog } from "../../lib/log.ts";
import { type OpenFile, RecordFile } from "../../lib/records/file.ts";
import { VirtualClock } from "../support/clock.ts";

function logTo(lines: string[]) {
  return createLog({ level: "debug", write: (line) => lines.push(line) });
}

const linesOf = async (path: string) => (await Deno.readTextFile(path)).split("\n");

Deno.test("record file: one line each, in order, behind what is there, for its owner alone", async () => {
  const dir = await Deno.makeTempDir();
  const path = `${dir}/records.jsonl`;
  const logged: string[] = [];
  const file = new RecordFile({ path, clock: systemClock, log: logTo(logged) });
  for (let index = 0; index < 100; index++) file.add(JSON.stringify({ index, text: "a\nb" }));
  await file.close();
  assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
  const again = new RecordFile({ path, clock: systemClock, log: logTo(logged) });
  again.add('{"index":100}');
  await again.close();
  const lines = await linesOf(path);
  assertEquals(lines.pop(), "");
  assertEquals(lines.map((line) => JSON.parse(line).index), Array.from({ length: 101 }, (_, index) => index));
  assertEquals(logged, []);
  await Deno.remove(dir, { recursive: true });
});

Deno.test("record file: it may be renamed at any time, the next record begins a new one", async () => {
  const dir = await Deno.makeTempDir();
  const path = `${dir}/records.jsonl`;
  const file = new RecordFile({ path, clock: systemClock, log: logTo([]) });
  file.add("1");
  await file.close();
  await Deno.rename(path, `${path}.1`);
  file.add("2");
  await file.close();
  assertEquals([await linesOf(`${path}.1`), await linesOf(path)], [["1", ""], ["2", ""]]);
  await Deno.remove(dir, { recursive: true });
});

/** A disk that has room for so many bytes from now on; then a write brings less, and the next one an error. */
function disk() {
  let text = "";
  let roomBytes = Infinity;
  const decoder = new TextDecoder();
  const open = (): Promise<OpenFile> => {
    if (roomBytes < 0) return Promise.reject(new Deno.errors.PermissionDenied("No such right (os error 13)"));
    return Promise.resolve({
      write(bytes: Uint8Array) {
        const part = bytes.subarray(0, roomBytes);
        if (part.length === 0) return Promise.reject(new Error("No space left on device (os error 28)"));
        roomBytes -= part.length;
        text += decoder.decode(part);
        return Promise.resolve(part.length);
      },
      [Symbol.dispose]() {},
    });
  };
  return {
    open,
    get lines() {
      return text.split("\n");
    },
    room: (bytes: number) => roomBytes = bytes,
  };
}

Deno.test("record file: a full disk loses nothing that fits later, and leaves no two records on a line", async () => {
  const clock = new VirtualClock();
  const logged: string[] = [];
  const kept = disk();
  const file = new RecordFile({ path: "x", clock, log: logTo(logged), open: kept.open });
  kept.room(14);
  for (const index of [1, 2, 3]) file.add(JSON.stringify({ index }));
  await clock.run(0);
  assertEquals(kept.lines, ['{"index":1}', '{"']);
  assertStringIncludes(logged[0]!, "No space left");
  file.add(JSON.stringify({ index: 4 }));
  await clock.run(5_000);
  assertEquals(logged.length, 1, "told once a minute");
  kept.room(Infinity);
  await clock.run(10_000);
  assertEquals(kept.lines, ['{"index":1}', '{"', '{"index":2}', '{"index":3}', '{"index":4}', ""]);
  assertEquals(clock.pending, 0);
  await file.close();
  assertEquals(logged.length, 1);
});

Deno.test("record file: a file that can't be written is told, holds a bounded number, and ends with the process", async () => {
  const clock = new VirtualClock();
  const logged: string[] = [];
  const there = disk();
  there.room(-1);
  const counts = { taken: 0, lost: [] as string[] };
  const tally = { taken: () => void counts.taken++, lost: (reason: string) => void counts.lost.push(reason) };
  const file = new RecordFile({ path: "x", clock, log: logTo(logged), open: there.open, tally });
  for (let index = 0; index < 1_200; index++) file.add(JSON.stringify({ index }));
  await clock.run(60_500);
  assertStringIncludes(logged[0]!, "error Records can't be written to their file error=");
  there.room(Infinity);
  await clock.run(10_000);
  const indices = there.lines.slice(0, -1).map((line) => JSON.parse(line).index);
  assertEquals([indices.length, indices[0], indices.at(-1)], [1_000, 200, 1_199]);

  there.room(-1);
  file.add("{}");
  await clock.run(10);
  assertEquals(file.waiting, 1);
  await file.close();
  assertStringIncludes(logged.at(-1)!, "Records are lost, as their file took none records=201");
  assertEquals([counts.taken, counts.lost.length, counts.lost.at(-1)], [1_000, 201, "ended"]);
  assertEquals(new Set(counts.lost), new Set(["too_many", "ended"]));
  assertEquals(clock.pending, 0);
});
