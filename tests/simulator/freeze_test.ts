import { assert, assertEquals } from "@std/assert";
import { script } from "../../lib/simulator/agent.ts";
import { listen } from "../../lib/simulator/listen.ts";
import { createSimulator, NO_DELAY } from "../../lib/simulator/simulator.ts";
import { sine } from "../support/sound.ts";
import { TestClient } from "./client.ts";

const create = { type: "response.create" };
const hello = { outputs: [{ say: "Good morning to you, and to all of them." }] };

Deno.test("frozen: nothing gets through either way, and then all of it at once, in order", async () => {
  const client = await TestClient.open({ pace: { speed: 1 }, replies: [hello] });
  client.send(create);
  await client.run(1200);
  const before = client.events.length;
  client.session.freeze();
  client.update({ instructions: "Later." });
  await client.run(10_000);
  assertEquals([client.events.length, client.closed, client.session.config.instructions === "Later."], [
    before,
    undefined,
    false,
  ]);
  client.session.thaw();
  await client.run(0);
  assertEquals(client.session.config.instructions, "Later.");
  const late = client.types.slice(before);
  assert(late.indexOf("response.output_audio.delta") < late.indexOf("response.done"), late.join());
  assert(late.indexOf("response.done") < late.indexOf("session.updated"), late.join());
  assertEquals(new Set(client.atMs.slice(before)).size, 1);
});

Deno.test("frozen: what is said meanwhile becomes a turn afterwards", async () => {
  const client = await TestClient.open({ replies: [hello] });
  client.session.freeze();
  await client.hear(sine(300, 600, 8000));
  await client.silence(1000);
  assertEquals(client.all("input_audio_buffer.speech_started"), []);
  client.session.thaw();
  await client.run(100);
  assertEquals(client.all("input_audio_buffer.committed").length, 1);
  assertEquals(client.last("response.done").response.status, "completed");
});

Deno.test("frozen: the client may still close, and may be dropped; no timer is left", async () => {
  for (const act of [(it: TestClient) => it.socket.close(1000), (it: TestClient) => it.session.end("drop")]) {
    const client = await TestClient.open({ replies: [hello] });
    client.send(create);
    client.session.freeze();
    await client.run(500);
    act(client);
    await client.run(0);
    assert(client.closed !== undefined && client.session.closed !== undefined);
    assertEquals(client.clock.pending, 0);
  }
});

Deno.test("frozen from the start: the connection opens and says nothing", async () => {
  const client = await TestClient.open({ faults: { frozen: true } });
  await client.run(60_000);
  assertEquals([client.socket.readyState, client.events.length], [WebSocket.OPEN, 0]);
  client.session.thaw();
  await client.run(0);
  assertEquals(client.types, ["session.created"]);
});

Deno.test("a handshake may be answered late, or never, and given up meanwhile", async () => {
  const late = await TestClient.open({ faults: { openMs: 3000 } });
  await late.run(2999);
  assertEquals(late.socket.readyState, WebSocket.CONNECTING);
  await late.run(1);
  assertEquals(late.types, ["session.created"]);
  for (const openMs of [3000, Infinity]) {
    const given = await TestClient.open({ faults: { openMs } });
    await given.run(1000);
    given.socket.close();
    await given.run(0);
    assertEquals([given.closed?.code, given.simulator.sessions.length, given.clock.pending], [0, 0, 0]);
  }
});

Deno.test("any messages may arrive in place of an event", async () => {
  const seen: unknown[] = [];
  const simulator = createSimulator({
    requireKey: false,
    faults: { mangle: (text, { type }) => [`{"${type}`, new Uint8Array([1, 2]), text] },
  });
  const socket = simulator.connect("wss://api.example.test/v1/realtime?model=gpt-realtime-2.1");
  socket.onmessage = ({ data }) => seen.push(typeof data === "string" ? data.slice(0, 17) : data.size);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assertEquals(seen, ['{"session.created', 2, '{"type":"session.']);
  await simulator.close();
});

Deno.test("over a real socket: a frozen connection stays open, brings nothing, and then everything", async () => {
  const simulator = createSimulator({ requireKey: false, pace: NO_DELAY, agent: script([hello]) });
  const listening = listen(simulator);
  const socket = new WebSocket(`${listening.url}?model=gpt-realtime-2.1`);
  const types: string[] = [];
  const done = Promise.withResolvers<void>();
  socket.onmessage = ({ data }) => {
    const { type } = JSON.parse(data) as { type: string };
    types.push(type);
    if (type === "response.done") done.resolve();
  };
  while (types.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const thaw = listening.freeze();
  socket.send(JSON.stringify(create));
  await new Promise((resolve) => setTimeout(resolve, 100));
  assertEquals([types, socket.readyState], [["session.created"], WebSocket.OPEN]);
  thaw();
  await done.promise;
  assert(types.includes("response.output_audio.delta"));
  const closed = new Promise((resolve) => socket.onclose = resolve);
  listening.freeze();
  await simulator.close();
  await listening.close();
  await closed;
});
