/** The sandbox of one TypeScript tool: the main module of its Worker. Runs modules that were read before. */
import { registerHooks } from "node:module";
import { importFault } from "../tools/import-file.ts";
import type { KeptModule } from "../tools/protocol.ts";
import { answerLoad, listen } from "../tools/serve.ts";
import { asItWas } from "./as-it-was.ts";
// What a tool imports is already loaded with this: a sandbox has no right to read our own source.
import "./define.ts";

listen(async (order) => {
  if (order.type !== "modules") return;
  keep(order.modules);
  try {
    await import(order.main);
  } catch (error) {
    answerLoad({ type: "broken", text: importFault(error) });
  }
});

/** Has these modules loaded from memory; all others as ever. */
function keep(modules: ReadonlyMap<string, KeptModule>): void {
  registerHooks({
    resolve(specifier, context, next) {
      const url = modules.has(specifier)
        ? specifier
        : modules.get(context.parentURL ?? "")?.imports.get(specifier);
      return url !== undefined && modules.has(url)
        ? { url, shortCircuit: true, importAttributes: context.importAttributes }
        : next(specifier, context);
    },
    load(url, context, next) {
      const module = modules.get(url);
      if (!module) return asItWas(url, next(url, context));
      return { format: module.format, source: module.text, shortCircuit: true };
    },
  });
}
