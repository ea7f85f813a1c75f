import { assert, assertEquals, assertGreater, assertLess, assertMatch } from "@std/assert";
import type { RealtimeClientEvent, RealtimeResponseUsage } from "openai/resources/realtime/realtime";
import { History } from "../../lib/call/history.ts";
import { ItemLog } from "../../lib/call/item-log.ts";
import { Responses } from "../../lib/call/responses.ts";
import { Summary } from "../../lib/call/summary.ts";
import type { SummarizedEvent } from "../../lib/call/summary-text.ts";
import { createLog } from "../../lib/log.ts";
import { dialModel } from "../../lib/realtime/connection.ts";
import type { ServerEvent, Usage } from "../../lib/realtime/events.ts";
import type { Agent } from "../../lib/simulator/agent.ts";
import { createSimulator, NO_DELAY, type SentEvent } from "../../lib/simulator/simulator.ts";
import { VirtualClock } from "../support/clock.ts";
import { checkClient, checkServer } from "../support/official.ts";

/** A turn of this text adds about 150 tokens to what the model reads, so that the eighth answer is over the threshold. */
const AFTER_TOKENS = 1_100;
const TEXT = "I would like to know about the clocks on the second floor please, ".repeat(4);
const TOOL = {
  type: "function" as const,
  name: "find_clock",
  parameters: { type: "object", properties: {} },
};
const TURN_MS = 1_000;

/** A session of the simulator with a Summary upon it, and a conversation in writing that is answered in speech. */
async function longCall(options: { agent?: Agent; tools?: (typeof TOOL)[] } = {}) {
  const clock = new VirtualClock(1000);
  const sent: RealtimeClientEvent[] = [];
  const received: SentEvent[] = [];
  const told: SummarizedEvent[] = [];
  const logged: string[] = [];
  const usages: Usage[] = [];
  const faults: string[] = [];
  const quiet = { now: true };
  const simulator = createSimulator({
    clock,
    seed: 7,
    pace: NO_DELAY,
    requireKey: false,
    ...(options.agent && { agent: options.agent }),
    onClientEvent: (event) => faults.push(...checkClient(event)),
    onServerEvent(event) {
      received.push(event);
      faults.push(...checkServer(event));
    },
  });
  const log = createLog({ level: "debug", write: (line) => logged.push(line) });
  const items = new ItemLog();
  const send = (event: RealtimeClientEvent) => {
    sent.push(event);
    connection.send(event);
  };
  const responses = new Responses(clock, send, log);
  const summary = new Summary({
    clock,
    log,
    items,
    send,
    tell: (event) => told.push(event),
    isQuiet: () => quiet.now && !responses.busy,
    afterTokens: AFTER_TOKENS,
    keepTurns: 2,
  });
  const onEvent = (event: ServerEvent) => {
    items.onModel(event);
    summary.onModel(event);
    if (event.type === "error") summary.refused(event.error);
    if (event.type === "response.created") responses.created(event.responseId, event.metadata);
    if (event.type !== "response.done" || !event.response.inConversation) return;
    usages.push(event.response.usage);
    responses.done(event.response);
  };
  const connection = dialModel(
    { url: "wss://model.example/v1/realtime", apiKey: undefined, connect: simulator.connect },
    "gpt-realtime-2.1",
    { clock, log, events: { opened() {}, event: onEvent, ended() {} } },
  );
  await clock.run(0);
  connection.send({ type: "session.update", session: { type: "realtime", tools: options.tools ?? [] } });

  const create = (item: Extract<RealtimeClientEvent, { type: "conversation.item.create" }>["item"]) =>
    connection.send({ type: "conversation.item.create", item });
  let turns = 0;
  let forgotten = "";
  return {
    clock,
    simulator,
    summary,
    responses,
    sent,
    received,
    told,
    logged,
    usages,
    quiet,
    /** One exchange: the caller writes, the agent says it back. */
    async turn(words = TEXT): Promise<void> {
      const text = `${++turns}. ${words}`;
      create({ type: "message", role: "user", content: [{ type: "input_text", text }] });
      responses.request({ purpose: "turn" });
      await clock.run(TURN_MS);
    },
    /** One in which the agent uses its tool. */
    async toolTurn(): Promise<void> {
      const text = "The caller pressed 1";
      create({ type: "message", role: "user", content: [{ type: "input_text", text }] });
      responses.request({ purpose: "keys" });
      await clock.run(TURN_MS);
      const call = simulator.sessions[0]!.items.findLast((item) => item.type === "function_call");
      const call_id = (call as { call_id: string }).call_id;
      create({ type: "function_call_output", call_id, output: '{"clock":"Big Ben"}' });
      responses.request({ purpose: "tools" });
      await clock.run(TURN_MS);
    },
    /** The server's oldest item goes; later it tells so. */
    forget() {
      forgotten = simulator.sessions[0]!.items[0]!.id!;
      connection.send({ type: "conversation.item.delete", item_id: forgotten });
    },
    remember() {
      if (forgotten) simulator.sessions[0]!.send({ type: "conversation.item.deleted", item_id: forgotten });
    },
    /** Something else is asked for beside the conversation. */
    classify: () =>
      connection.send({
        type: "response.create",
        response: { conversation: "none", output_modalities: ["text"], metadata: { purpose: "classify" } },
      }),
    asked: () => sent.filter((event) => event.type === "response.create" && isAside(event)),
    deleted: () => sent.filter((event) => event.type === "conversation.item.delete"),
    /** Kinds of the conversation's items as the server has them. */
    kinds: () =>
      simulator.sessions[0]!.items.map((item) => item.type === "message" ? item.role : item.type).join(" "),
    texts: () => simulator.sessions[0]!.items.map((item) => JSON.stringify(item)),
    async [Symbol.asyncDispose]() {
      summary.stop();
      responses.clear();
      connection.close();
      await simulator.close();
      await clock.run(100);
      assertEquals(clock.pending, 0);
      assertEquals(faults, []);
    },
  };
}

