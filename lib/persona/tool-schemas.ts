/** The fields of a persona that let the agent act: tools, handoffs and MCP servers. */
import { z } from "zod";
import { ENVIRONMENT_NAMES } from "../config/variables.ts";
import { CONTEXT, PRIORITY_RANGE, WRITTEN_EXTENSION } from "../tools/extension.ts";
import { handoffName, MAX_PERSONA_NAME } from "../tools/handoff.ts";
import type { McpServer, Persona, PersonaTool } from "./define.ts";

/** As the API takes them. */
const NAME = /^[a-zA-Z0-9_-]{1,64}$/;
const NAMED = "must be up to 64 letters, digits, _ and -";

const text = z.string().refine((value) => value.trim() !== "", "must not be empty");
const name = z.string().regex(NAME, NAMED);
const names = z.array(name).min(1).readonly();

const destination = z.strictObject({
  extension: z.string().regex(
    WRITTEN_EXTENSION,
    "must be an extension: up to 40 letters, digits and + * # . - _",
  ),
  context: z.string().regex(CONTEXT, "must be up to 40 letters, digits, _ and -").exactOptional(),
  priority: z.int().min(PRIORITY_RANGE[0]).max(PRIORITY_RANGE[1]).exactOptional(),
  description: text.exactOptional(),
});

/** The model has no part in it, so that it needs no description. */
export const fallback = destination.omit({ description: true });

/** What each kind of tool has to be; defineTool() has checked its own. */
const KINDS = {
  sandboxed: z.looseObject({ name }),
  transfer: z.strictObject({
    kind: z.literal("transfer"),
    name: z.literal("transfer"),
    destinations: z.record(name, destination).refine(
      (value) => Object.keys(value).length > 0,
      "must have at least one destination",
    ),
    description: text.exactOptional(),
  }),
  hangup: z.strictObject({
    kind: z.literal("hangup"),
    name: z.literal("hangup"),
    description: text.exactOptional(),
  }),
} satisfies Record<PersonaTool["kind"], z.ZodObject>;

const tool = z.custom<PersonaTool>(
  (value) => typeof value === "object" && value !== null && "kind" in value && isKind(value.kind),
  { error: "must be made by defineTool(), transfer() or hangup()", abort: true },
).superRefine((value, context) => {
  // Checked and not parsed, so that the tool stays the very object that the file made.
  const result = KINDS[value.kind].safeParse(value, { reportInput: true });
  for (const { path, message, input } of result.error?.issues ?? []) {
    context.addIssue({ code: "custom", path: [...path], message, input });
  }
});

function isKind(kind: unknown): kind is PersonaTool["kind"] {
  return typeof kind === "string" && Object.hasOwn(KINDS, kind);
}

export const tools = z.array(tool).readonly();

/** Whether the names are those of personas is seen when all files are loaded. */
export const handoffs = z.record(
  z.string().regex(
    new RegExp(`^[A-Za-z][\\w-]{0,${MAX_PERSONA_NAME - 1}}$`),
    `must be the name of a persona, up to ${MAX_PERSONA_NAME} characters`,
  ),
  text,
);

const approval = z.union(
  [
    z.enum(["always", "never"]),
    z.strictObject({ always: names.exactOptional(), never: names.exactOptional() }),
  ],
  'must be "always", "never" or { always, never } with the names of tools',
);

const server: z.ZodType<McpServer, unknown> = z.strictObject({
  label: name,
  url: z.string().refine(isMcpUrl, "must be an https:// URL without a user name, or http:// on this machine"),
  allowedTools: names.exactOptional(),
  requireApproval: approval.exactOptional(),
  authorizationEnv: z.string().regex(/^[A-Za-z_]\w*$/, "must be the name of a variable of the environment")
    .refine(
      (value) => !ENVIRONMENT_NAMES.includes(value),
      "must not be one of Parley's own variables, as the server is told its value",
    ).exactOptional(),
  description: text.exactOptional(),
});

export const mcp = z.array(server).readonly();

/** The token would travel in the open, except on the machine itself. */
function isMcpUrl(value: string): boolean {
  const url = URL.parse(value);
  if (!url || url.username !== "" || url.password !== "") return false;
  return url.protocol === "https:" ||
    (url.protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname));
}

/** What several fields together have twice: the model calls each tool by its name alone. */
export function checkNames({ tools = [], handoffs = {}, mcp = [] }: Persona, context: z.RefinementCtx): void {
  const seen = new Set(Object.keys(handoffs).map(handoffName));
  for (const [index, { name }] of tools.entries()) {
    if (seen.has(name)) report(["tools", index, "name"], name, "must not be the name of another tool");
    seen.add(name);
  }
  const labels = new Set<string>();
  for (const [index, { label }] of mcp.entries()) {
    if (labels.has(label)) report(["mcp", index, "label"], label, "must not be the label of another server");
    labels.add(label);
  }
  function report(path: (string | number)[], input: string, message: string): void {
    context.addIssue({ code: "custom", path, input, message });
  }
}
