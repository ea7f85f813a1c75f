import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { z } from "zod";
import type { Reply } from "../../lib/simulator/agent.ts";
import { Confirmations } from "../../lib/call/confirm.ts";
import { Responses } from "../../lib/call/responses.ts";
import { ToolCalls } from "../../lib/call/tools.ts";
import { silentLog } from "../../lib/log.ts";
import { usageOf } from "../../lib/realtime/usage.ts";
import { say, script } from "../../lib/simulator/agent.ts";
import { definePersona } from "../../lib/persona/define.ts";
import type { AmiAnswer } from "../../lib/tools/ami.ts";
import type { ControlAction, Tool, ToolOutcome } from "../../lib/tools/tool.ts";
import { fixedSpeech, sine, voice } from "../support/sound.ts";
import { VirtualClock } from "../support/clock.ts";
import { virtualCall, type VirtualCallOptions } from "../support/virtual-call.ts";

const persona = definePersona({ instructions: "Answer the telephone.", greeting: "Hello." });
const seconds = (count: number) => fixedSpeech(sine(400, count * 1000, 24_000));

function tool(name: string, run: Tool["run"], more: Partial<Tool> = {}): Tool {
  return {
    name,
    description: `Does ${name}`,
    parameters: z.toJSONSchema(z.object({})),
    timeoutMs: 5000,
    effect: "read",
    confirm: false,
    run,
    ...more,
  };
}
const answering = (name: string, text: string) =>
  tool(name, () => Promise.resolve<ToolOutcome>({ kind: "output", text }));
const controlling = (name: string, action: ControlAction) =>
  tool(name, () => Promise.resolve<ToolOutcome>({ kind: "control", action }));
const calls = (...list: [name: string, json: string][]): Reply => ({
  outputs: list.map(([name, json]) => ({ call: { name, arguments: json } })),
});

/** A call whose caller says one thing after the greeting, which the model answers with `replies`. */
async function callWith(replies: readonly Reply[], options: Partial<VirtualCallOptions> = {}) {
  const it = virtualCall({
    persona,
    ...options,
    simulator: { agent: script([say("Hello."), ...replies]), speech: seconds(1), ...options.simulator },
  });
  await it.silence(2500);
  await it.hear(voice(600), 1500);
  return it;
}

type VirtualCall = Awaited<ReturnType<typeof callWith>>;

/** What the model was told, by the id of the call. */
const outputs = (it: VirtualCall) =>
  it.ofType("conversation.item.create").flatMap((event) => {
    const item = event.item as { type: string; call_id: string; output: string };
    return item.type === "function_call_output" ? [item] : [];
  });

Deno.test("tools: a result becomes an item of the conversation, and one response follows (defect 7)", async () => {
  await using it = await callWith([calls(["find", "{}"]), say("Found it.")], {
    tools: [answering("find", "The clock is in room 3.")],
  });
  await it.silence(3000);
  assertEquals(outputs(it).map(({ output }) => output), ["The clock is in room 3."]);
  assertEquals(it.said(), ["Hello.", "Found it."]);
  // The persona's instructions are left alone.
  const creates = it.ofType("response.create").map(({ response }) => response as { instructions?: string });
  assertEquals(creates.at(-1)?.instructions, undefined);
  assertEquals(it.simulator.sessions[0]!.config.instructions, "Answer the telephone.");
});

Deno.test("tools: an unknown tool, bad JSON and a tool that throws are answered (defect 6)", async () => {
  await using it = await callWith([
    calls(["nothing", "{}"], ["find", "{broken"], ["bad", "{}"]),
    say("Sorry."),
  ], {
    tools: [
      answering("find", "x"),
      tool("bad", () => Promise.reject(new Error("Boom"))),
    ],
  });
  await it.silence(3000);
  const texts = outputs(it).map(({ output }) => output);
  assertEquals(texts.length, 3);
  assertStringIncludes(texts[0]!, 'There is no tool "nothing". Known: find, bad.');
  assertStringIncludes(texts[1]!, "not JSON");
  assertStringIncludes(texts[2]!, "Boom");
  assertEquals(it.ofType("response.create").length, 2);
  assertEquals(it.told.filter(({ type }) => type === "error"), []);
});

