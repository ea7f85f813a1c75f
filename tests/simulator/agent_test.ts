import { assert, assertEquals, assertMatch, assertNotEquals, assertStringIncludes } from "@std/assert";
import {
  type ConversationItem,
  createAgent,
  type Output,
  say,
  script,
  type Turn,
} from "../../lib/simulator/agent.ts";
import { minimalArguments } from "../../lib/simulator/agent-arguments.ts";
import {
  exactWords,
  heardWords,
  personaHint,
  pressedKeys,
  resultWords,
} from "../../lib/simulator/agent-words.ts";

const PERSONA = "Voice Affect: Calm, composed, and reassuring; project quiet authority.\n\nTone: Sincere.";
const GREETING = `${PERSONA}\n\nOpen the call now: say exactly the words between the quotation marks, ` +
  'all of them and nothing else.\n"Thanks for calling "Acme".\nHow can I help?"';
const TOOLS = [
  {
    name: "lookup",
    parameters: { type: "object", properties: { id: { type: "integer", minimum: 5 } }, required: ["id"] },
  },
  { name: "avr_transfer", description: "Transfers the call" },
  { name: "avr_hangup", description: "Hangs up" },
];

Deno.test("a greeting is said word for word, the quotation marks inside it included", () => {
  assertEquals(spoken({ instructions: GREETING }), 'Thanks for calling "Acme".\nHow can I help?');
  assertEquals(spoken({ instructions: GREETING, answers: 3 }), 'Thanks for calling "Acme".\nHow can I help?');
});

Deno.test("a persona that quotes such a sentence does not swallow the greeting that follows", () => {
  const persona = 'If asked, say exactly "No comment." and nothing more. End with "Bye".\n';
  assertEquals(exactWords(`${persona}Now say exactly these words: "Hello."`), "Hello.");
  assertEquals(exactWords('Say exactly ""'), undefined);
  assertEquals(exactWords("Say exactly what you like"), undefined);
});

Deno.test("a persona's own such sentence opens the call and is no answer to a caller who speaks", () => {
  const persona = 'Say exactly: "Good morning."';
  const same = { instructions: persona, sessionInstructions: persona };
  assertEquals(spoken(same), "Good morning.");
  assertStringIncludes(
    spoken({ ...same, trigger: "vad", heard: { speechMs: 900, rmsDbfs: -25 } }),
    "0.9 seconds",
  );
  assertNotEquals(spoken({ ...same, answers: 1 }), "Good morning.");
});

Deno.test("a greeting without given words shows that this persona's instructions arrived", () => {
  assertEquals(
    spoken({ instructions: PERSONA }),
    "Hello, this is the simulator. I speak for a calm, composed and reassuring persona. How can I help?",
  );
  assertEquals(spoken({ instructions: "" }), "Hello, this is the simulator. How can I help?");
});

Deno.test.each<[string, string | undefined]>([
  [
    "Voice Affect: Energetic and animated; dynamic with variations in pitch.",
    "an energetic and animated persona",
  ],
  ["Affect/personality: A cheerful guide \n\nTone: Friendly", "a cheerful guide"],
  ["# Role and Objective\n- You are a helpful airline agent. Be brief.", "a helpful airline agent"],
  ["You're an assistant called Ada, and you answer the phone.", "an assistant called Ada"],
  ["Tone: {{tone}}", undefined],
  ["Du bist ein freundlicher Helfer.", undefined],
])("instructions of any kind give a plain hint or none: %j", (instructions, hint) => {
  assertEquals(personaHint(instructions), hint);
});

Deno.test("instructions that are no text for a telephone give no hint and cost no time", () => {
  for (
    const text of [
      "\0\n:::\n***",
      "tone:" + "x".repeat(60_000),
      "you are a ".repeat(6_000),
      "# ".repeat(30_000),
    ]
  ) {
    const startMs = performance.now();
    assertEquals(personaHint(text), undefined);
    assert(performance.now() - startMs < 1_000);
  }
});

