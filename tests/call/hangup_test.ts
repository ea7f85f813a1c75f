import { assert, assertEquals } from "@std/assert";
import { openCall } from "../../lib/caller/caller.ts";
import { definePersona } from "../../lib/persona/define.ts";
import { createAgent } from "../../lib/simulator/agent.ts";
import { createAmi } from "../../lib/tools/ami.ts";
import { builtInTools } from "../../lib/tools/built-in.ts";
import { startAmi } from "../support/ami.ts";
import { startService } from "../support/service.ts";
import { fixedSpeech, sine } from "../support/sound.ts";

const persona = definePersona({ instructions: "Answer the telephone.", greeting: "Hello." });

/** A call whose caller presses keys behind the greeting; the simulated agent uses a tool for 9 and for 0. */
async function pressing(keys: string, options?: Parameters<typeof startAmi>[0]) {
  const ami = startAmi(options);
  const service = startService({
    personas: { assistant: persona },
    tools: builtInTools({}, {}),
    ami: createAmi({ url: ami.url }),
    simulator: { agent: createAgent(), speech: fixedSpeech(sine(400, 1000, 24_000)) },
  });
  const call = await openCall({
    url: service.url,
    uuid: "u-1",
    steps: [{ press: keys }],
    timing: { turnQuietMs: 200, endQuietMs: 8000 },
  });
  return { ami, service, call };
}

Deno.test("hang-up: the goodbye's last frame is heard before avr-ami is asked (defect 11)", async () => {
  const { ami, service, call } = await pressing("9#");
  await using _ami = ami;
  await using _service = service;
  while (ami.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  // Goodbye: 1 s, and the frame with the resampler's tail.
  const goodbye = call.playout.answers.at(-1)!;
  assertEquals([goodbye.playedMs, call.playout.queuedMs], [1020, 0]);
  assert(ami.requests[0]!.atMs >= goodbye.heardAtMs! + 1000, "asked too early");
  assertEquals([ami.requests[0]!.path, ami.requests[0]!.body], ["/hangup", { uuid: "u-1" }]);
  call.hangUp();
  await call.finished;
  assertEquals(service.clientEvents.filter(({ type }) => type === "response.create").length, 2);
});

Deno.test("hang-up: avr-ami that fails is told to the model, and the call goes on", async () => {
  const { ami, service, call } = await pressing("9#", { answers: 500 });
  await using _ami = ami;
  await using _service = service;
  const untilMs = performance.now() + 8000;
  const output = () =>
    service.clientEvents.flatMap((event) => {
      const item = event.item as { type?: string; output?: string } | undefined;
      return item?.type === "function_call_output" ? [item.output ?? ""] : [];
    })[0];
  while (output() === undefined && performance.now() < untilMs) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert(output() !== undefined && output() !== "Done.", output());
  assertEquals(service.service.calls.size, 1);
  call.hangUp();
  await call.finished;
});
