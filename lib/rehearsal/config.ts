import { type Config, readConfig } from "../config.ts";
import type { Environment } from "../config/environment.ts";
import { ConfigError } from "../errors.ts";

/**
 * What is rehearsed is the file: of the environment's variables for the model none counts in a call with the simulator. The
 * phone of a rehearsal has no delay.
 * @throws {ConfigError} with every fault found.
 */
export function configOf(env: Environment, live: boolean): Config {
  if (live) {
    const config = readConfig({ ...env, LINE_LATENCY_MS: "0" });
    if (config.simulator) throw new ConfigError(["--live needs a model: set OPENAI_API_KEY"]);
    return config;
  }
  const own = Object.entries(env).filter(([name]) => !name.startsWith("OPENAI_"));
  return readConfig({ ...Object.fromEntries(own), SIMULATOR: "always", LINE_LATENCY_MS: "0" });
}