Deno.test("a caller who spoke is told for how long and how loud", () => {
  const heard = (speechMs: number, rmsDbfs: number) => heardWords({ speechMs, rmsDbfs }, 0, 0);
  assertEquals(heard(2_340, -25), "I heard 2.3 seconds of speech, at a normal level. Please go on.");
  assertEquals(heard(1_000, -5), "I heard 1 second of speech, at a high level. Please go on.");
  assertEquals(heard(12_000, -40), "I heard 12 seconds of speech, at a low level. Please go on.");
  assertEquals(
    heard(80_000, -Infinity),
    "I heard more than a minute of speech, at a very low level. Please go on.",
  );
  assertEquals(heard(100, -20), "That was very short. Could you say it again?");
});

Deno.test("answers vary from turn to turn, and the same seed gives the same words", () => {
  const turn = (answers: number) =>
    spoken({ trigger: "vad", answers, heard: { speechMs: 1_500, rmsDbfs: -20 } });
  assertNotEquals(turn(1), turn(2));
  assertEquals(turn(1), turn(1));
});

Deno.test("a silent caller is asked for, in other words the second time", () => {
  assertMatch(spoken({ trigger: "idle", answers: 2 }), /still there\?$/);
  assertNotEquals(spoken({ trigger: "idle", answers: 2 }), spoken({ trigger: "idle", answers: 3 }));
});

Deno.test.each([
  ["The caller pressed 4 2 #", "42#"],
  ["The caller pressed 4, 2, #.", "42#"],
  ["Caller pressed the keys: 123*", "123*"],
  ["DTMF: user pressed 7", "7"],
  ["The caller pressed nothing in 30 seconds.", ""],
  ["I pressed 2nd floor", ""],
  ["My number is 42", ""],
])("keys are read from a text: %j", (text, keys) => {
  assertEquals(pressedKeys(text), keys);
});

Deno.test("pressed keys are said back, by whichever role the text came and whatever began the turn", () => {
  for (const role of ["user", "system"]) {
    for (const trigger of ["create", "vad"] as const) {
      const items = [message("assistant", "Hi"), message(role, "The caller pressed 4 2 #")];
      assertEquals(spoken({ trigger, items, tools: TOOLS, answers: 1 }), "You pressed 4, 2, pound.");
    }
  }
});

Deno.test("one key asks for a tool: its place in the list, 0 to transfer, 9 to hang up", () => {
  const press = (key: string, tools = TOOLS) =>
    outputs({ items: [message("user", `The caller pressed ${key}`)], tools, answers: 1 });
  assertEquals(press("1"), [{ call: { name: "lookup", arguments: '{"id":5}' } }]);
  assertEquals(press("2#"), [{ call: { name: "avr_transfer", arguments: "{}" } }]);
  assertEquals(calls(press("0")), ["avr_transfer"]);
  assertEquals(calls(press("9")), ["avr_hangup"]);
  assertEquals(press("9")[0], { say: "Goodbye.", phase: "commentary" });
  assertEquals(press("7"), [{ say: "You pressed 7." }]);
  assertEquals(press("9", []), [{ say: "You pressed 9." }]);
});

Deno.test("a key is used once: not again while its tool runs, nor after its result", () => {
  const pressed = [message("user", "The caller pressed 1"), {
    type: "function_call",
    name: "lookup",
    call_id: "c1",
  }];
  const heard = { speechMs: 500, rmsDbfs: -20 };
  assertEquals(calls(outputs({ trigger: "vad", heard, items: pressed, tools: TOOLS, answers: 1 })), []);
  const done = [...pressed, { type: "function_call_output", call_id: "c1", output: '{"status":"ok"}' }];
  assertStringIncludes(spoken({ items: done, tools: TOOLS, answers: 1 }), "That is done.");
  const told = [...done, message("assistant", "That is done.")];
  assertEquals(spoken({ items: told, tools: TOOLS, answers: 2 }), "I am listening. Please go on.");
});

