import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { z } from "zod";
import { readConfig } from "../../lib/config.ts";
import { createConsole } from "../../lib/console/console.ts";
import { PAGE } from "../../lib/console/files.ts";
import { createLog, silentLog } from "../../lib/log.ts";
import { OWN_FIELDS } from "../../lib/console/session-view.ts";
import { readSamples } from "../../lib/console/samples.ts";
import type { LoadedPersona } from "../../lib/persona/load.ts";
import { personaSchema } from "../../lib/persona/schema.ts";

const MCP_TOKEN = "mcp-secret-token";
const API_KEY = "sk-secret-key";

const PERSONA: LoadedPersona = {
  name: "support",
  file: "support.ts",
  description: "Helps",
  voice: "marin",
  instructions: "You help.",
  greeting: "Hello.",
  warnings: ["Something to mend"],
  mcp: [{ label: "crm", url: "https://crm.example.com", authorizationEnv: "CRM_TOKEN" }],
  secrets: new Map([["CRM_TOKEN", MCP_TOKEN]]),
};

function consoleWith(env: Record<string, string> = {}, hasToken = true) {
  const page = createConsole({
    config: readConfig({ OPENAI_API_KEY: API_KEY, ...env }),
    personas: () => new Map([["support", PERSONA]]),
    toolsFor: () => new Map(),
    state: () => ({
      door: "open",
      away: ["gpt-realtime-2.1"],
      calls: { live: 1, answered: 2 },
      generation: 3,
    }),
    hasToken: () => hasToken,
    log: silentLog,
    samples: [{ name: "question", label: "A question", bytes: new Uint8Array([1, 2, 3]) }],
  });
  return (
    path: string,
    { accept = "text/html", method = "GET", headers = {}, address = "127.0.0.1" } = {},
  ) => {
    const request = new Request(new URL(path, "http://127.0.0.1:6030"), {
      method,
      headers: { host: "127.0.0.1:6030", accept, ...headers },
    });
    return page.respond(request, new URL(request.url), address);
  };
}

Deno.test("console: the page may load nothing from elsewhere, be framed by nobody, and turn no text into markup", async () => {
  const response = consoleWith()("/")!;
  assertEquals(response.status, 200);
  assertStringIncludes(response.headers.get("content-type")!, "text/html");
  const policy = response.headers.get("content-security-policy")!;
  assertEquals(policy.split("; "), [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self' ws://127.0.0.1:6030 wss://127.0.0.1:6030",
    "media-src blob:",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ]);
  assertEquals(response.headers.get("x-content-type-options"), "nosniff");
  assertEquals(response.headers.get("referrer-policy"), "no-referrer");
  assertEquals(response.headers.get("cross-origin-resource-policy"), "same-origin");
  const text = await response.text();
  assert(!/https?:\/\/|style="|<script>|onclick/.test(text), "nothing external, nothing inline");
});

Deno.test("console: a host header can't smuggle anything into the policy", () => {
  const respond = consoleWith({ CONSOLE: "on", AUTH_TOKEN: "a-long-random-token" });
  for (const host of ["a; script-src *", "a b", "a,b", 'a"']) {
    const policy = respond("/", { headers: { host } })!.headers.get("content-security-policy")!;
    assertStringIncludes(policy, "connect-src 'self'; media-src");
  }
});

Deno.test("console: whoever asks for JSON at / goes on to get what the service answers there", () => {
  const respond = consoleWith();
  assertEquals(respond("/", { accept: "*/*" }), undefined);
  assertEquals(respond("/healthz"), undefined);
  assertEquals(respond("/support"), undefined);
});

Deno.test("console: a client that may not see it gets nothing at all, as if there were none", () => {
  for (const path of ["/", "/console/main.js", "/console/state", "/console/personas/support"]) {
    assertEquals(consoleWith()(path, { address: "192.168.1.2" }), undefined, path);
    assertEquals(consoleWith({ CONSOLE: "off" })(path), undefined, path);
  }
});

Deno.test("console: each file that the page names is there, with its type, and kept no longer than it is the same", async () => {
  const respond = consoleWith();
  const html = await respond("/")!.text();
  const paths = [...html.matchAll(/(?:href|src)="(\/console\/[^"]+)"/g)].map(([, path]) => path!);
  assert(paths.length > 20, paths.join());
  for (const path of paths) {
    const response = respond(path)!;
    assertEquals(response.status, 200, path);
    const type = { js: "text/javascript", css: "text/css", svg: "image/svg+xml" }[path.split(".").at(-1)!]!;
    assertStringIncludes(response.headers.get("content-type")!, type);
    const etag = response.headers.get("etag")!;
    const again = respond(path, { headers: { "if-none-match": etag } })!;
    assertEquals([again.status, await again.text(), again.headers.get("cache-control")], [
      304,
      "",
      "no-cache",
    ]);
    assertEquals(respond(path, { headers: { "if-none-match": '"other"' } })!.status, 200);
    await response.body?.cancel();
  }
});

Deno.test("console: every module that a module imports is among the files, and no other module is", () => {
  const found = new Set(["main.js"]);
  for (const path of found) {
    const { text } = PAGE.get(path)!;
    for (const [, to] of text.matchAll(/(?:^import [^;]*?from |new URL\()"(\.[^"]+)"/gms)) {
      const target = new URL(to!, `file:///${path}`).pathname.slice(1);
      assert(PAGE.has(target), `${path} imports ${target}`);
      found.add(target);
    }
  }
  assertEquals([...PAGE.keys()].filter((path) => path.endsWith(".js")).sort(), [...found].sort());
});

Deno.test("console: a path that leads out of its folder leads nowhere", async () => {
  const respond = consoleWith();
  const paths = [
    "/console/../main.ts",
    "/console/%2e%2e/main.ts",
    "/console/..%2fmain.ts",
    "/console/..%5cmain.ts",
    "/console/page/main.js",
    "/console/samples/..%2f..%2fmain.ts",
    "/console/samples/question/x",
    "/console/personas/support/x",
    "/console/personas/constructor",
    "/console/__proto__",
    "/console/constructor",
    "/console//etc/passwd",
    "/console/",
    "/console/state/x",
  ];
  for (const path of paths) {
    const response = respond(path);
    if (!response) continue; // The URL itself has no way out of /: it is somebody else's.
    assertEquals([path, response.status], [path, 404]);
    await response.body?.cancel();
  }
});

Deno.test("console: only reading is possible", async () => {
  const respond = consoleWith();
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
    const response = respond("/console/state", { method })!;
    assertEquals([response.status, response.headers.get("allow")], [405, "GET, HEAD"]);
    await response.body?.cancel();
  }
  const head = respond("/", { method: "HEAD" })!;
  assertEquals([head.status, await head.text()], [200, ""]);
});