Deno.test("tools: parallel calls get one response, after all outputs", async () => {
  const slow = tool("slow", (_, { signal }) => {
    const { promise, resolve } = Promise.withResolvers<ToolOutcome>();
    later.push(() => resolve({ kind: "output", text: "late" }));
    signal.addEventListener("abort", () => resolve({ kind: "error", text: "aborted" }));
    return promise;
  });
  const later: (() => void)[] = [];
  await using it = await callWith([calls(["find", "{}"], ["slow", "{}"]), say("Both done.")], {
    tools: [answering("find", "quick"), slow],
  });
  await it.silence(1500);
  assertEquals(outputs(it).map(({ output }) => output), ["quick"]);
  assertEquals(it.ofType("response.create").length, 1);
  later[0]!();
  await it.silence(2500);
  assertEquals(outputs(it).map(({ output }) => output), ["quick", "late"]);
  assertEquals(it.ofType("response.create").length, 2);
  assertEquals(it.said().at(-1), "Both done.");
});

Deno.test("tools: a tool that never answers is answered for it", async () => {
  await using it = await callWith([calls(["stuck", "{}"]), say("It takes too long.")], {
    tools: [tool("stuck", () => new Promise(() => {}), { timeoutMs: 3000 })],
  });
  await it.silence(8000);
  assertEquals(outputs(it).map(({ output }) => output), ["No answer within 3 seconds."]);
  assertEquals(it.said().at(-1), "It takes too long.");
});

Deno.test("tools: a slow tool is covered by its sentence, and the conversation goes on", async () => {
  let finish = () => {};
  const slow = tool("slow", () => {
    const { promise, resolve } = Promise.withResolvers<ToolOutcome>();
    finish = () => resolve({ kind: "output", text: "done" });
    return promise;
  }, { whileWaiting: "One moment, I am looking.", timeoutMs: 60_000 });
  await using it = await callWith([calls(["slow", "{}"])], { tools: [slow] });
  await it.silence(3500);
  assertEquals(it.said(), ["Hello.", "One moment, I am looking."]);
  // The caller goes on talking, and is answered while the tool still runs.
  await it.hear(voice(600), 1500);
  await it.silence(2500);
  assertEquals(it.said().length, 3);
  finish();
  await it.silence(2500);
  assertEquals(outputs(it).map(({ output }) => output), ["done"]);
  assertEquals(it.said().length, 4);
});

Deno.test("tools: a quick tool needs no filler", async () => {
  await using it = await callWith([calls(["find", "{}"]), say("Here.")], {
    tools: [{ ...answering("find", "x"), whileWaiting: "One moment." }],
  });
  await it.silence(3000);
  assertEquals(it.said(), ["Hello.", "Here."]);
});

Deno.test("tools: a soft sound covers a long wait and gives way to the answer", async () => {
  let finish = () => {};
  const slow = tool("slow", () => {
    const { promise, resolve } = Promise.withResolvers<ToolOutcome>();
    finish = () => resolve({ kind: "output", text: "done" });
    return promise;
  }, { timeoutMs: 60_000 });
  await using it = await callWith([calls(["slow", "{}"]), say("There it is.")], {
    persona: { ...persona, holdSound: true },
    tools: [slow],
  });
  await it.silence(3500);
  const before = it.playout.counts.received;
  await it.silence(4000);
  const sound = it.playout.counts.received - before;
  assert(sound > 100 && sound < 250, `${sound} frames`);
  assert(it.playout.queuedMs <= 60);
  finish();
  await it.silence(1000);
  const { received } = it.playout.counts;
  await it.silence(3000);
  assertEquals(it.said().at(-1), "There it is.");
  assertEquals(it.playout.counts.received - received <= 51, true);
});

Deno.test("tools: a call in a response that was cancelled is not carried out, and answered all the same", () => {
  const sent: unknown[] = [];
  const clock = new VirtualClock();
  const calls = new ToolCalls({
    clock,
    responses: new Responses(clock, () => {}, silentLog),
    tools: new Map([["find", tool("find", () => Promise.reject(new Error("Ran")))]]),
    confirmations: new Confirmations(),
    context: { uuid: "u", persona: "p", variables: {} },
    log: silentLog,
    send: (event) => sent.push(event),
    tell: () => {},
    onSlow: () => {},
    onWaiting: () => {},
    control: () => Promise.resolve(undefined),
  });
  const response = {
    id: "r",
    status: "cancelled",
    reason: "turn_detected",
    error: undefined,
    metadata: {},
    outputs: ["function_call"],
    calls: [{ itemId: "i", callId: "call_1", name: "find", arguments: "{}", status: "completed" }],
    text: "",
    usage: usageOf(undefined),
    inConversation: true,
  };
  calls.responseDone(response);
  // The API shows the same call more than once.
  calls.responseDone(response);
  calls.end();
  assertEquals(sent.length, 1);
  assertStringIncludes(JSON.stringify(sent[0]), "Not carried out");
  assertEquals(clock.pending, 0);
});

