/** Runs every tool named in the arguments once, in a process with the service's own permissions; prints the outcomes. */
import { readConfig, readEnvironment } from "../../lib/config.ts";
import { silentLog } from "../../lib/log.ts";
import { loadPersonas } from "../../lib/persona/load.ts";
import { loadTools } from "../../lib/tools/load.ts";

const config = readConfig(readEnvironment());
const personas = await loadPersonas(config.personasDir);
const toolbox = await loadTools({ personas, config, log: silentLog });
const outcomes: Record<string, unknown> = { warnings: toolbox.warnings };
for (const name of Deno.args) {
  const signal = new AbortController().signal;
  const call = { uuid: "u-1", persona: config.persona, variables: {}, signal, log: silentLog };
  outcomes[name] = await toolbox.toolsFor({ name: config.persona }).get(name)?.run({}, call);
}
toolbox.close();
console.log(JSON.stringify(outcomes));
