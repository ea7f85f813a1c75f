import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { silentLog } from "../../lib/log.ts";
import { builtInTools, controlTools } from "../../lib/tools/built-in.ts";
import { isAllowed } from "../../lib/tools/extension.ts";
import { hangup } from "../../lib/tools/hangup.ts";
import type { Tool, ToolCallContext, ToolOutcome } from "../../lib/tools/tool.ts";
import { transfer } from "../../lib/tools/transfer.ts";

const CALL: ToolCallContext = {
  uuid: "u-1",
  persona: "test",
  variables: {},
  signal: new AbortController().signal,
  log: silentLog,
};

function named(tools: readonly Tool[], name: string): Tool {
  const tool = tools.find((each) => each.name === name);
  if (!tool) throw new Error(`No ${name} among ${tools.map((each) => each.name).join(", ")}`);
  return tool;
}

const avrTransfer = (args: unknown, transferAllow: string[] = []): Promise<ToolOutcome> =>
  named(builtInTools({}, { transferAllow }), "avr_transfer").run(args, CALL);

const DESK = transfer({
  desk: { extension: "2001", context: "internal", priority: 2 },
  billing: { extension: "billing.eu", description: "Invoices and refunds." },
});

Deno.test("avr_transfer fills in AVR's context and priority", async () => {
  assertEquals(await avrTransfer({ transfer_extension: "600" }), {
    kind: "control",
    action: { type: "transfer", extension: "600", context: "demo", priority: 1 },
  });
  const all = { transfer_extension: " +39*1# ", transfer_context: "from-trunk", transfer_priority: "3" };
  assertEquals(await avrTransfer(all), {
    kind: "control",
    action: { type: "transfer", extension: "+39*1#", context: "from-trunk", priority: 3 },
  });
  const loose = { transfer_extension: 600, transfer_context: null, transfer_priority: null };
  assertEquals((await avrTransfer(loose)).kind, "control");
});

Deno.test.each([
  ["nothing", {}, "transfer_extension"],
  ["no object", "600", "transfer_extension"],
  ["a second channel", { transfer_extension: "600&SIP/0099" }, "transfer_extension"],
  ["a channel", { transfer_extension: "SIP/600" }, "transfer_extension"],
  ["a line break", { transfer_extension: "600\nAction: Originate" }, "transfer_extension"],
  ["letters", { transfer_extension: "desk" }, "transfer_extension"],
  ["a plus in the middle", { transfer_extension: "39+1" }, "transfer_extension"],
  ["too many digits", { transfer_extension: "1".repeat(21) }, "transfer_extension"],
  ["digits of another script", { transfer_extension: "٦٠٠" }, "transfer_extension"],
  ["an object", { transfer_extension: { toString: "600" } }, "transfer_extension"],
  ["a context with a comma", { transfer_extension: "1", transfer_context: "demo,s,1" }, "transfer_context"],
  ["priority 0", { transfer_extension: "1", transfer_priority: 0 }, "transfer_priority"],
  ["a priority beyond 999", { transfer_extension: "1", transfer_priority: 1000 }, "transfer_priority"],
  ["half a priority", { transfer_extension: "1", transfer_priority: 1.5 }, "transfer_priority"],
  ["a label as priority", { transfer_extension: "1", transfer_priority: "hint" }, "transfer_priority"],
])("avr_transfer refuses %s, in words for the model", async (_, args, what) => {
  const outcome = await avrTransfer(args);
  assert(outcome.kind === "error");
  assertStringIncludes(outcome.text, `The call was not transferred: ${what} must be`);
});

Deno.test("avr_transfer reaches only what TRANSFER_ALLOW lists, and does not repeat what was refused", async () => {
  const allow = ["20XX", "600@support"];
  assertEquals((await avrTransfer({ transfer_extension: "2099" }, allow)).kind, "control");
  const inContext = { transfer_extension: "600", transfer_context: "support" };
  assertEquals((await avrTransfer(inContext, allow)).kind, "control");
  for (const args of [{ transfer_extension: "0012345" }, { transfer_extension: "600" }]) {
    assertEquals(await avrTransfer(args, allow), {
      kind: "error",
      text: "The call was not transferred: this destination is not allowed. Offer the caller something else.",
    });
  }
});