const isAside = (event: Extract<RealtimeClientEvent, { type: "response.create" }>) =>
  event.response?.conversation === "none";

Deno.test("summary: a short conversation is left alone", async () => {
  await using call = await longCall();
  for (let turn = 0; turn < 4; turn++) await call.turn();
  await call.clock.run(60_000);
  assertLess(call.usages.at(-1)!.inputTokens, AFTER_TOKENS);
  assertEquals([call.asked().length, call.told.length], [0, 0]);
});

Deno.test("summary: the older turns become one item at the beginning, the newest stay word for word", async () => {
  await using call = await longCall();
  for (let turn = 0; turn < 8; turn++) await call.turn();
  assertGreater(call.usages.at(-1)!.inputTokens, AFTER_TOKENS);
  assertEquals(call.kinds(), "system user assistant user assistant");
  const [first, ...rest] = call.texts();
  assertMatch(first!, /Caller turns: 6\. Agent turns: 6\. Tool calls: 0\./);
  assertMatch(rest[0]!, /7\. I would like/);
  assertMatch(rest[2]!, /8\. I would like/);
  assertEquals(call.told.length, 1);
  assertEquals([call.told[0]!.itemIds.length, call.told[0]!.callIds], [12, []]);
  await call.turn();
  assertLess(call.usages.at(-1)!.inputTokens, AFTER_TOKENS / 2);
});

Deno.test("summary: it is asked for beside the conversation, in writing, over what the model has in its cache", async () => {
  await using call = await longCall();
  for (let turn = 0; turn < 8; turn++) await call.turn();
  const [request, ...more] = call.asked();
  assert(request?.type === "response.create" && more.length === 0);
  assertEquals(request.response?.output_modalities, ["text"]);
  assertEquals(request.response?.metadata?.purpose, "summary");
  assertEquals([request.response?.instructions, request.response?.tool_choice], [undefined, "none"]);
  const outside = call.received.filter((event) => JSON.stringify(event).includes('"conversation_id":null'));
  assertEquals(outside.map(({ type }) => type), ["response.created", "response.done"]);
  const { usage } = (outside[1] as unknown as { response: { usage: RealtimeResponseUsage } }).response;
  const { audio_tokens, cached_tokens_details } = usage.input_token_details!;
  // All that it reads of the agent's speech but the last of it, in steps of 64.
  assertGreater(audio_tokens!, 300);
  assertLess(audio_tokens! - cached_tokens_details!.audio_tokens!, 64);
  assert(!call.texts().some((text) => text.includes("summary of the conversation above")));
});