Deno.test("console: without the token the page is there to ask for it, and nothing else", async () => {
  const respond = consoleWith({ CONSOLE: "on", AUTH_TOKEN: "a-long-random-token" }, false);
  assertEquals(respond("/")!.status, 200);
  for (
    const path of [
      "/console/state",
      "/console/personas/support",
      "/console/samples/question",
      "/console/none",
    ]
  ) {
    const response = respond(path)!;
    assertEquals([response.status, response.headers.get("www-authenticate")], [401, "Bearer"], path);
    assert(!(await response.text()).includes("support"));
  }
});

Deno.test("console: the state tells who can be called and how the service is, and is kept by no cache", async () => {
  const response = consoleWith({ OPENAI_VOICE: "cedar" })("/console/state")!;
  assertEquals(response.headers.get("cache-control"), "no-store");
  const state = await response.json();
  assertEquals(state.personas, [{
    name: "support",
    description: "Helps",
    voice: "cedar",
    model: "gpt-realtime-2.1",
    tools: ["crm"],
    variables: [],
    warnings: ["Something to mend"],
  }]);
  assertEquals([state.door, state.simulator, state.hasKey, state.generation], ["open", false, true, 3]);
  assertEquals([state.away, state.samples], [["gpt-realtime-2.1"], [{
    name: "question",
    label: "A question",
  }]]);
});

Deno.test("console: a persona's session is shown with the source of each value and without any secret", async () => {
  const respond = consoleWith({ OPENAI_VOICE: "cedar" });
  const text = await respond("/console/personas/support")!.text();
  const view = JSON.parse(text);
  assertEquals(view.event.session.instructions.includes("You help."), true);
  assertEquals(view.sources["audio.output.voice"], "env");
  assertEquals(view.sources.instructions, "persona");
  assertEquals(view.model, { name: "gpt-realtime-2.1", source: "default" });
  assertEquals(view.own.greeting, "Hello.");
  assertEquals(view.event.session.tools[0].authorization, "...");
  for (const path of ["/", "/console/state", "/console/personas/support"]) {
    const shown = await respond(path)!.text();
    for (const secret of [MCP_TOKEN, API_KEY]) assert(!shown.includes(secret), `${path} shows a secret`);
  }
});

Deno.test("console: of each field of a persona it is settled whether the page shows it, and where", () => {
  const inSession = [
    "voice",
    "model",
    "language",
    "style",
    "instructions",
    "turn",
    "tools",
    "mcp",
    "noiseReduction",
    "speed",
    "transcription",
    "reasoning",
    "maxOutputTokens",
    "truncation",
  ];
  const elsewhere = ["description", "variables", "summary"];
  const { shape } = personaSchema as unknown as z.ZodObject;
  assertEquals([...OWN_FIELDS, ...inSession, ...elsewhere].sort(), Object.keys(shape).sort());
});

Deno.test("console: a recording is handed out as it is; one that is not there is done without", async () => {
  const response = consoleWith()("/console/samples/question")!;
  assertEquals(response.headers.get("content-type"), "audio/wav");
  assertEquals(await response.bytes(), new Uint8Array([1, 2, 3]));
  const logged: string[] = [];
  const log = createLog({ write: (line) => logged.push(line) });
  assertEquals(readSamples(log, new URL("file:///nowhere/")), []);
  assertEquals(logged, []);
  const [shipped] = readSamples(log);
  assertEquals([shipped?.name, new TextDecoder().decode(shipped?.bytes.subarray(0, 4))], [
    "question",
    "RIFF",
  ]);
});
