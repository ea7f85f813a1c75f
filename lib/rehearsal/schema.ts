import { z } from "zod";
import { isVoice } from "../config/models.ts";
import type { Rehearsal, Scene, Step } from "../persona/rehearsal.ts";

const text = z.string().refine((value) => value.trim() !== "", "must not be empty");
const ms = z.number().min(0).max(3_600_000);
const record = z.record(z.string(), z.unknown());
const words = z.union(
  [text, z.instanceof(RegExp)],
  "must be a text that is not empty, or a regular expression",
);
const sound = z.union([text, z.strictObject({ file: text, words: text.exactOptional() })]);
const fn = z.custom<(...args: never[]) => unknown>(
  (value) => typeof value === "function",
  "must be a function",
);
const never = z.literal(true).exactOptional();

const callerStep = z.discriminatedUnion("caller", [
  z.strictObject({ caller: z.literal("says"), what: sound }),
  z.strictObject({ caller: z.literal("interrupts"), what: sound, afterMs: ms }),
  z.strictObject({ caller: z.literal("waits"), ms }),
  z.strictObject({
    caller: z.literal("presses"),
    keys: z.string().regex(/^[0-9*#]{1,64}$/, "must be 1 to 64 keys: 0 to 9, * and #"),
  }),
  z.strictObject({ caller: z.literal("hangs up") }),
]);

const agentLine = z.discriminatedUnion("agent", [
  z.strictObject({ agent: z.literal("says"), text }),
  z.strictObject({ agent: z.literal("calls"), tool: text, arguments: record, saying: text.exactOptional() }),
  z.strictObject({ agent: z.literal("fails") }),
]);

const ENDED_BY = [
  "caller",
  "agent",
  "transferred",
  "idle",
  "time limit",
  "cost limit",
  "key",
  "fault",
] as const;

const expectation = z.discriminatedUnion("expect", [
  z.strictObject({ expect: z.literal("said"), words, never }),
  z.strictObject({ expect: z.literal("called"), tool: text, arguments: record.exactOptional(), never }),
  z.strictObject({ expect: z.literal("interrupted"), withinMs: ms.exactOptional(), never }),
  z.strictObject({ expect: z.literal("answered"), withinMs: ms.exactOptional() }),
  z.strictObject({ expect: z.literal("transferred"), to: text.exactOptional() }),
  z.strictObject({ expect: z.literal("handed over"), to: text.exactOptional() }),
  z.strictObject({ expect: z.literal("ended"), by: z.enum(ENDED_BY).exactOptional() }),
  z.strictObject({ expect: z.literal("turns"), count: z.int().min(0) }),
  z.strictObject({ expect: z.literal("that"), name: text, holds: fn }),
]);

/** What made a step says which kind it is. */
const step = z.custom<Step>().superRefine((value, context) => {
  const schema = kindOf(value);
  if (!schema) {
    const message = 'must be a step of caller, agent or expect, such as caller.says("...")';
    return context.addIssue({ code: "custom", message, input: value });
  }
  const { error } = schema.safeParse(value, { reportInput: true });
  for (const { message, path, input } of error?.issues ?? []) {
    context.addIssue({ code: "custom", message, path, input });
  }
});

function kindOf(value: unknown): z.ZodType | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if ("caller" in value) return callerStep;
  if ("agent" in value) return agentLine;
  return "expect" in value ? expectation : undefined;
}

const setting = {
  variables: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).exactOptional(),
  tools: z.record(z.string(), fn).exactOptional(),
  ami: z.enum(["done", "unknown call", "forbidden", "error", "unreachable", "timeout"]).exactOptional(),
  voice: z.custom<string>(
    (value) => typeof value === "string" && isVoice(value),
    "must be a voice of the API",
  )
    .exactOptional(),
};

const steps = z.array(step).min(1, "must have a step");
const scene = z.unknown().superRefine((value, context) => {
  const schema = Array.isArray(value) ? steps : z.strictObject({ ...setting, steps });
  const { error } = schema.safeParse(value, { reportInput: true });
  for (const { message, path, input, ...issue } of error?.issues ?? []) {
    const at = Array.isArray(value) ? ["steps", ...path] : path;
    context.addIssue({ code: "custom", message, path: at, input: "keys" in issue ? undefined : input });
  }
});

const rehearsal = z.strictObject({
  name: text.exactOptional(),
  ...setting,
  scenes: z.record(z.string(), scene).refine((all) => Object.keys(all).length > 0, "must have a scene"),
});

/** The rehearsals of a file, or what is wrong with them, one line each. */
export function checkRehearsals(exported: unknown): { rehearsals: Rehearsal[] } | { faults: string[] } {
  const list = Array.isArray(exported) ? exported : [exported];
  const { error } = z.array(rehearsal).min(1).safeParse(list, { reportInput: true });
  if (!error) return { rehearsals: list };
  return { faults: error.issues.map((issue) => tell(issue, list.length > 1)) };
}

/** The parts of a scene, however it is written. */
export function sceneOf(scene: Scene | readonly Step[]): Scene {
  return "steps" in scene ? scene : { steps: scene };
}

/** Scene "A caller", step 2: ms must be a number. */
function tell({ path, message, input }: z.core.$ZodIssue, several: boolean): string {
  const [index, ...field] = path.map(String);
  const place = several && index !== undefined ? [`rehearsal ${Number(index) + 1}`] : [];
  const [scenes, name, steps, step] = field;
  if (scenes === "scenes" && name !== undefined) {
    place.push(`scene ${JSON.stringify(name)}`);
    field.splice(0, 2);
    if (steps === "steps" && step !== undefined) {
      place.push(`step ${Number(step) + 1}`);
      field.splice(0, 2);
    }
  }
  const words = `${message.charAt(0).toLowerCase()}${message.slice(1)}`;
  const what = field.length > 0 ? `${field.join(".")} ${words}` : words;
  const seen = ["string", "number", "boolean"].includes(typeof input) ? `: ${JSON.stringify(input)}` : "";
  return `${place.length > 0 ? `${place.join(", ")}: ` : ""}${what}${seen}`;
}