Deno.test("tools: what the caller interrupts before it was asked for is not carried out", async () => {
  let ran = 0;
  await using it = await callWith([
    { outputs: [{ say: "Let me do that." }, { call: { name: "find", arguments: "{}" } }] },
  ], {
    tools: [tool("find", () => {
      ran++;
      return Promise.resolve<ToolOutcome>({ kind: "output", text: "x" });
    })],
    simulator: {
      agent: script([say("Hello."), {
        outputs: [{ say: "Let me do that." }, { call: { name: "find", arguments: "{}" } }],
      }]),
      speech: seconds(6),
    },
  });
  await it.hear(voice(800), 1700);
  await it.silence(3000);
  assertEquals(ran, 0);
});

Deno.test("tools: what needs a yes is read back first and runs when the caller has spoken", async () => {
  let ran = 0;
  const order = tool("order", () => {
    ran++;
    return Promise.resolve<ToolOutcome>({ kind: "output", text: "Ordered." });
  }, { confirm: true, effect: "write" });
  await using it = await callWith([
    calls(["order", '{"count":2}']),
    say("Two clocks, is that right?"),
    calls(["order", '{"count":2}']),
    say("Done."),
  ], { tools: [order] });
  await it.silence(3000);
  assertEquals(ran, 0);
  await it.hear(voice(600), 1500);
  await it.silence(3000);
  assertEquals(ran, 1);
  assertEquals(it.said(), ["Hello.", "Two clocks, is that right?", "Done."]);
});

Deno.test("tools: the goodbye is heard to its last frame before the phone is hung up (defect 11)", async () => {
  const hungUpAt: { queuedMs: number; goodbyeMs: number | undefined }[] = [];
  const it = await callWith([{
    outputs: [{ say: "Goodbye, and thank you." }, { call: { name: "hangup", arguments: "{}" } }],
  }], {
    tools: [controlling("hangup", { type: "hangup" })],
    simulator: {
      agent: script([say("Hello."), {
        outputs: [{ say: "Goodbye." }, { call: { name: "hangup", arguments: "{}" } }],
      }]),
      speech: seconds(3),
    },
    ami: {
      hangup: () => {
        hungUpAt.push({
          queuedMs: it.playout.queuedMs,
          goodbyeMs: it.playout.answers.at(-1)?.playedMs,
        });
        return Promise.resolve<AmiAnswer>({ ok: true, message: "Call hung up" });
      },
      transfer: () => Promise.reject(new Error("Not asked for")),
    },
  });
  await using _ = it;
  await it.silence(12_000);
  // 3 s, and the frame with the resampler's tail.
  assertEquals(hungUpAt, [{ queuedMs: 0, goodbyeMs: 3020 }]);
  // Nothing more is said, and the line is closed when core does not close it.
  assertEquals(it.ofType("response.create").length, 1);
  assertEquals(it.said(), ["Hello.", "Goodbye."]);
  const ended = it.events.find(({ type }) => type === "ended");
  assertEquals(ended?.type === "ended" && ended.reason, "agent_hung_up");
});

Deno.test("tools: a caller who speaks into the goodbye keeps the call", async () => {
  let hangups = 0;
  await using it = await callWith([], {
    tools: [controlling("hangup", { type: "hangup" })],
    simulator: {
      agent: script([
        say("Hello."),
        { outputs: [{ say: "Goodbye." }, { call: { name: "hangup", arguments: "{}" } }] },
        say("Yes?"),
      ]),
      speech: seconds(4),
    },
    ami: {
      hangup: () => {
        hangups++;
        return Promise.resolve<AmiAnswer>({ ok: true, message: "" });
      },
      transfer: () => Promise.reject(new Error("Not asked for")),
    },
  });
  while (!it.said().includes("Goodbye.")) await it.silence(100);
  await it.silence(500);
  await it.hear(voice(800), 1700);
  await it.silence(5000);
  assertEquals(hangups, 0);
  assertStringIncludes(outputs(it)[0]!.output, "spoke into the goodbye");
  assertEquals(it.said().at(-1), "Yes?");
});

