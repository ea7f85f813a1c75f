import type { LoadFnOutput } from "node:module";

/** What a hook for loading passes on: with one, Deno takes JSON that a package requires for code unless it is told. */
export function asItWas(url: string, loaded: LoadFnOutput): LoadFnOutput {
  return url.endsWith(".json") ? { ...loaded, format: "json" } : loaded;
}
