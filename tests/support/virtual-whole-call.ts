import { z } from "zod";
import { definePersona } from "../../lib/persona/define.ts";
import { say, script } from "../../lib/simulator/agent.ts";
import type { Tool } from "../../lib/tools/tool.ts";
import { fixedSpeech, sine, voice } from "./sound.ts";
import { virtualCall } from "./virtual-call.ts";

const persona = definePersona({
  instructions: "You are patient. ".repeat(40),
  greeting: "Hello.",
  summary: z.object({ topic: z.string() }),
});

const lookup: Tool = {
  name: "lookup",
  description: "Looks something up",
  parameters: z.toJSONSchema(z.object({})),
  timeoutMs: 5000,
  effect: "read",
  confirm: false,
  run: () => Promise.resolve({ kind: "output", text: "Found." }),
};

/** A greeting; an answer that is interrupted; one with a tool; a lost session; a hang-up into an answer; a summary. */
export async function virtualWholeCall() {
  const framesMs: number[] = [];
  const it = virtualCall({
    persona,
    tools: [lookup],
    afterwards: "all",
    simulator: {
      agent: script([
        say("Hello."),
        say("A long answer that goes on and on."),
        say("Yes?"),
        { outputs: [{ call: { name: "lookup", arguments: '{"of":"clocks"}' } }] },
        say("It was found."),
        say("The last words of this call are not heard."),
      ]),
      speech: fixedSpeech(sine(400, 4_000, 24_000)),
      transcribe: () => "A question.",
    },
    onFrame: () => framesMs.push(it.clock.now()),
  });
  await it.silence(6000);
  await it.hear(voice(800));
  await it.silence(2500);
  await it.hear(voice(800));
  await it.silence(7000);
  it.call.callerDigit("7");
  await it.silence(6000);
  it.simulator.sessions[0]!.end("drop");
  await it.silence(3000);
  await it.hear(voice(800));
  await it.silence(3000);
  it.call.end("hung_up");
  await it.clock.run(8_000);
  return { it, framesMs };
}