Deno.test.each(
  [
    ["2001", "2001", true],
    ["2001", "20010", false],
    ["2001", "200", false],
    ["20XX", "2000", true],
    ["20xx", "2099", true],
    ["20XX", "20*1", false],
    ["20XX", "20991", false],
    ["2*", "2", true],
    ["2*", "2999", true],
    ["2*", "1999", false],
    ["2X*", "2", false],
    ["*", "0099", true],
    ["*97", "*97", true],
    ["*97", "0097", false],
    ["+39*", "+39055", true],
    ["+39*", "0039055", false],
    ["2001@demo", "2001", true],
    ["2001@internal", "2001", false],
    [".", "5", false],
    ["", "5", false],
    ["@demo", "5", false],
  ] as const,
)("TRANSFER_ALLOW %s for %s in the context demo: %s", (entry, extension, allowed) => {
  assertEquals(isAllowed([entry], extension, "demo"), allowed);
});

Deno.test("transfer() shows the model names alone, and takes nothing else", async () => {
  const tool = named(controlTools({ tools: [DESK] }), "transfer");
  const told = JSON.stringify([tool.description, tool.parameters]);
  assert(!told.includes("2001") && !told.includes("internal") && !told.includes("billing.eu"), told);
  assertEquals((tool.parameters.properties as { destination: { enum: string[] } }).destination.enum, [
    "desk",
    "billing",
  ]);
  assertStringIncludes(told, "billing: Invoices and refunds.");
  assertEquals(await tool.run({ destination: "desk" }, CALL), {
    kind: "control",
    action: { type: "transfer", extension: "2001", context: "internal", priority: 2 },
  });
  assertEquals(await tool.run({ destination: "billing" }, CALL), {
    kind: "control",
    action: { type: "transfer", extension: "billing.eu", context: "demo", priority: 1 },
  });
  for (const destination of ["2001", "toString", "__proto__", "", undefined, ["desk"]]) {
    assertEquals(await tool.run({ destination }, CALL), {
      kind: "error",
      text: "There is no such destination. It has to be one of: desk, billing.",
    });
  }
});

Deno.test("transfer() and hangup() say when to use them in the author's words", () => {
  const [toDesk, end] = controlTools({
    tools: [
      transfer({ desk: { extension: "1" } }, { description: "Only after a yes." }),
      hangup({ description: "Only if asked." }),
    ],
  });
  assertMatch(toDesk!.description, /^Only after a yes\. Tell the caller first/);
  assertMatch(end!.description, /^Only if asked\. Say goodbye first/);
});

Deno.test("hanging up needs no arguments and minds none", async () => {
  const own = named(controlTools({ tools: [hangup()] }), "hangup");
  const builtIn = named(builtInTools({}, {}), "avr_hangup");
  for (const tool of [own, builtIn]) {
    for (const args of [{}, null, undefined, "now", [], { reason: "bye" }]) {
      assertEquals(await tool.run(args, CALL), { kind: "control", action: { type: "hangup" } });
    }
    assertEquals([tool.effect, tool.confirm], ["write", false]);
  }
});

Deno.test("a persona's own transfer() and hangup() each take the place of AVR's, and of nothing else", () => {
  const names = (tools: Tool[]) => tools.map(({ name }) => name);
  assertEquals(names(builtInTools({}, {})), ["avr_transfer", "avr_hangup"]);
  assertEquals(names(builtInTools({ tools: [DESK] }, {})), ["avr_hangup"]);
  assertEquals(names(builtInTools({ tools: [hangup()] }, {})), ["avr_transfer"]);
  assertEquals(names(builtInTools({ tools: [DESK, hangup()] }, {})), []);
  assertEquals(names(controlTools({})), []);
});

Deno.test("each handoff is a tool that says when and names its persona", async () => {
  const tools = controlTools({ handoffs: { sales: "The caller wants to buy.", billing: "Money." } });
  assertEquals(tools.map(({ name }) => name), ["handoff_to_sales", "handoff_to_billing"]);
  assertStringIncludes(tools[0]!.description, "When: The caller wants to buy.");
  assertEquals(await tools[0]!.run({}, CALL), {
    kind: "control",
    action: { type: "handoff", persona: "sales" },
  });
});