Deno.test("tools: a refused transfer is told to the model in words, and the call goes on", async () => {
  await using it = await callWith([calls(["transfer", "{}"]), say("That did not work.")], {
    tools: [controlling("transfer", { type: "transfer", extension: "2001", context: "demo", priority: 1 })],
    ami: {
      hangup: () => Promise.reject(new Error("Not asked for")),
      transfer: () =>
        Promise.resolve<AmiAnswer>({ ok: false, status: 403, words: "The destination is not allowed." }),
    },
  });
  await it.silence(5000);
  assertEquals(outputs(it).map(({ output }) => output), ["The destination is not allowed."]);
  assertEquals(it.said().at(-1), "That did not work.");
  assertEquals(it.events.filter(({ type }) => type === "ended"), []);
});

Deno.test("tools: after a transfer nothing more is said", async () => {
  const asked: unknown[] = [];
  await using it = await callWith([{
    outputs: [{ say: "I put you through." }, { call: { name: "transfer", arguments: "{}" } }],
  }], {
    tools: [
      controlling("transfer", { type: "transfer", extension: "2001", context: "internal", priority: 1 }),
    ],
    ami: {
      hangup: () => Promise.reject(new Error("Not asked for")),
      transfer: (request) => {
        asked.push(request);
        return Promise.resolve<AmiAnswer>({ ok: true, message: "" });
      },
    },
  });
  await it.silence(4000);
  await it.hear(voice(600), 1500);
  await it.silence(6000);
  assertEquals(asked, [{ uuid: "u-1", exten: "2001", context: "internal", priority: 1 }]);
  assertEquals(it.said(), ["Hello.", "I put you through."]);
  const ended = it.events.find(({ type }) => type === "ended");
  assertEquals(ended?.type === "ended" && ended.reason, "transferred");
});

Deno.test.each([["keep"], ["switch"]] as const)(
  "tools: a handoff with voice %s goes on with the conversation",
  async (voicePolicy) => {
    const to = definePersona({ instructions: "You sell clocks.", voice: "cedar", greeting: "Sales." });
    await using it = await callWith([{
      outputs: [{ say: "I connect you." }, { call: { name: "handoff_to_sales", arguments: "{}" } }],
    }, say("Sales here, what clock?")], {
      persona: { ...persona, voice: "marin", handoffs: { sales: "wants to buy" }, handoffVoice: voicePolicy },
      personas: { sales: to },
      tools: [controlling("handoff_to_sales", { type: "handoff", persona: "sales" })],
    });
    await it.silence(8000);
    assertEquals(it.said().slice(0, 2), ["Hello.", "I connect you."]);
    assertEquals(it.said()[2], "[test hands over to sales]");
    assertEquals(it.said().at(-1), "Sales here, what clock?");
    const session = it.simulator.sessions.at(-1)!;
    assertEquals(session.config.instructions, "You sell clocks.");
    assertEquals(session.config.audio.output.voice, voicePolicy === "keep" ? "marin" : "cedar");
    assertEquals(it.simulator.sessions.length, voicePolicy === "keep" ? 1 : 2);
    assertEquals(it.simulator.sessions.filter(({ closed }) => !closed).length, 1);
    assertEquals(it.call.persona, "sales");
    const asked = session.items.filter(({ type }) => type === "function_call");
    assertEquals(asked.length, voicePolicy === "keep" ? 1 : 0);
    // The caller is heard by the one who took over.
    await it.hear(voice(600), 1500);
    await it.silence(3000);
    assertEquals(it.said().length, 5);
  },
);

Deno.test("tools: a caller who hangs up in the middle of a tool leaves nothing behind", async () => {
  let aborted = false;
  const it = await callWith([calls(["slow", "{}"])], {
    tools: [tool("slow", (_, { signal }) => {
      const { promise, resolve } = Promise.withResolvers<ToolOutcome>();
      signal.addEventListener("abort", () => {
        aborted = true;
        resolve({ kind: "error", text: "aborted" });
      });
      return promise;
    }, { timeoutMs: 60_000 })],
  });
  await using _ = it;
  await it.silence(2000);
  it.call.end("hung_up");
  await it.clock.run(1000);
  assertEquals(aborted, true);
  assertEquals(outputs(it), []);
});
