import { assertEquals } from "@std/assert";
import { EventLog, type Filter, grouped, passes } from "../../lib/console/page/call/event-log.js";

const ALL: Filter = { text: "", sources: { call: true, model: true, line: true }, audio: true };

function logOf(): EventLog {
  const log = new EventLog();
  log.add("call", "out", { type: "started", uuid: "u-1" }, 0);
  log.add("model", "out", { type: "session.update", session: { voice: "marin" } }, 5);
  log.add("line", "in", { type: "audio", audio: "(320 bytes)" }, 10);
  log.add("model", "in", { type: "response.done", response: { status: "failed" } }, 15);
  return log;
}

const types = (log: EventLog, filter: Partial<Filter>) =>
  log.entries.filter((entry) => passes(entry, { ...ALL, ...filter })).map(({ event }) => event.type);

Deno.test("event log: the filter takes words in any order and case, anywhere in the event", () => {
  const log = logOf();
  assertEquals(types(log, {}), ["started", "session.update", "audio", "response.done"]);
  assertEquals(types(log, { text: "MARIN  session" }), ["session.update"]);
  assertEquals(types(log, { text: "done in model" }), ["response.done"]);
  assertEquals(types(log, { text: "failed started" }), []);
  assertEquals(types(log, { audio: false, sources: { call: true, model: false, line: true } }), ["started"]);
});

Deno.test("event log: audio of each side is one entry a second, however it is mixed with the other's", () => {
  const log = new EventLog();
  for (let frame = 0; frame < 150; frame++) {
    log.add("line", "in", { type: "audio" }, frame * 20);
    log.add("line", "out", { type: "audio" }, frame * 20);
    log.add("model", "in", { type: "response.output_audio.delta" }, frame * 20, 2);
  }
  assertEquals(log.entries.map(({ count }) => count), [50, 50, 100, 50, 50, 100, 50, 50, 100]);
});

Deno.test("event log: it forgets the oldest and says so, rather than fill the page's memory", () => {
  const log = new EventLog();
  for (let count = 0; count < 6000; count++) log.add("call", "out", { type: "digit" }, count);
  assertEquals([log.entries.length, log.forgotten, log.entries[0]!.atMs], [5000, 1000, 1000]);
});

Deno.test("event log: as text each line is the JSON of one event", () => {
  const lines = logOf().text({ ...ALL, text: "model" }).trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(lines, [
    {
      atMs: 5,
      source: "model",
      direction: "out",
      event: { type: "session.update", session: { voice: "marin" } },
    },
    {
      atMs: 15,
      source: "model",
      direction: "in",
      event: { type: "response.done", response: { status: "failed" } },
    },
  ]);
});

Deno.test("event log: pieces of one text are read as one, those of another are not", () => {
  const log = new EventLog();
  const delta = (item_id: string) =>
    log.add("model", "in", { type: "response.output_text.delta", item_id, delta: "x" }, 0);
  delta("a");
  delta("a");
  delta("b");
  log.add("call", "out", { type: "answered" }, 0);
  delta("b");
  assertEquals(grouped(log.entries).map((group) => group.length), [2, 1, 1, 1]);
});
