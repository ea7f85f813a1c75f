import { assert, assertEquals } from "@std/assert";
import { definePersona, type PersonaDefinition } from "../../lib/persona/define.ts";
import type { Generation, Generations } from "../../lib/persona/generation.ts";
import type { LoadedPersona } from "../../lib/persona/load.ts";
import { script } from "../../lib/simulator/agent.ts";
import { controlTools } from "../../lib/tools/built-in.ts";
import { dialIn, type Phone } from "../support/phone.ts";
import { startService } from "../support/service.ts";

/** Generations that a test makes itself, and who holds them. */
class Made implements Generations {
  readonly held: number[] = [];
  lastReload: Generations["lastReload"];
  current: Generation;

  constructor(personas: Record<string, PersonaDefinition>) {
    this.current = this.#make(1, personas);
  }

  next(personas: Record<string, PersonaDefinition>): void {
    this.current = this.#make(this.current.number + 1, personas);
    this.lastReload = { at: new Date(0), faults: [] };
  }

  take() {
    const generation = this.current;
    this.held.push(generation.number);
    return { generation, release: () => void this.held.splice(this.held.indexOf(generation.number), 1) };
  }

  #make(number: number, definitions: Record<string, PersonaDefinition>): Generation {
    const personas = Object.entries(definitions).map(([name, persona]): [string, LoadedPersona] => [
      name,
      { ...persona, name, file: `${name}.ts`, warnings: [] },
    ]);
    const toolsFor = (persona: LoadedPersona) =>
      new Map(controlTools(persona).map((tool) => [tool.name, tool]));
    return { number, personas: new Map(personas), toolsFor };
  }
}

const greets = (greeting: string, more: Partial<PersonaDefinition> = {}) =>
  definePersona({ instructions: "Answer.", greeting, ...more });
const greeting = async (phone: Phone) =>
  (await phone.next("greeting", ({ type }) => type === "transcript")).text;
const settled = async (made: Made, held: number[]) => {
  for (let tries = 0; tries < 100 && String(made.held) !== String(held); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assertEquals(made.held, held);
};

Deno.test("a call holds the generation it began with until it is over; new ones get the present one", async () => {
  const made = new Made({ assistant: greets("First.") });
  await using it = startService({ generations: made });
  const first = await dialIn(it.url);
  assertEquals(await greeting(first), "First.");
  made.next({ assistant: greets("Second.") });
  const second = await dialIn(it.url);
  assertEquals(await greeting(second), "Second.");
  assertEquals(made.held, [1, 2]);
  await first.hangUp();
  await settled(made, [2]);
  await second.hangUp();
  await settled(made, []);
  const started = it.events.filter((event) => event.type === "started");
  assertEquals(started.map(({ generation }) => generation), [1, 2]);
});

Deno.test("a handoff leads to the persona of the call's own generation, though there is none such any more", async () => {
  const made = new Made({
    assistant: greets("First.", { handoffs: { sales: "For offers." }, handoffVoice: "switch" }),
    sales: greets("Old sales."),
  });
  const agent = script([
    { outputs: [{ say: "First." }] },
    { outputs: [{ call: { name: "handoff_to_sales", arguments: "{}" } }] },
    { outputs: [{ say: "Sales here." }] },
  ]);
  await using it = startService({ generations: made, simulator: { agent } });
  const phone = await dialIn(it.url);
  await greeting(phone);
  made.next({ assistant: greets("Second.") });
  phone.send({ type: "dtmf_digit", digit: "1" });
  phone.send({ type: "dtmf_digit", digit: "#" });
  await phone.next("handoff", ({ text }) => /hands over to sales/.test(String(text)));
  await phone.hangUp();
  await settled(made, []);
});

Deno.test("a line that begins no call gives its hold back: closed early, or one that takes a call over", async () => {
  const made = new Made({ assistant: greets("First.") });
  await using it = startService({ generations: made });
  const idle = await dialIn(it.url, { init: false });
  await settled(made, [1]);
  await idle.hangUp();
  await settled(made, []);
  const first = await dialIn(it.url, { uuid: "one" });
  await greeting(first);
  made.next({ assistant: greets("Second.") });
  const again = await dialIn(it.url, { uuid: "one" });
  await first.closed;
  assertEquals(made.held, [1, 2]);
  await again.hangUp();
  await settled(made, []);
});

Deno.test("a line that waits when the service stops gives its hold back", async () => {
  const made = new Made({ assistant: greets("First.") });
  await using it = startService({ generations: made });
  const phone = await dialIn(it.url, { init: false });
  it.service.stop();
  await settled(made, []);
  await phone.closed;
});

Deno.test("the health tells the generation and that an edit is broken, but not to everyone what is in it", async () => {
  const made = new Made({ assistant: greets("First.") });
  await using it = startService({ generations: made });
  const health = async () => await (await fetch(`${it.url.replace("ws", "http")}/healthz`)).json();
  assertEquals([(await health()).generation, (await health()).reload], [1, undefined]);
  made.next({ assistant: greets("Second."), other: greets("Other.") });
  assertEquals((await health()).reload, { at: "1970-01-01T00:00:00.000Z" });
  assertEquals([(await health()).generation, (await health()).personas], [2, ["assistant", "other"]]);
  made.lastReload = { at: new Date(0), faults: ["personas/other.ts: secret"] };
  const { error } = (await health()).reload;
  assert(/log/.test(error) && !/secret/.test(error), error);
});
