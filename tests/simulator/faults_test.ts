import { assert, assertEquals, assertGreater, assertThrows } from "@std/assert";
import type { Ending } from "../../lib/simulator/faults.ts";
import { checkServer } from "../support/official.ts";
import { order, TestClient } from "./client.ts";

const create = { type: "response.create" };
const hello = { outputs: [{ say: "Good morning to you, and to all of them." }] };
const call = { outputs: [{ call: { name: "f", arguments: '{"a":1}' } }] };

Deno.test("every event may be late, the order stays", async () => {
  const client = new TestClient({ faults: { delayMs: [50, 400] }, replies: [hello] });
  await client.run(49);
  assertEquals(client.events, []);
  await client.run(400);
  assertEquals(client.types, ["session.created"]);
  const before = client.clock.now();
  client.send(create);
  await client.run(20_000);
  assertEquals(client.types.at(-1), "rate_limits.updated");
  assertEquals(client.last("response.done").response.status, "completed");
  assert(client.atMs.slice(1).every((at) => at >= before + 50));
  const position = (type: string) => client.types.indexOf(type);
  assert(position("response.created") < position("response.output_audio.delta"));
  assert(position("response.output_audio.done") < position("response.done"));
});

Deno.test("what comes after a delay has ended does not overtake what was delayed", async () => {
  const client = await TestClient.open();
  client.simulator.faults.delayMs = 500;
  client.send({ type: "input_audio_buffer.clear" });
  await client.run(10);
  client.simulator.faults.delayMs = undefined;
  client.update({ instructions: "Later." });
  await client.run(489);
  assertEquals(client.types, ["session.created"]);
  await client.run(1);
  assertEquals(client.types.slice(1), ["input_audio_buffer.cleared", "session.updated"]);
});

Deno.test("a delayed event shows things as they were when it was sent", async () => {
  const client = await TestClient.open({ faults: { delayMs: 1000 } });
  await client.run(1000);
  client.update({ instructions: "One." });
  client.update({ instructions: "Two." });
  await client.run(1000);
  assertEquals(client.all("session.updated").map(({ session }) => session.instructions), ["One.", "Two."]);
});

Deno.test("events may come in bursts", async () => {
  const client = await TestClient.open({ faults: { burstMs: 250 }, replies: [hello], pace: {} });
  await client.ask(create, 10_000);
  for (const at of client.atMs) assertEquals(at % 250, 0);
  assertEquals(client.last("response.done").response.status, "completed");
});

const ENDINGS: readonly [Ending, number, string, boolean][] = [
  ["drop", 0, "", false],
  ["going_away", 1001, "The server is going away.", true],
  ["expire", 1001, "Your session hit the maximum duration of 60 minutes.", true],
  ["server_error", 1011, "The server had an error.", true],
  [{ code: 1013, reason: "try later" }, 1013, "try later", true],
];

for (const [how, code, reason, wasClean] of ENDINGS) {
  Deno.test(`a session may end after a while: ${JSON.stringify(how)}`, async () => {
    const client = await TestClient.open({ faults: { end: { afterMs: 5000, how } } });
    await client.run(4999);
    assertEquals(client.closed, undefined);
    await client.run(1);
    assertEquals(client.closed, { code, reason, wasClean });
    assertEquals(client.error !== undefined, how === "drop");
    assertEquals(client.session.closed, { code, reason, by: "server" });
    const last = client.events.at(-1)!;
    assertEquals(
      [last.type, last.error?.code],
      how === "expire" ? ["error", "session_expired"] : ["session.created", undefined],
    );
    assertEquals(client.clock.pending, 0);
  });

  Deno.test(`or at once, in the middle of an answer: ${JSON.stringify(how)}`, async () => {
    const client = await TestClient.open({ pace: { speed: 1 }, replies: [hello] });
    await client.ask(create, 1500);
    client.session.end(how);
    await client.run(0);
    assertEquals(client.closed?.code, code);
    const count = client.events.length;
    await client.run(10_000);
    assertEquals(client.events.length, count);
  });
}