Deno.test.each([
  [
    '{"message":"Transfer to 2001 was started."}',
    "That is done. The result is: Transfer to 2001 was started.",
  ],
  [
    '{"error":{"message":"No such extension"}}',
    "That did not work. The reason is: No such extension.",
  ],
  ['{"success":false}', "That did not work."],
  ['{"error":false,"message":"Fine"}', "That is done. The result is: Fine."],
  ['["a",1]', "That is done. The result is: a, 1."],
  ["Error: timed out", "That did not work. The reason is: Error timed out."],
  ['{"balance":42}', "That is done. The result is: balance 42."],
  ["true", "That is done."],
  ["", "That is done."],
])("a tool's outcome is told in brief: %j", (output, words) => {
  assertEquals(resultWords(output), words);
});

Deno.test("a tool that returns a book is not read out", () => {
  assertEquals(
    resultWords("word ".repeat(500)),
    `That is done. The result is: ${"word ".repeat(12).trim()}.`,
  );
});

Deno.test("a written note is read back, a spoken turn is not mistaken for one", () => {
  assertEquals(
    spoken({ items: [message("user", "Please read this.")], answers: 1 }),
    "You wrote: Please read this.",
  );
  const audio = {
    type: "message",
    role: "user",
    content: [{ type: "input_audio", transcript: "pressed 9" }],
  };
  assertEquals(calls(outputs({ items: [audio], tools: TOOLS, answers: 1 })), []);
});

Deno.test("instructions that ask for text are answered in text", () => {
  const [output] = outputs({
    instructions: "Summarise the call so far. Answer in text.",
    items: [message("user", "Hi"), message("assistant", "Hello")],
    answers: 1,
  });
  assertEquals(output, {
    text:
      "Caller turns: 1. Agent turns: 1. Tool calls: 0. The caller said last: Hi. The agent said last: Hello.",
  });
});

Deno.test("what is asked for beside the conversation by a JSON schema, or a function, is a record after it", () => {
  const schema = {
    type: "object",
    properties: {
      summary: { type: "string" },
      fields: { type: "object", properties: { topic: { enum: ["clocks"] } }, required: ["topic"] },
    },
    required: ["summary", "fields"],
  };
  const ask: ConversationItem = {
    type: "message",
    role: "system",
    content: [{ type: "input_text", text: `Write the record.\n\nJSON schema:\n${JSON.stringify(schema)}` }],
  };
  const record = (output: Output | undefined) =>
    JSON.parse(
      output && "text" in output ? output.text : output && "call" in output ? output.call.arguments : "",
    );
  const [written] = createAgent()(aTurn({ aside: true, items: [ask] })).outputs;
  assertEquals(record(written).fields, { topic: "clocks" });
  assertMatch(record(written).summary, /^Caller turns: 0\./);
  const [called] =
    createAgent()(aTurn({ aside: true, items: [], tools: [{ name: "save", parameters: schema }] })).outputs;
  assert(called && "call" in called && called.call.name === "save");
  assertEquals(record(called).fields, { topic: "clocks" });
});

Deno.test("a note that names exact words, or wants a goodbye, is obeyed", () => {
  const note = (text: string): ConversationItem => ({
    type: "message",
    role: "system",
    content: [{ type: "input_text", text }],
  });
  const said = (text: string) =>
    createAgent()(aTurn({ trigger: "create", answers: 2, items: [note(text)] })).outputs;
  assertEquals(said('It is over. Say exactly the words between the quotation marks.\n"That is all."'), [
    { say: "That is all." },
  ]);
  assertEquals(said("It is over. Say so and say goodbye to the caller."), [{
    say: "Thank you for calling. Goodbye.",
  }]);
});

Deno.test("what is asked for in writing beside the conversation is a summary, and it counts what an earlier one did", () => {
  const spoken = (role: string, type: string, transcript: string): ConversationItem => ({
    type: "message",
    role,
    content: [{ type, transcript }],
  });
  const items = [
    message("system", "So far: Caller turns: 20. Agent turns: 21. Tool calls: 2."),
    spoken("user", "input_audio", "Where is my order?"),
    { type: "function_call", name: "find", call_id: "c1", arguments: "{}" },
    { type: "function_call_output", call_id: "c1", output: '{"status":"sent"}' },
    spoken("assistant", "output_audio", "It is on its way."),
    message("system", "Sum up the conversation."),
  ];
  assertEquals(outputs({ aside: true, items, answers: 1 }), [{
    text: "Caller turns: 21. Agent turns: 22. Tool calls: 3. The caller said last: Where is my order. " +
      "The agent said last: It is on its way. A tool answered: status sent.",
  }]);
});