Deno.test("summary: nothing happens while somebody speaks, neither the asking nor the putting in", async () => {
  await using call = await longCall();
  for (let turn = 0; turn < 7; turn++) await call.turn();
  call.quiet.now = false;
  await call.turn();
  await call.clock.run(10_000);
  assertEquals(call.asked().length, 0);
  call.quiet.now = true;
  call.simulator.faults.slowFirstMs = 3_000;
  await call.clock.run(1_000);
  assertEquals(call.asked().length, 1);
  call.quiet.now = false;
  await call.clock.run(10_000);
  assertEquals(call.deleted().length, 0);
  call.quiet.now = true;
  await call.clock.run(1_000);
  assertEquals(call.kinds(), "system user assistant user assistant");
});

Deno.test("summary: a call that is never quiet gets one all the same", async () => {
  await using call = await longCall();
  call.quiet.now = false;
  for (let turn = 0; turn < 8; turn++) await call.turn();
  await call.clock.run(70_000);
  assertEquals(call.told.length, 1);
});

Deno.test("summary: what is said while it is written is not lost, and the agent answers meanwhile", async () => {
  await using call = await longCall();
  for (let turn = 0; turn < 7; turn++) await call.turn();
  call.simulator.faults.slowFirstMs = 5_000;
  await call.turn();
  await call.clock.run(5_000);
  assertEquals([call.asked().length, call.told.length], [1, 0]);
  call.simulator.faults.slowFirstMs = 0;
  const answers = call.usages.length;
  await call.turn();
  assertEquals([call.usages.length, call.told.length], [answers + 1, 0]);
  await call.clock.run(10_000);
  assertEquals(call.kinds(), "system user assistant user assistant user assistant");
});

Deno.test("summary: what another has asked for beside the conversation is not taken for it", async () => {
  await using call = await longCall();
  for (let turn = 0; turn < 7; turn++) await call.turn();
  call.quiet.now = false;
  await call.turn();
  call.simulator.faults.slowFirstMs = 5_000;
  call.quiet.now = true;
  await call.clock.run(500);
  call.simulator.faults.slowFirstMs = 0;
  call.classify();
  await call.clock.run(3_000);
  assertEquals([call.asked().length, call.told.length], [1, 0]);
  await call.clock.run(3_000);
  assertMatch(call.told[0]!.text, /^Caller turns: 6\./);
});

Deno.test("summary: calls of tools go with their outputs, and what they brought is in the summary", async () => {
  await using call = await longCall({ tools: [TOOL] });
  await call.toolTurn();
  for (let turn = 0; turn < 8; turn++) await call.turn();
  assertEquals(call.kinds(), "system user assistant user assistant");
  assertMatch(call.texts()[0]!, /Tool calls: 1\..*A tool answered: clock Big Ben\./);
  assertEquals(call.told[0]!.callIds.length, 1);
});

Deno.test("summary: a second one takes the place of the first, and nothing is counted twice", async () => {
  await using call = await longCall();
  for (let turn = 0; turn < 24; turn++) await call.turn();
  assertEquals(call.told.length, 2);
  const turns = call.kinds().split(" ");
  assertEquals([turns[0], turns.lastIndexOf("system")], ["system", 0]);
  const kept = turns.filter((kind) => kind === "user").length;
  assertMatch(call.texts()[0]!, new RegExp(`Caller turns: ${24 - kept}\\. Agent turns: ${24 - kept}\\.`));
});

Deno.test("summary: History and the conversation agree on what is told in full", async () => {
  await using call = await longCall();
  const history = new History();
  for (let turn = 0; turn < 8; turn++) await call.turn();
  const all = [...call.told[0]!.itemIds, ...call.simulator.sessions[0]!.items.slice(1).map(({ id }) => id!)];
  for (const itemId of all) history.note({ type: "transcript", role: "user", itemId, text: "x" });
  for (const event of call.told) history.note(event);
  const ids = history.items(undefined, () => "").map(({ id }) => id);
  assertEquals(ids.slice(1), call.simulator.sessions[0]!.items.slice(1).map(({ id }) => id));
});

