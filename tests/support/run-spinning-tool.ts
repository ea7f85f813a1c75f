/** Runs a tool that loops after an `await`, and others beside it and after it; prints what became of them. */
import { answers, spins, waits } from "../fixtures/tools/hazards.ts";
import { startTools, toolCall, watchTicks } from "./tool-call.ts";

const box = startTools(new URL("../fixtures/tools/hazards.ts", import.meta.url), spins);
const run = (tool: typeof spins, args: unknown = {}) => box.tool(tool).run(args, toolCall());
// Started before it counts.
await run(answers, { what: "text" });

const ticks = watchTicks();
const outcomes = await Promise.all([run(spins), run({ ...waits, timeoutSeconds: 9 }, { what: "for ever" })]);
outcomes.push(await run(answers, { what: "runs" }));
outcomes.push(await run(spins));
await new Promise((wake) => setTimeout(wake, 500));
outcomes.push(await run(answers, { what: "runs" }));
const gapsMs = ticks.stop();
console.log(JSON.stringify({ outcomes, starts: box.starts, gapsMs, logged: box.logged }));
Deno.exit(0);
