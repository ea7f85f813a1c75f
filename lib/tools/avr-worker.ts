/** The sandbox of one CommonJS tool: the main module of its Worker. */
import Module, { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { z } from "zod";
import { keepFiles } from "./kept-files.ts";
import { firstLine } from "./result.ts";
import { answerLoad, limited, listen, serve } from "./serve.ts";

/** What such a file exports. */
interface CommonJsTool {
  readonly name: string;
  readonly description: string;
  readonly input_schema?: Record<string, unknown>;
  readonly handler: (uuid: string, args: unknown) => unknown;
}

/** How long its top level may take. */
const LOAD_WITHIN_MS = 5000;

type Resolve = (request: string, parent: unknown, ...rest: unknown[]) => string;

/** The part of node's Module that finds packages; not in its types. */
const loader = Module as unknown as {
  _resolveFilename: Resolve;
  _nodeModulePaths(folder: string): string[];
};

listen((order) => {
  if (order.type !== "load") return;
  const { file, env, fallback, kept } = order;
  try {
    const read = keepFiles(kept);
    // A plain object: what is not permitted is not set, instead of an error, and nothing that a tool sets leaves it.
    Object.defineProperty(process, "env", { value: { ...env }, writable: true, configurable: true });
    resolveFrom(fallback);
    const exported: unknown = limited(() => createRequire(file)(file), LOAD_WITHIN_MS);
    const tool = readTool(exported);
    const schema = schemaOf(tool.input_schema);
    serve({
      name: tool.name,
      check(args) {
        // Checked and not parsed, so that the tool sees what it always saw.
        const result = schema?.safeParse(args);
        return Promise.resolve(
          !result || result.success ? { args } : { fault: z.prettifyError(result.error) },
        );
      },
      run: (args, { uuid }) => tool.handler(uuid, args),
    });
    const { name, description, input_schema } = tool;
    answerLoad({ type: "loaded", tool: { name, description, input_schema }, files: read() });
  } catch (error) {
    answerLoad({ type: "broken", text: firstLine(error) });
  }
});

/** Has packages found in the folder as well, after the places where node looks. */
function resolveFrom(folder: string): void {
  const original = loader._resolveFilename;
  const parent = { id: folder, filename: join(folder, "_.js"), paths: [join(folder, "node_modules")] };
  loader._resolveFilename = (request, ...rest) => {
    try {
      return original.call(Module, request, ...rest);
    } catch (error) {
      if (/^[./]/.test(request)) throw error;
      try {
        return original.call(Module, request, parent);
      } catch {
        // Instead of a refusal to look into a folder above: packages ask for others that may be missing.
        throw Object.assign(new Error(`Cannot find module '${request}'`), { code: "MODULE_NOT_FOUND" });
      }
    }
  };
}

function readTool(exported: unknown): CommonJsTool {
  const tool = z.looseObject({
    name: z.string(),
    description: z.string(),
    input_schema: z.record(z.string(), z.unknown()).optional(),
    handler: z.custom<CommonJsTool["handler"]>((value) => typeof value === "function"),
  }).safeParse(exported);
  if (!tool.success) {
    throw new Error("module.exports must be { name, description, input_schema, handler }");
  }
  // The object itself, as a handler may use `this`.
  return exported as CommonJsTool;
}

/** Undefined for a schema that zod can't read: the arguments are passed as they are. */
function schemaOf(schema: Record<string, unknown> | undefined): z.ZodType | undefined {
  try {
    return schema && z.fromJSONSchema(schema);
  } catch {
    return undefined;
  }
}