Deno.test.each<[string, unknown, unknown]>([
  ["nothing at all", undefined, {}],
  ["optional properties", { type: "object", properties: { a: { type: "string" } } }, {}],
  ["an enumeration", object({ a: { type: "string", enum: ["x", "y"] } }), { a: "x" }],
  ["a strict pattern", object({ a: { type: "string", pattern: "^[0-9*#]{3,6}$" } }), { a: "1000" }],
  ["a broken pattern", object({ a: { type: "string", pattern: "(" } }), { a: "simulator" }],
  ["an extension by its description", object({ to: { description: "The extension to dial" } }), {
    to: "1000",
  }],
  ["lengths", object({ a: { type: "string", maxLength: 3 }, b: { type: "string", minLength: 12 } }), {
    a: "sim",
    b: "simulator000",
  }],
  ["bounds", object({ a: { type: "number", exclusiveMinimum: 2 }, b: { type: "integer", maximum: -3 } }), {
    a: 3,
    b: -3,
  }],
  ["arrays", object({ a: { type: "array", minItems: 2, items: { type: "boolean" } } }), {
    a: [false, false],
  }],
  ["alternatives", object({ a: { anyOf: [{ type: "null" }, { type: "string" }] } }), { a: null }],
  ["allOf", object({ a: { allOf: [object({ b: { const: 1 } }), object({ c: { default: 2 } })] } }), {
    a: { b: 1, c: 2 },
  }],
  ["references", { ...object({ a: { $ref: "#/$defs/n" } }), $defs: { n: { type: "integer", minimum: 7 } } }, {
    a: 7,
  }],
])("a tool is called with arguments its schema allows: %s", (_, schema, args) => {
  assertEquals(JSON.parse(minimalArguments(schema)), args);
});

Deno.test("a schema that refers to itself ends", () => {
  const schema = { ...object({ child: { $ref: "#" } }) };
  assert(minimalArguments(schema).length < 500);
});

Deno.test("a script plays its replies in order, then the default agent takes over", () => {
  const agent = script([say("One."), (turn) => ({ outputs: [{ text: turn.voice }], status: "incomplete" })]);
  const turns = [1, 2, 3].map(() => agent(aTurn({ trigger: "idle" })));
  assertEquals(turns[0], { outputs: [{ say: "One." }] });
  assertEquals(turns[1], { outputs: [{ text: "marin" }], status: "incomplete" });
  assertEquals(turns[2], createAgent()(aTurn({ trigger: "idle" })));
});

function aTurn(turn: Partial<Turn>): Turn {
  return {
    instructions: PERSONA,
    sessionInstructions: PERSONA,
    voice: "marin",
    tools: [],
    trigger: "create",
    items: [],
    answers: 0,
    random: () => 0.4,
    ...turn,
  };
}

function outputs(turn: Partial<Turn>): readonly Output[] {
  return createAgent()(aTurn(turn)).outputs;
}

function spoken(turn: Partial<Turn>): string {
  const [output, ...more] = outputs(turn);
  assert(output !== undefined && "say" in output && more.length === 0, JSON.stringify([output, ...more]));
  return output.say;
}

function calls(all: readonly Output[]): string[] {
  return all.flatMap((output) => "call" in output ? [output.call.name] : []);
}

function message(role: string, text: string): ConversationItem {
  return {
    type: "message",
    role,
    content: [{ type: role === "assistant" ? "output_text" : "input_text", text }],
  };
}

function object(properties: Record<string, unknown>): Record<string, unknown> {
  return { type: "object", properties, required: Object.keys(properties) };
}
