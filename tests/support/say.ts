/** Run by tests with the service's flags: has the simulator speak a sentence that no ready-made phrase holds. */
import { createLog } from "../../lib/log.ts";
import { createFliteSpeech } from "../../lib/simulator/speech.ts";

let warnings = 0;
const speech = createFliteSpeech({ log: createLog({ level: "warn", write: () => warnings++ }) });
const samples = await speech.say("Seven zebras zigzag.", "marin");
speech.close();
console.log(
  samples.length > 10_000 && warnings === 0 ? "spoken" : `${samples.length} samples, ${warnings} warnings`,
);
