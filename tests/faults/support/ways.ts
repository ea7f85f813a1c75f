import type { World } from "./world.ts";

const agentAudible = (world: World) => world.it.playout.queuedMs > 0;

/** The greeting has been heard. */
export async function greeted(world: World): Promise<void> {
  await world.until("greeting", () => agentAudible(world));
  await world.until("silence", () => !agentAudible(world));
  await world.listen(500);
}

/** The caller has spoken, and the silence that ends the turn is over. */
export async function asked(world: World): Promise<void> {
  await greeted(world);
  const turns = world.count("input_audio_buffer.committed");
  await world.talk(600);
  await world.until("turn", () => world.count("input_audio_buffer.committed") > turns);
}

/** The answer to it has begun, and most of it is still to come. */
export async function answering(world: World): Promise<void> {
  await asked(world);
  const before = world.words();
  await world.until("answer", () => world.words() > before + 20);
}

/** Another persona has the call, and has said who it is. */
export async function handedOver(world: World): Promise<void> {
  world.next("words", { call: { name: "handoff_to_desk", arguments: "{}" } });
  await asked(world);
  await world.until("handoff", () => world.it.call.persona === "desk", 15_000);
  const before = world.words();
  await world.until("words of the next", () => world.words() > before && !agentAudible(world), 15_000);
  await world.listen(500);
}

/** The session is as old as it may get; the next handshake takes 3 s. */
export async function rotating(world: World): Promise<void> {
  await greeted(world);
  world.it.simulator.faults.openMs = 3000;
  await world.it.clock.run(55_000);
  await world.until("second dial", () => world.wires.length === 2);
  await world.listen(200);
  world.it.simulator.faults.openMs = undefined;
}

/** The agent's next answer is its last. */
export const goodbye = (world: World): void =>
  world.next("words", { call: { name: "hang_up", arguments: "{}" } });
