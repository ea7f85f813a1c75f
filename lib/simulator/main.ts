import { parseArgs } from "node:util";
import { createLog } from "../log.ts";
import { listen } from "./listen.ts";
import { createSimulator } from "./simulator.ts";
import { createFliteSpeech } from "./speech.ts";

/** The simulator as a server of its own: `deno task simulator`, then OPENAI_REALTIME_URL points at it. */
const { values } = parseArgs({
  options: {
    port: { type: "string", default: "8090" },
    host: { type: "string", default: "127.0.0.1" },
    seed: { type: "string" },
  },
});
const log = createLog();
const speech = createFliteSpeech();
const simulator = createSimulator({
  speech,
  log,
  requireKey: false,
  ...(values.seed !== undefined && { seed: Number(values.seed) }),
});
const { url, close } = listen(simulator, Number(values.port), values.host);
log.info("The Realtime simulator listens; it asks for no key", { OPENAI_REALTIME_URL: url });

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, async () => {
    await simulator.close();
    await close();
    speech.close();
    Deno.exit(0);
  });
}