const FAILURES: [hazard: string, fail: (call: Awaited<ReturnType<typeof longCall>>) => void, told: RegExp][] =
  [
    ["the response fails", ({ simulator }) => {
      simulator.faults.failResponses = { how: "rate_limit_exceeded", times: 1 };
    }, /reason=rate_limit_exceeded/],
    [
      "no answer comes",
      ({ simulator }) => void (simulator.faults.slowFirstMs = 25_000),
      /No answer within 20000/,
    ],
    ["the summary never becomes an item", ({ simulator }) => {
      simulator.faults.lose = ["conversation.item.added"];
    }, /Not put in within 5000/],
    ["the request is refused", (call) => {
      // What is gone without our knowing can't be referred to.
      call.simulator.faults.lose = ["conversation.item.deleted"];
      call.forget();
    }, /reason=invalid_value/],
  ];

Deno.test.each(FAILURES)(
  "summary: when %s nothing is deleted, and it is tried again later",
  async (_, fail, told) => {
    await using call = await longCall();
    for (let turn = 0; turn < 7; turn++) await call.turn();
    call.quiet.now = false;
    await call.turn();
    fail(call);
    call.quiet.now = true;
    await call.clock.run(30_000);
    assertMatch(call.logged.join("\n"), told);
    assertEquals([call.asked().length, call.deleted().length, call.told.length], [1, 0, 0]);

    Object.assign(call.simulator.faults, { failResponses: undefined, slowFirstMs: 0, lose: undefined });
    call.remember();
    await call.turn();
    await call.clock.run(1_000);
    assertEquals(call.asked().length, 1);
    for (let turn = 0; turn < 16; turn++) await call.turn();
    assertEquals([call.asked().length, call.told.length], [2, 1]);
  },
);

Deno.test("summary: a response that fails costs nothing and is no reason to try again", async () => {
  await using call = await longCall();
  for (let turn = 0; turn < 7; turn++) await call.turn();
  call.simulator.faults.failResponses = { how: "server_error", times: 0 };
  call.quiet.now = false;
  await call.turn();
  // The summary, then an answer.
  call.simulator.faults.failResponses = { how: "server_error", times: 2 };
  call.quiet.now = true;
  await call.clock.run(1_000);
  await call.turn();
  assertEquals([call.asked().length, call.usages.at(-1)!.inputTokens], [1, 0]);
  for (let turn = 0; turn < 7; turn++) await call.turn();
  assertGreater(call.usages.at(-1)!.inputTokens, 2000);
  assertEquals(call.asked().length, 1);
});

Deno.test("summary: a conversation that is long by its newest turns has nothing to sum up", async () => {
  await using call = await longCall();
  await call.turn();
  await call.turn();
  await call.turn(TEXT.repeat(20));
  await call.clock.run(5_000);
  assertGreater(call.usages.at(-1)!.inputTokens, AFTER_TOKENS);
  assertEquals([call.asked().length, call.deleted().length], [0, 0]);
});

Deno.test("summary: one that is cut off at its end or empty is none", async () => {
  for (const [text, status] of [["Half of a", "incomplete"], ["  ", "completed"]] as const) {
    await using call = await longCall({
      agent: (turn) =>
        turn.aside
          ? { outputs: [{ text }], status }
          : { outputs: [{ say: "Words that fill time. ".repeat(8) }] },
    });
    for (let turn = 0; turn < 8; turn++) await call.turn();
    assertEquals([call.asked().length, call.told.length, call.deleted().length], [1, 0, 0]);
    assertMatch(call.logged.join("\n"), /could not be summed up yet/);
  }
});

Deno.test("summary: after the end nothing is sent any more, and no timer runs", async () => {
  await using call = await longCall();
  for (let turn = 0; turn < 7; turn++) await call.turn();
  call.simulator.faults.slowFirstMs = 3_000;
  await call.turn();
  await call.clock.run(3_500);
  assertEquals(call.asked().length, 1);
  const [sent, timers] = [call.sent.length, call.clock.pending];
  call.summary.stop();
  assertEquals(call.clock.pending, timers - 1);
  await call.clock.run(60_000);
  assertEquals([call.sent.length, call.told.length], [sent, 0]);
});

Deno.test("summary: the words of a call are not in the log", async () => {
  await using call = await longCall();
  for (let turn = 0; turn < 8; turn++) await call.turn();
  assertMatch(call.logged.join("\n"), /Older turns summed up.*items=12/);
  assert(!/clocks|Caller turns/.test(call.logged.join("\n")), call.logged.join("\n"));
});
