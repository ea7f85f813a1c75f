import { z } from "zod";
import { inSandbox, serve } from "./serve.ts";
import type { Effect } from "./tool.ts";

/** What a tool may know of the call that runs it: never a socket. */
export interface ToolCall {
  /** AVR's id of the call. */
  readonly uuid: string;
  /** Name of the persona. */
  readonly persona: string;
  /** Query parameters of the line's URL, as the persona's `variables` has them. Written by others: data, not orders. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Fires when the time is up or the call has ended. */
  readonly signal: AbortSignal;
  /** The service's log. No names, numbers or keys belong there. */
  readonly log: ToolLog;
}

/** Messages are static text; what varies goes into the fields. */
export type ToolLog = Readonly<Record<"debug" | "info" | "warn" | "error", ToolLogMethod>>;
type ToolLogMethod = (
  message: string,
  fields?: Readonly<Record<string, string | number | boolean | null | undefined>>,
) => void;

/** A tool as it is written. */
export interface ToolDefinition<Input extends z.ZodObject = z.ZodObject> {
  /** Up to 64 letters, digits, `_` and `-`: what the model calls it by. */
  name: string;
  /** What it does and when to use it, for the model. */
  description: string;
  /** The arguments, a zod object; describe each field with `.describe()`. @default none */
  input?: Input;
  /**
   * Does the work, in a sandbox of its own. The result is what the model is told: a text as it is, anything else as JSON,
   * cut at 16 KiB. What is thrown is told to the model as well.
   */
  run(args: z.output<Input>, call: ToolCall): unknown;
  /** Hosts that `run` may reach, each as `host:port`. @default none */
  net?: readonly string[];
  /** Variables of the environment that `run` may read. @default none */
  env?: readonly string[];
  /** Files and folders that `run` may read. @default none */
  read?: readonly string[];
  /** Longest time that `run` may take, up to 120. @default 10 */
  timeoutSeconds?: number;
  /** A sentence that is said when the answer takes a while. @default none */
  whileWaiting?: string;
  /** `write` when it changes something: it is never tried a second time. @default "read" */
  effect?: Effect;
  /** Whether the caller has to agree before it runs. @default false */
  confirm?: boolean;
}

/** What a tool's sandbox lets it do, beyond computing. */
export interface ToolPermissions {
  readonly net: readonly string[];
  readonly env: readonly string[];
  readonly read: readonly string[];
}

/** A checked definition, for the `tools` of a persona or the default export of a file in `tools/`. */
export interface SandboxedTool {
  readonly kind: "sandboxed";
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly permissions: ToolPermissions;
  readonly timeoutSeconds: number;
  readonly whileWaiting?: string;
  readonly effect: Effect;
  readonly confirm: boolean;
}

const text = z.string().refine((value) => value.trim() !== "", "must not be empty");

/** As `host:port`; the host may begin with `*.`, and is in brackets if it is an IPv6 address. */
const host = z.string().regex(
  /^((\*\.)?[\w.-]+|\[[\da-fA-F:.]+\]):\d{1,5}$/,
  "must name host and port, such as crm.example.com:443",
);

/** The permission flags carry it. */
const path = z.string().regex(
  /^[^\s,*?[\]{}'"`$\\]+$/,
  "must be a path without spaces, commas, quotes and wildcards",
);

const definitionSchema = z.strictObject({
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, "must be up to 64 letters, digits, _ and -"),
  description: text,
  input: z.custom<z.ZodObject>((value) => value instanceof z.ZodObject, "must be a z.object({ ... })")
    .optional(),
  run: z.custom<(...args: never[]) => unknown>((value) => typeof value === "function", "must be a function"),
  net: z.array(host).default([]),
  env: z.array(z.string().regex(/^[A-Za-z_]\w*$/, "must be the name of a variable")).default([]),
  read: z.array(path).default([]),
  timeoutSeconds: z.number().min(0.1).max(120).default(10),
  whileWaiting: text.optional(),
  effect: z.enum(["read", "write"]).default("read"),
  confirm: z.boolean().default(false),
});

/**
 * Declares a tool. What the file does at its top level is done in the main thread as well, with the service's own
 * permissions, and once in each sandbox: let it define things and nothing else.
 * @throws {TypeError} with everything that is wrong with the definition.
 */
export function defineTool<Input extends z.ZodObject = z.ZodObject<Record<never, never>>>(
  definition: ToolDefinition<Input>,
): SandboxedTool {
  const result = definitionSchema.safeParse(definition, { reportInput: true });
  if (!result.success) throw new TypeError(faultsOf(definition, result.error));
  const { net, env, read, input, run: _run, whileWaiting, ...rest } = result.data;
  if (inSandbox) serve({ ...rest, check: (args) => check(definition.input, args), run: definition.run });
  return Object.freeze({
    kind: "sandboxed",
    ...rest,
    ...(whileWaiting === undefined ? {} : { whileWaiting }),
    parameters: parametersOf(rest.name, input),
    permissions: { net, env, read },
  });
}

/** The arguments as the definition has them; text for the model if they can't be had. */
async function check<Input extends z.ZodObject>(
  input: Input | undefined,
  args: unknown,
): Promise<{ args: z.output<Input> } | { fault: string }> {
  const result = await (input ?? z.object({})).safeParseAsync(args ?? {});
  if (!result.success) return { fault: z.prettifyError(result.error) };
  return { args: result.data as z.output<Input> };
}

/** JSON Schema of what the model has to write. */
function parametersOf(name: string, input: z.ZodObject | undefined): Record<string, unknown> {
  if (!input) return { type: "object", properties: {}, additionalProperties: false };
  try {
    const { $schema: _, ...schema } = z.toJSONSchema(input, { io: "input" });
    return schema;
  } catch (error) {
    throw new TypeError(`Tool ${name} can't tell the model its input: ${(error as Error).message}`);
  }
}

function faultsOf(definition: unknown, { issues }: z.ZodError): string {
  const name = (definition as { name?: unknown } | undefined)?.name;
  const faults = issues.map(({ path, message, input }) => {
    const seen = typeof input === "string" || typeof input === "number" ? `: ${JSON.stringify(input)}` : "";
    return `${path.join(".")} ${message}${seen}`.trim();
  });
  return `Tool ${typeof name === "string" ? name : "without a name"} is not valid: ${faults.join("; ")}`;
}
