import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { type LineSocket, openAvrLine } from "../../lib/line/avr.ts";
import { createLog } from "../../lib/log.ts";

function phone(onInit = (_uuid: string) => {}) {
  const told: string[] = [];
  const logged: string[] = [];
  const sent: string[] = [];
  const socket: LineSocket = {
    readyState: 1,
    onmessage: null,
    onclose: null,
    onerror: null,
    send: (data) => void sent.push(String(data)),
    close: () => void (closes++),
  };
  let closes = 0;
  const line = openAvrLine(
    socket,
    {
      init: (uuid) => {
        told.push(`init ${uuid}`);
        onInit(uuid);
      },
      audio: (samples) => told.push(`audio ${samples.length}`),
      digit: (digit) => told.push(`digit ${digit}`),
      closed: () => told.push("closed"),
    },
    createLog({ level: "debug", write: (text) => logged.push(text) }),
  );
  const bound = socket as unknown as { onmessage(event: unknown): void; onclose(event: unknown): void };
  return {
    line,
    told,
    logged,
    sent,
    closes: () => closes,
    receive: (data: unknown) => bound.onmessage({ data }),
    hangUp: () => bound.onclose({ code: 1005 }),
  };
}

const text = (value: unknown) => JSON.stringify(value);
const FRAME = new Uint8Array(320).toBase64();

Deno.test("line takes AVR's messages as text", () => {
  const { told, receive } = phone();
  receive(text({ type: "init", uuid: "u-1" }));
  receive(text({ type: "audio", audio: FRAME }));
  receive(text({ type: "dtmf_digit", digit: "#" }));
  assertEquals(told, ["init u-1", "audio 160", "digit #"]);
});

Deno.test("line takes AVR's messages as binary JSON", () => {
  const { told, receive } = phone();
  receive(new TextEncoder().encode(text({ type: "init", uuid: "u-1" })).buffer);
  receive(new TextEncoder().encode(text({ type: "audio", audio: FRAME })).buffer);
  assertEquals(told, ["init u-1", "audio 160"]);
});

Deno.test("line gives a call without a uuid a name of its own", () => {
  for (const message of [{ type: "init" }, { type: "init", uuid: 7 }, { type: "init", uuid: "" }]) {
    const { told, receive } = phone();
    receive(text(message));
    assertMatch(told[0]!, /^init [0-9a-f]{8}-[0-9a-f-]{27}$/);
  }
});

Deno.test("line does not let two calls without a uuid share one", () => {
  const [one, two] = [phone(), phone()];
  one.receive(text({ type: "init" }));
  two.receive(text({ type: "init" }));
  assertNotEquals(one.told, two.told);
});

Deno.test("line ignores a second init", () => {
  const { told, receive } = phone();
  receive(text({ type: "init", uuid: "u-1" }));
  receive(text({ type: "init", uuid: "u-2" }));
  assertEquals(told, ["init u-1"]);
});

Deno.test.each([
  ["not base64", { type: "audio", audio: "%%%" }],
  ["an odd number of bytes", { type: "audio", audio: new Uint8Array(321).toBase64() }],
  ["nothing", { type: "audio", audio: "" }],
  ["a number", { type: "audio", audio: 5 }],
])("line drops audio that is %s and goes on", (_, message) => {
  const { told, logged, receive } = phone();
  receive(text(message));
  receive(text(message));
  receive(text({ type: "audio", audio: FRAME }));
  assertEquals(told, ["audio 160"]);
  assertEquals(logged.length, 1);
});

Deno.test.each([
  ["no JSON", "hello"],
  ["an array", "[]"],
  ["null", "null"],
  ["a prototype key", '{"__proto__":{"type":"init"}}'],
  ["an unknown type", '{"type":"comfort_noise"}'],
  ["a digit of two keys", '{"type":"dtmf_digit","digit":"12"}'],
  ["bytes that are no UTF-8", new Uint8Array([0xff, 0xfe, 0xfd]).buffer],
])("line survives a message that is %s", (_, data) => {
  const { told, receive } = phone();
  receive(data);
  receive(text({ type: "init", uuid: "u-1" }));
  assertEquals(told, ["init u-1"]);
});

Deno.test("line ends itself alone when handling a message throws", () => {
  const { told, closes, receive } = phone(() => {
    throw new Error("Boom");
  });
  receive(text({ type: "init", uuid: "u-1" }));
  assertEquals(told, ["init u-1", "closed"]);
  assertEquals(closes(), 1);
});

Deno.test("line sends frames of 320 bytes, and the other messages as AVR names them", () => {
  const { line, sent } = phone();
  line.audio(new Int16Array(160).fill(258));
  line.interruption();
  line.transcript("agent", 'He said "hi"');
  line.error("No model");
  assertEquals(sent.map((each) => JSON.parse(each)), [
    { type: "audio", audio: new Uint8Array(new Int16Array(160).fill(258).buffer).toBase64() },
    { type: "interruption" },
    { type: "transcript", role: "agent", text: 'He said "hi"' },
    { type: "error", message: "No model" },
  ]);
});

Deno.test("line tells the end once, whoever hangs up, and nothing after it", () => {
  const ours = phone();
  ours.line.close();
  ours.hangUp();
  ours.receive(text({ type: "init", uuid: "late" }));
  assertEquals(ours.told, ["closed"]);

  const theirs = phone();
  theirs.hangUp();
  theirs.line.close();
  assertEquals(theirs.told, ["closed"]);
  assertEquals(theirs.closes(), 0);
});

Deno.test("line logs nothing of what was said", () => {
  const { logged, receive } = phone();
  receive('{"type":"audio","audio":"secret words!"}');
  receive("secret words");
  receive(text({ type: "dtmf_digit", digit: "secret words" }));
  assert(logged.length === 3 && logged.every((entry) => !entry.includes("secret")));
});
