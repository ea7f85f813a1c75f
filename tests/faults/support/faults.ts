import type { Ending, Faults } from "../../../lib/simulator/faults.ts";
import type { World } from "./world.ts";

/** Something that goes wrong on the model's side, or under us. */
export interface Fault {
  readonly name: string;
  /** Whether the call lives on. */
  readonly survived: boolean;
  strike(world: World): Promise<void> | void;
}

const OUTAGE_MS = 1500;
const TROUBLE_MS = 4000;

/** The model's side behaves so for a while. The caller listens. */
async function trouble(world: World, faults: Faults, ms = TROUBLE_MS): Promise<void> {
  const all = world.it.simulator.faults;
  Object.assign(all, faults);
  await world.listen(ms);
  for (const name of Object.keys(faults) as (keyof Faults)[]) all[name] = undefined;
}

/** The model's side closes the connection. */
export function ending(name: string, how: Ending): Fault {
  return { name, survived: true, strike: (world) => world.lose(how) };
}

/** No session can be had for a while. */
function outage(status: number): Fault {
  return {
    name: `a drop and status ${status} for a while`,
    survived: true,
    async strike(world) {
      await world.lose("drop");
      await trouble(world, { refuseStatus: status }, OUTAGE_MS);
    },
  };
}

/** No session can be had any more. */
function refusal(name: string, faults: Faults): Fault {
  return {
    name,
    survived: false,
    async strike(world) {
      Object.assign(world.it.simulator.faults, faults);
      await world.lose("drop");
    },
  };
}

/** What no server should send, and some do. */
const GARBAGE = [
  "",
  "{",
  "null",
  "[]",
  '"text"',
  "{}",
  '{"type":7}',
  '{"type":"__proto__"}',
  '{"type":"response.created"}',
  '{"type":"response.created","response":null}',
  '{"type":"response.done","response":{"id":"","output":"none"}}',
  '{"type":"response.done","response":[{"output":[null,7,{"type":"function_call"}]}]}',
  '{"type":"response.output_audio.delta","response_id":"resp_x","item_id":"item_x","delta":"%%%"}',
  '{"type":"conversation.item.input_audio_transcription.completed","item_id":3,"transcript":null}',
  '{"type":"error"}',
  '{"type":"error","error":"no"}',
  '{"type":"error","error":{"code":null,"message":[]}}',
  "[".repeat(5000),
] as const;

/** The session in use is gone, or no more than a dead end. */
export const LOSSES: readonly Fault[] = [
  ending("a drop", "drop"),
  ending("session_expired", "expire"),
  outage(429),
  outage(500),
  {
    name: "a half-open socket",
    survived: true,
    async strike(world) {
      // One that is being dialled opens, and says nothing.
      if (!world.mute()) await trouble(world, { frozen: true }, OUTAGE_MS);
    },
  },
  {
    name: "a stall of 10 s",
    survived: true,
    async strike(world) {
      const stalled = world.mute();
      await world.listen(10_000);
      stalled?.thaw();
    },
  },
];

/** The session in use is gone, and no other is to be had. */
export const REFUSALS: readonly Fault[] = [
  refusal("a handshake refused with 401", { refuseStatus: 401 }),
  refusal("a key that is withdrawn", { refuseWith: "invalid_api_key" }),
  refusal("a quota that is used up", { refuseWith: "insufficient_quota" }),
];

/** The session goes on, but not as it should. */
export const TROUBLES: readonly Fault[] = [
  {
    name: "late events in bursts",
    survived: true,
    strike: (world) => trouble(world, { burstMs: 700, delayMs: [50, 500] }),
  },
  {
    name: "malformed events",
    survived: true,
    strike(world) {
      let turn = 0;
      const mangle: Faults["mangle"] = (
        text,
      ) => [GARBAGE[turn++ % GARBAGE.length]!, text, new Uint8Array([123])];
      return trouble(world, { mangle, unknownKey: true, orphanDone: true });
    },
  },
  {
    name: "failing responses",
    survived: true,
    strike(world) {
      world.it.simulator.faults.failResponses = { how: "server_error", times: 1 };
    },
  },
  {
    name: "a clock that jumps 8 s",
    survived: true,
    strike: (world) => world.it.clock.jump(8000),
  },
];

/** In the middle of an answer, something of another that nobody has heard of. */
export const ORPHANS: readonly Fault[] = [
  orphan("an empty piece of nobody's audio", {
    type: "response.output_audio.delta",
    response_id: "resp_nobody",
    item_id: "item_nobody",
    output_index: 0,
    content_index: 0,
    delta: "",
  }),
  orphan("an end of nobody's audio", {
    type: "response.output_audio.done",
    response_id: "resp_nobody",
    item_id: "item_nobody",
    output_index: 0,
    content_index: 0,
  }),
  orphan("an end of nobody's response", {
    type: "response.done",
    response: { object: "realtime.response", id: "resp_nobody", status: "cancelled", output: [] },
  }),
];

function orphan(name: string, event: { type: string } & Record<string, unknown>): Fault {
  return { name, survived: true, strike: (world) => world.open()[0]!.send(event) };
}
