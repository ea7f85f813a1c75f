import { resolve } from "node:path";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import { readSecret } from "../config/secrets.ts";
import type { Log } from "../log.ts";
import { avrPermissions, refusal } from "./needs.ts";
import type { LoadOrder } from "./protocol.ts";
import { Sandbox } from "./sandbox.ts";
import { sandboxed } from "./sandboxed.ts";
import type { Tool } from "./tool.ts";
import { startSandbox } from "./worker.ts";

export interface AvrOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
}

/** A CommonJS tool and the Worker that it runs in. */
export interface AvrTool {
  readonly file: string;
  readonly tool: Tool;
  readonly sandbox: Sandbox;
}

/** How long a file may take to load. */
const LOAD_WITHIN_MS = 10_000;
const TIMEOUT_SECONDS = 10;

const description = z.object({
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, "must be up to 64 letters, digits, _ and -"),
  description: z.string(),
  input_schema: z.looseObject({ type: z.literal("object") }).optional(),
});

/**
 * Reads AVR's CommonJS tools, each in a Worker of its own: no line of them runs in this thread. Faults are lines, one for
 * each broken file. What the environment gives them is read now.
 */
export async function loadAvrTools(
  files: readonly string[],
  options: AvrOptions,
): Promise<{ found: AvrTool[]; faults: string[] }> {
  if (files.length === 0) return { found: [], faults: [] };
  const fault = refusal(avrPermissions(options.config));
  if (fault) return { found: [], faults: [`AVR's CommonJS tools are left out: they ${fault}`] };
  const env = environment(options.config);
  const outcomes = await Promise.all(files.map((file) => loadAvrTool(file, env, options)));
  return {
    found: outcomes.filter((outcome) => typeof outcome !== "string"),
    faults: outcomes.filter((outcome) => typeof outcome === "string"),
  };
}

async function loadAvrTool(
  file: string,
  env: Readonly<Record<string, string>>,
  { config, clock, log }: AvrOptions,
): Promise<AvrTool | string> {
  const { net, read } = avrPermissions(config);
  let load: LoadOrder = { type: "load", file: resolve(file), env, fallback: resolve(".") };
  const sandbox = new Sandbox({
    name: file,
    start: () => startSandbox(new URL("./avr-worker.ts", import.meta.url), { net, env: [], read }),
    get load() {
      return load;
    },
    clock,
    log,
  });
  const late = Promise.withResolvers<{ type: "broken"; text: string }>();
  const cancel = clock.after(LOAD_WITHIN_MS, () => {
    late.resolve({ type: "broken", text: `takes longer than ${LOAD_WITHIN_MS} ms` });
  });
  const answer = await Promise.race([sandbox.load(), late.promise]);
  cancel();
  const checked = answer.type === "loaded" ? description.safeParse(answer.tool) : undefined;
  if (!checked?.success) {
    sandbox.close();
    const why = answer.type === "broken" ? `can't be loaded: ${answer.text}` : faultsOf(checked!.error!);
    return `${file}: ${why}`;
  }
  // It keeps tens of MB and most calls need no tool: the first run starts it again, with what has been checked.
  if (answer.type === "loaded" && answer.files) load = { ...load, kept: answer.files };
  sandbox.stop();
  const { name, description: text, input_schema: parameters = { type: "object", properties: {} } } =
    checked.data;
  // What it does is not known: it may change something.
  const tool = { name, description: text, parameters, timeoutSeconds: TIMEOUT_SECONDS, confirm: false };
  return { file, tool: sandboxed({ ...tool, effect: "write" }, sandbox), sandbox };
}

function faultsOf({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => `${path.join(".")} ${message}`).join("; ");
}

/** The whole environment of these tools. */
function environment(config: Config): Record<string, string> {
  const values = config.tools.allowEnv.flatMap((name): [string, string][] => {
    const value = readSecret(name);
    return value === undefined ? [] : [[name, value]];
  });
  return { ...Object.fromEntries(values), AMI_URL: config.amiUrl };
}
