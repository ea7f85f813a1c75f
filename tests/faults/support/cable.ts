import type { Clock } from "../../../lib/clock.ts";
import { listen, type Listening } from "../../../lib/simulator/listen.ts";
import {
  createSimulator,
  NO_DELAY,
  type Simulator,
  type SimulatorOptions,
} from "../../../lib/simulator/simulator.ts";
import { checkClient } from "../../support/official.ts";
import { startService, type TestService } from "../../support/service.ts";

/** A service and a model with a cable between them that can be cut, and can go dead without anyone being told. */
export interface Cabled extends AsyncDisposable {
  readonly service: TestService;
  readonly simulator: Simulator;
  readonly cable: Listening;
  /** Resolves when it is so. */
  until(what: string, isSo: () => boolean): Promise<void>;
  /** Resolves when a call has told of this, or at once if one has. */
  told(type: TestService["events"][number]["type"]): Promise<void>;
}

/** The service's time goes so much faster than the machine's. */
const HASTE = 10;

const hastyClock: Clock = {
  now: () => performance.now() * HASTE,
  after(delayMs, fn) {
    const timer = setTimeout(fn, Math.max(0, delayMs) / HASTE);
    return () => clearTimeout(timer);
  },
};

const LIMIT_MS = 10_000;

async function until(what: string, isSo: () => boolean): Promise<void> {
  const untilMs = performance.now() + LIMIT_MS;
  while (!isSo()) {
    if (performance.now() > untilMs) throw new Error(`Waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export function startCabled(
  options: { simulator?: SimulatorOptions; env?: Record<string, string>; dead?: boolean } = {},
): Cabled {
  const faults: string[] = [];
  const simulator = createSimulator({
    seed: 3,
    pace: NO_DELAY,
    requireKey: false,
    ...options.simulator,
    onClientEvent: (event) => faults.push(...checkClient(event)),
  });
  const cable = listen(simulator);
  if (options.dead) cable.freeze();
  const service = startService({
    clock: hastyClock,
    env: { OPENAI_REALTIME_URL: cable.url, LINE_LATENCY_MS: "0", ...options.env },
  });
  return {
    service,
    simulator,
    cable,
    until,
    told: (type) => until(type, () => service.events.some((event) => event.type === type)),
    async [Symbol.asyncDispose]() {
      cable.freeze()();
      await service[Symbol.asyncDispose]();
      await simulator.close();
      await cable.close();
      if (faults.length > 0) throw new Error(`Events against the official types:\n${faults.join("\n")}`);
    },
  };
}
