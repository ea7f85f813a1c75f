import { assertEquals, assertStringIncludes } from "@std/assert";
import { definePersona } from "../lib/persona/define.ts";
import { dialIn } from "./support/phone.ts";
import { startService } from "./support/service.ts";

const persona = (words: string) => definePersona({ instructions: "Speak.", greeting: words });
const personas = { assistant: persona("I am the assistant."), supportAgent: persona("I am support.") };

/** The words of the persona that answers at `path`. */
async function greetingAt(url: string, path: string): Promise<string> {
  const phone = await dialIn(url + path);
  const { text } = await phone.next("greeting", ({ type }) => type === "transcript");
  await phone.hangUp();
  return String(text);
}

Deno.test("server: the line's URL chooses the persona, whatever its path and query", async () => {
  await using service = startService({ personas });
  assertEquals(await greetingAt(service.url, ""), "I am the assistant.");
  assertEquals(await greetingAt(service.url, "/supportAgent"), "I am support.");
  assertEquals(await greetingAt(service.url, "/any/path/supportAgent/?from=2000&to=5001"), "I am support.");
  assertEquals(await greetingAt(service.url, "/?persona=supportAgent"), "I am support.");
  assertEquals(await greetingAt(service.url, "/assistant?persona=supportAgent"), "I am the assistant.");
});

Deno.test("server: PERSONA answers the calls that name none", async () => {
  await using service = startService({ personas, env: { PERSONA: "supportAgent" } });
  assertEquals(await greetingAt(service.url, ""), "I am support.");
});

Deno.test("server: an unknown persona is refused before the upgrade, the known ones are named", async () => {
  await using service = startService({ personas });
  const response = service.service.handler(
    new Request("http://127.0.0.1/salesAgent", { headers: { upgrade: "websocket" } }),
  );
  assertEquals(response.status, 404);
  assertEquals(await response.json(), {
    error: "Could not find the persona: salesAgent",
    personas: ["assistant", "supportAgent"],
  });
  assertEquals(service.service.calls.answered, 0);
});

Deno.test("server: health tells the model and the calls, without a secret", async () => {
  await using service = startService({ personas });
  const base = service.url.replace("ws", "http");
  const phone = await dialIn(service.url);
  await phone.next("greeting", ({ type }) => type === "transcript");
  const health = await (await fetch(`${base}/healthz`)).json();
  assertEquals(health, {
    status: "ok",
    model: "gpt-realtime-2.1",
    simulator: false,
    personas: ["assistant", "supportAgent"],
    calls: { live: 1, answered: 1 },
  });
  assertEquals(await (await fetch(`${base}/readyz`)).json(), { ready: true });
  await phone.hangUp();
});

Deno.test("server: a request that is no call is told what is wanted", async () => {
  await using service = startService({ personas });
  const response = await fetch(`${service.url.replace("ws", "http")}/supportAgent`);
  assertEquals(response.status, 426);
  assertStringIncludes(await response.text(), "WebSocket");
});

Deno.test("server: a stopping service refuses calls, is not ready, and ends the live ones", async () => {
  await using service = startService({ personas });
  const phone = await dialIn(service.url);
  await phone.next("greeting", ({ type }) => type === "transcript");
  service.service.stop();
  await phone.closed;
  const base = service.url.replace("ws", "http");
  assertEquals((await fetch(`${base}/readyz`).then((r) => r.body?.cancel().then(() => r) ?? r)).status, 503);
  assertEquals((await fetch(`${base}/healthz`).then((r) => r.body?.cancel().then(() => r) ?? r)).status, 200);
  const refused = service.service.handler(new Request(base, { headers: { upgrade: "websocket" } }));
  assertEquals(refused.status, 503);
});