Deno.test("events of a type may be lost, or come twice with the same id", async () => {
  const client = await TestClient.open({ replies: [hello] });
  client.simulator.faults.lose = ["response.created"];
  client.simulator.faults.duplicate = ["response.done"];
  await client.ask(create, 100);
  assertEquals(client.all("response.created"), []);
  const [first, second] = client.all("response.done");
  assertEquals(first, second);
});

Deno.test("unknown keys, unknown types and a response.done of nobody's", async () => {
  const client = await TestClient.open({
    unchecked: true,
    faults: { unknownKey: true, unknownType: true, orphanDone: true },
    replies: [hello],
  });
  const got = await client.ask(create, 100);
  for (const event of client.events) assert("x_unheard_of" in event);
  assertEquals(order(got).slice(0, 3), ["response.simulated_oddity", "response.done", "response.created"]);
  assertGreater(checkServer(got[0]).length, 0);
  const [orphan, own] = client.all("response.done");
  assert(orphan!.response.id !== own!.response.id);
  assertEquals(orphan!.response.status, "cancelled");
});

Deno.test("an error event while the response is active does not end it", async () => {
  const client = await TestClient.open({ faults: { errorWhileActive: true }, replies: [hello] });
  await client.ask(create, 100);
  assertEquals(client.all("error").map(({ error }) => error.type), ["server_error"]);
  assertEquals(client.last("response.done").response.status, "completed");
});

Deno.test("responses fail as the API's do, so many times or always", async () => {
  const client = await TestClient.open({ replies: [hello] });
  client.simulator.faults.failResponses = { how: "rate_limit_exceeded", times: 2 };
  for (let turn = 0; turn < 3; turn++) await client.ask(create, 100);
  assertEquals(client.all("response.done").map(({ response }) => response.status), [
    "failed",
    "failed",
    "completed",
  ]);
  const { status_details, output, usage } = client.all("response.done")[0]!.response;
  assertEquals([status_details.type, status_details.error.code], ["failed", "rate_limit_exceeded"]);
  assert(/try again in [\d.]+s/.test(status_details.error.message));
  assertEquals([output, usage.total_tokens], [[], 0]);
  for (const how of ["insufficient_quota", "server_error"] as const) {
    client.simulator.faults.failResponses = { how };
    for (let turn = 0; turn < 2; turn++) {
      await client.ask(create, 100);
      assertEquals(client.last("response.done").response.status_details.error.code, how);
    }
  }
});

Deno.test("arguments of a function call may be no JSON", async () => {
  const client = await TestClient.open({ faults: { malformedArguments: true }, replies: [call] });
  await client.ask(create, 100);
  const { arguments: json } = client.last("response.function_call_arguments.done");
  assertThrows(() => JSON.parse(json), SyntaxError);
});

Deno.test("the tail of the audio may be missing although transcript and usage are whole", async () => {
  const lengths: number[] = [];
  for (const lostTailDeltas of [0, 2]) {
    const client = await TestClient.open({ faults: { lostTailDeltas }, replies: [hello] });
    await client.ask(create, 100);
    lengths.push(client.all("response.output_audio.delta").length);
    const { output, usage } = client.last("response.done").response;
    assertEquals(output[0].content[0].transcript, "Good morning to you, and to all of them.");
    assertEquals(usage.output_token_details.audio_tokens, 48);
  }
  assertEquals(lengths[0]! - lengths[1]!, 2);
});

Deno.test("any event can be put into a session's stream", async () => {
  const client = await TestClient.open({ unchecked: true });
  client.session.send({ type: "session.surprise", what: 1 });
  await client.run(0);
  assertEquals(client.last("session.surprise").what, 1);
});

Deno.test("faults are off by default and can be changed while a session runs", async () => {
  const client = await TestClient.open({ replies: [call, call] });
  await client.ask(create, 100);
  assertEquals(JSON.parse(client.last("response.function_call_arguments.done").arguments), { a: 1 });
  client.simulator.faults.malformedArguments = true;
  await client.ask(create, 100);
  assertEquals(client.last("response.function_call_arguments.done").arguments, '{"a":1');
});
