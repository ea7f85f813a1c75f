import type { Config } from "../config.ts";
import { GEN_AI } from "./attributes.ts";
import type { Attributes } from "./span.ts";

/** Who the model is asked of, as the conventions name providers; `parley.simulator` is our own. */
export function providerOf({ simulator, model }: Pick<Config, "simulator" | "model">): Attributes {
  if (simulator) return { [GEN_AI.provider]: "parley.simulator" };
  const { hostname, port, protocol } = new URL(model.url);
  const isAzure = model.keyHeader === "api-key" || /\.azure\.(com|us|cn)$/.test(hostname);
  return {
    [GEN_AI.provider]: isAzure ? "azure.ai.openai" : "openai",
    "server.address": hostname,
    "server.port": port === "" ? (protocol === "ws:" ? 80 : 443) : Number(port),
  };
}
