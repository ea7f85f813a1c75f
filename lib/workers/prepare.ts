import { type Config, readConfig } from "../config.ts";
import type { Environment } from "../config/environment.ts";
import { ConfigError, messageOf } from "../errors.ts";
import { type ReadPersonas, readPersonas } from "../persona/store.ts";

/**
 * Reads the configuration and all personas.
 * @throws {ConfigError} with every fault of both
 */
export async function prepare(env: Environment): Promise<{ config: Config; read: ReadPersonas }> {
  const faults: string[] = [];
  const keep = (error: unknown) => {
    faults.push(...(error instanceof ConfigError ? error.faults : [messageOf(error)]));
    return undefined;
  };
  let config: Config | undefined;
  try {
    config = readConfig(env);
  } catch (error) {
    keep(error);
  }
  const personasDir = env.PERSONAS_DIR ?? "./personas";
  const read = await readPersonas(config ?? { personasDir }).catch(keep);
  if (config && read && faults.length === 0) return { config, read };
  throw new ConfigError(faults);
}
