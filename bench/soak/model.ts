/**
 * The model of the soak, faulty as planned: serves the simulator at a port of its own, whose address it prints, and
 * ends when its standard input does.
 *
 * Run: deno run --allow-net=127.0.0.1 bench/soak/model.ts <seed> <shortest call, ms> <longest call, ms>
 */
import { systemClock } from "../../lib/clock.ts";
import type { Faults } from "../../lib/simulator/faults.ts";
import { createRandom } from "../../lib/simulator/ids.ts";
import { listen, type Listening } from "../../lib/simulator/listen.ts";
import { createSimulator, type Simulator } from "../../lib/simulator/simulator.ts";
import { createToneSpeech } from "../../lib/simulator/speech.ts";
import { strike } from "./faults.ts";
import { numberIn, planCall, type PlanOptions } from "./plan.ts";

/** Whose dials are refused: the model of personas/refused.ts. */
const REFUSED = "gpt-realtime-1.5";
const STATUSES = [429, 500, 502, 503];
/** Shorter than the API's natural pace, as the calls are short. */
const PACE = { firstMs: [100, 200], transcriptionMs: [100, 300] } as const;

/** Serves a simulator whose every session has faults of its own. */
export function serveModel(options: PlanOptions): Listening {
  const speech = createToneSpeech();
  const random = createRandom(options.seed);
  /** Sessions that each call has had. */
  const sessions = new Map<number, number>();
  const live = new Set<Simulator>();

  function one(): Simulator {
    const faults: Faults = {};
    let known = false;
    return createSimulator({
      speech,
      faults,
      seed: Math.floor(random.next() * 2 ** 32),
      pace: PACE,
      onClientEvent(event, session) {
        if (known || event.type !== "session.update") return;
        known = true;
        const number = numberIn(JSON.stringify(event));
        if (number === undefined) return;
        const earlier = sessions.get(number) ?? 0;
        sessions.set(number, earlier + 1);
        strike(planCall(options, number), faults, session, earlier, systemClock);
      },
    });
  }

  const none = createSimulator({ speech });
  const all: Simulator = {
    ...none,
    handler(request, connection) {
      const isRefused = new URL(request.url).searchParams.get("model") === REFUSED;
      if (isRefused && random.next() < 0.5) {
        const status = STATUSES[Math.floor(random.next() * STATUSES.length)]!;
        return new Response("refused by a simulated fault\n", { status });
      }
      for (const each of live) if (each.sessions.every(({ closed }) => closed)) live.delete(each);
      const simulator = one();
      live.add(simulator);
      return simulator.handler(request, connection);
    },
    async close() {
      await Promise.all([...live].map((each) => each.close()));
    },
  };
  const listening = listen(all);
  return {
    ...listening,
    async close() {
      await all.close();
      await listening.close();
    },
  };
}

if (import.meta.main) {
  const [seed = 1, shortest = 1000, longest = 6000] = Deno.args.map(Number);
  const { url } = serveModel({ seed, lengthMs: [shortest, longest] });
  console.log(url);
  // Nobody is to be left behind when whoever started this is gone.
  for await (const _ of Deno.stdin.readable);
  Deno.exit(0);
}
