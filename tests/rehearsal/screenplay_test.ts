import { assertEquals } from "@std/assert";
import { agent, caller, expect } from "../../lib/persona/define.ts";
import { CallerWords, screenplay } from "../../lib/rehearsal/screenplay.ts";
import type { Turn } from "../../lib/simulator/agent.ts";

const turn = (more: Partial<Turn> = {}): Turn => ({
  instructions: "Help.",
  sessionInstructions: "Help.",
  voice: "marin",
  tools: [],
  trigger: "vad",
  items: [],
  answers: 1,
  random: () => 0,
  ...more,
});
const heard = { speechMs: 2300, rmsDbfs: -20 };

Deno.test("the agent's lines are played in order, whatever stands between them", () => {
  const play = screenplay([
    agent.says("One."),
    caller.says("Hi."),
    agent.calls("find", { a: 1 }, { saying: "Wait." }),
    expect.answered(),
    agent.fails(),
  ]);
  assertEquals(play.agent(turn()).outputs, [{ say: "One." }]);
  assertEquals(play.agent(turn()).outputs, [
    { say: "Wait.", phase: "commentary" },
    { call: { name: "find", arguments: '{"a":1}' } },
  ]);
  assertEquals(play.left.length, 1);
  assertEquals(play.agent(turn()).status, "failed");
  assertEquals(play.missing, 0);
  play.agent(turn());
  assertEquals([play.left.length, play.missing], [0, 1]);
});

Deno.test("what Parley asks for word for word, in passing or beside the conversation takes no line", () => {
  const play = screenplay([agent.says("One.")]);
  const words = 'Help.\n\nSay exactly the words: "Good day."';
  assertEquals(play.agent(turn({ trigger: "create", answers: 0, instructions: words })).outputs, [
    { say: "Good day." },
  ]);
  play.agent(turn({ trigger: "create", instructions: "Help.\n\nSay goodbye." }));
  play.agent(turn({ aside: true }));
  assertEquals([play.left.length, play.missing], [1, 0]);
});

Deno.test("a scene without lines leaves the agent to itself", () => {
  const play = screenplay([caller.says("Hi.")]);
  play.agent(turn());
  assertEquals(play.missing, 0);
});

Deno.test("words: a turn has what was said by its end, a turn of noise tells its length", () => {
  let nowMs = 0;
  const words = new CallerWords(() => nowMs);
  const second = new Int16Array(8000);
  words.begin("one two three four", second);
  nowMs = 500;
  assertEquals(words.transcribe(heard), "one two");
  nowMs = 1500;
  words.begin("five", second);
  nowMs = 3000;
  assertEquals(words.transcribe(heard), "three four five");
  assertEquals(words.transcribe(heard), "(2.3 s of speech)");
  words.begin(undefined, second);
  assertEquals(words.transcribe(heard), "(2.3 s of speech)");
});
