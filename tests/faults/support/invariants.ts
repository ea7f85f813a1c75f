import { assert, assertEquals } from "@std/assert";
import type { Session } from "../../../lib/simulator/simulator.ts";
import { GREETING } from "./agent.ts";
import { checkAgentAudio } from "./agent-audio.ts";
import { checkCallerAudio } from "./caller-audio.ts";
import { eventsOf } from "./events.ts";
import { checkFloor } from "./floor.ts";
import type { World } from "./world.ts";

/** Longer than anything that could still come. */
const AFTERMATH_MS = 70_000;
/** What faults bring themselves: refusals, and nonsense. */
const INJECTED = ["session_expired", "invalid_api_key", "insufficient_quota", "undefined", "null", ""];
/** Races that the API resolves by itself. */
const HARMLESS = ["response_cancel_not_active", "conversation_already_has_active_response"];

/** Ends the call if it has not ended, and looks at what must hold for every call whatever happened in it. */
export async function checkInvariants(world: World): Promise<void> {
  const { it, wires } = world;
  const hadSession = wires.some(({ socket }) => socket.readyState === WebSocket.OPEN);
  it.call.end("hung_up");
  const atEnd = [it.told.length, world.frames.length, wires.length, it.events.length];
  await it.clock.run(AFTERMATH_MS);
  assertEquals(
    [it.told.length, world.frames.length, wires.length, it.events.length],
    atEnd,
    "something was done after the end",
  );
  assertEquals(eventsOf(it.events, "ended").length, 1, "ended once");
  assertEquals(it.told.filter(({ type }) => type === "closed").length, 1, "closed once");
  assertEquals(wires.filter(isOpen).length, 0, "sockets left");
  assertEquals(world.open().length, 0, "sessions left");
  assertEquals(it.clock.pending, 0, "timers left");
  checkErrors(world);
  checkWords(world);
  for (const session of it.simulator.sessions) checkHistory(session);
  checkFloor(world);
  checkAgentAudio(world);
  checkCallerAudio(world, hadSession);
}

const isOpen = ({ socket }: World["wires"][number]) => socket.readyState <= WebSocket.OPEN;

/** The model's side had nothing to object to in what we sent. */
function checkErrors({ wires }: World): void {
  const known = [...INJECTED, ...HARMLESS];
  assertEquals(wires.flatMap(({ errors }) => errors).filter((code) => !known.includes(code)), []);
}

/** Nothing is said twice, and nobody is greeted twice. */
function checkWords({ it, wires }: World): void {
  const words = it.said().flatMap((text) => text!.startsWith("[") ? [] : text!.split(" "));
  assertEquals(twice(words), [], "words said twice");
  const [first] = eventsOf(it.events, "first_audio");
  const late = wires.flatMap(({ asked }) => asked)
    .filter(({ text, atMs }) => first && text.includes(`"${GREETING}"`) && atMs > first.atMs);
  assertEquals(late.length, 0, "greetings asked for behind the first word");
}

/** What a session knows of the conversation: nothing twice, and no output of a tool without its call. */
function checkHistory(session: Session): void {
  const items = session.items as unknown as Item[];
  const texts = items.filter(({ role }) => role === "assistant")
    .flatMap(({ content = [] }) => content.map(({ text, transcript }) => text ?? transcript ?? ""));
  assertEquals(twice(texts.flatMap((text) => text.split(" ")).filter((word) => word !== "")), [], "history");
  const callIds = (type: string) => items.filter((item) => item.type === type).map((item) => item.call_id);
  const outputs = callIds("function_call_output");
  assertEquals(twice(outputs), [], "outputs of one call");
  for (const id of outputs) assert(callIds("function_call").includes(id), `output of no call: ${id}`);
}

function twice<T>(list: readonly T[]): T[] {
  return list.filter((each, at) => list.indexOf(each) !== at);
}

interface Item {
  readonly type: string;
  readonly role?: string;
  readonly call_id?: string;
  readonly content?: readonly { readonly text?: string; readonly transcript?: string }[];
}
