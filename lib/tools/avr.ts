import { resolve } from "node:path";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import { readSecret } from "../config/secrets.ts";
import type { Log } from "../log.ts";
import { areUnchanged, type KeptTexts } from "./kept-files.ts";
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
  /** Those of an earlier load: one whose files are the same is known without being run. */
  readonly before?: readonly AvrTool[];
}

/** A CommonJS tool and the Worker that it runs in. */
export interface AvrTool {
  readonly file: string;
  /** What it says of itself. */
  readonly is: z.output<typeof description>;
  /** Its files as they were read; undefined when they are too much. */
  readonly kept: KeptTexts | undefined;
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
  options: AvrOptions,
): Promise<AvrTool | string> {
  const before = options.before?.find((each) => each.file === file);
  if (before?.kept && await areUnchanged(before.kept)) {
    return toolOf(before, makeSandbox(file, { env, kept: before.kept }, options));
  }
  // It keeps tens of MB and most calls need no tool: the first run starts another, with what has been checked.
  const first = makeSandbox(file, { env }, options);
  const late = Promise.withResolvers<{ type: "broken"; text: string }>();
  const cancel = options.clock.after(LOAD_WITHIN_MS, () => {
    late.resolve({ type: "broken", text: `takes longer than ${LOAD_WITHIN_MS} ms` });
  });
  const answer = await Promise.race([first.load(), late.promise]);
  cancel();
  first.close();
  if (answer.type === "broken") return `${file}: can't be loaded: ${answer.text}`;
  const checked = description.safeParse(answer.tool);
  if (!checked.success) return `${file}: ${faultsOf(checked.error)}`;
  const { files: kept } = answer;
  return toolOf({ file, is: checked.data, kept }, makeSandbox(file, { env, kept }, options));
}

function makeSandbox(
  file: string,
  { env, kept }: { env: Readonly<Record<string, string>>; kept?: KeptTexts | undefined },
  { config, clock, log }: AvrOptions,
): Sandbox {
  const { net, read } = avrPermissions(config);
  const order: LoadOrder = { type: "load", file: resolve(file), env, fallback: resolve(".") };
  return new Sandbox({
    name: file,
    start: () => startSandbox(new URL("./avr-worker.ts", import.meta.url), { net, env: [], read }),
    load: kept ? { ...order, kept } : order,
    clock,
    log,
  });
}

function toolOf({ file, is, kept }: Omit<AvrTool, "tool" | "sandbox">, sandbox: Sandbox): AvrTool {
  const { name, description, input_schema: parameters = { type: "object", properties: {} } } = is;
  // What it does is not known: it may change something.
  const tool = { name, description, parameters, timeoutSeconds: TIMEOUT_SECONDS, confirm: false };
  return { file, is, kept, tool: sandboxed({ ...tool, effect: "write" }, sandbox), sandbox };
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
