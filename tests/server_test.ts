import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { definePersona } from "../lib/persona/define.ts";
import { VirtualClock } from "./support/clock.ts";
import { dialIn } from "./support/phone.ts";
import { startService } from "./support/service.ts";
import { fixedSpeech, sine } from "./support/sound.ts";

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
    generation: 1,
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

const upgrade = (url: string, headers: Record<string, string> = {}) =>
  new Request(url.replace("ws", "http"), { headers: { upgrade: "websocket", ...headers } });

Deno.test("server: a call without the token is refused, and the token is told nowhere", async () => {
  const token = "tell-it-nowhere-0123";
  await using service = startService({ personas, env: { AUTH_TOKEN: token } });
  assertEquals(await greetingAt(service.url, `/supportAgent?from=2000&token=${token}`), "I am support.");

  const { handler } = service.service;
  const refused = handler(upgrade(service.url));
  assertEquals(refused.status, 401);
  assertEquals(refused.headers.get("www-authenticate"), "Bearer");
  assertEquals(await refused.text(), '{"error":"Could not take the call: it brings no token"}');
  const known = handler(upgrade(service.url, { authorization: `Bearer ${token}` }));
  // Judged as a call that may be taken, and not refused for the token.
  assertEquals(known.status, 400);
  // Who may not call does not learn the personas' names.
  assertEquals(handler(upgrade(`${service.url}/nobody`)).status, 401);
  const answers = [
    handler(upgrade(`${service.url}/?token=x${token}`)),
    handler(upgrade(`${service.url}/nobody?token=${token}`)),
    await fetch(`${service.url.replace("ws", "http")}/healthz?token=${token}`),
    await fetch(`${service.url.replace("ws", "http")}/elsewhere?token=${token}`),
  ];
  assertEquals(answers.map(({ status }) => status), [401, 404, 200, 426]);
  const told = [...await Promise.all(answers.map((answer) => answer.text())), ...service.logged].join("\n");
  assert(!told.includes(token), told);
  assertStringIncludes(told, "Call refused status=401");
});

Deno.test("server: a call from elsewhere is refused, its health is told to everyone", async () => {
  await using service = startService({ personas, env: { ALLOW_FROM: "10.0.0.0/8" } });
  await assertRejects(() => dialIn(service.url));
  assertStringIncludes(service.logged.join("\n"), "status=403");
  assertStringIncludes(service.logged.join("\n"), "address=127.0.0.1");
  const health = await fetch(`${service.url.replace("ws", "http")}/healthz`);
  assertEquals((await health.json()).calls, { live: 0, answered: 0 });
});

Deno.test("server: a call from an allowed network is taken, by its socket's address", async () => {
  await using service = startService({ personas, env: { ALLOW_FROM: "127.0.0.0/8" } });
  assertEquals(await greetingAt(service.url, ""), "I am the assistant.");
});

Deno.test("server: a page of another web site can't call", async () => {
  await using service = startService({ personas });
  const refused = service.service.handler(upgrade(service.url, { origin: "https://evil.com" }));
  assertEquals(refused.status, 403);
  assertStringIncludes(await refused.text(), "ALLOW_ORIGIN");
});

Deno.test("server: a call beyond MAX_CALLS is refused until one ends, a line without init counts too", async () => {
  await using service = startService({ personas, env: { MAX_CALLS: "1" } });
  const phone = await dialIn(service.url, { init: false });
  const refused = service.service.handler(upgrade(service.url));
  assertEquals(refused.status, 503);
  assertEquals(
    await refused.text(),
    '{"error":"Could not take the call: MAX_CALLS is reached: 1"}',
  );
  phone.send({ type: "init" });
  await phone.next("greeting", ({ type }) => type === "transcript");
  await assertRejects(() => dialIn(service.url));
  await phone.hangUp();
  while (service.service.calls.size > 0) await new Promise((wake) => setTimeout(wake, 1));
  assertEquals(await greetingAt(service.url, ""), "I am the assistant.");
});

Deno.test("server: an upgrade that is none is refused, and does not take up room", async () => {
  await using service = startService({ personas, env: { MAX_CALLS: "1" } });
  const response = await fetchRaw(service.url, "GET /%E0%A4%A HTTP/1.1\r\nHost: x\r\nUpgrade: websocket");
  assertStringIncludes(response, " 404 ");
  assertStringIncludes(response, "Could not find the persona");
  for (let count = 0; count < 2; count++) {
    assertStringIncludes(
      await fetchRaw(service.url, "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket"),
      " 400 ",
    );
  }
  assertEquals(await greetingAt(service.url, ""), "I am the assistant.");
});

Deno.test("server: a giant message and a flood end their own call, told why, and no other", async () => {
  await using service = startService({ personas });
  const [calm, giant, flood] = await Promise.all(
    ["calm", "giant", "flood"].map((uuid) => dialIn(service.url, { uuid })),
  );
  for (const phone of [calm!, giant!, flood!]) {
    await phone.next("greeting", ({ type }) => type === "transcript");
  }
  giant!.sendRaw(`{"type":"audio","audio":"${"A".repeat(2 ** 20)}"}`);
  for (let count = 0; count < 3000; count++) flood!.send({ type: "audio", audio: "" });
  assertEquals(await giant!.closed, 1009);
  // Its socket is reset with messages under way, so that it may not see the close frame.
  await flood!.closed;
  assertEquals(giant!.messages.at(-1), { type: "error", message: "Line ended: A message was too long" });
  assertStringIncludes(service.logged.join("\n"), "uuid=flood limit=message_rate");
  assertEquals(
    service.events.filter(({ type }) => type === "ended"),
    Array(2).fill({ type: "ended", reason: "line_limit" }),
  );
  assert(!calm!.isClosed());
  assertEquals(service.service.calls.size, 1);
  await calm!.hangUp();
});

Deno.test("server: MAX_CALL_MINUTES ends a call, hung up at the phone as well", async () => {
  const clock = new VirtualClock();
  const hungUp: string[] = [];
  await using service = startService({
    personas,
    clock,
    env: { MAX_CALL_MINUTES: "1" },
    ami: {
      hangup: (uuid) => Promise.resolve((hungUp.push(uuid), { ok: true, message: "" })),
      transfer: () => Promise.reject(new Error("Not asked for")),
    },
  });
  const phone = await dialIn(service.url, { uuid: "u-1" });
  while (!service.events.some(({ type }) => type === "configured")) {
    await new Promise((wake) => setTimeout(wake, 1));
  }
  await clock.run(59_999);
  assertEquals(hungUp, []);
  await clock.run(1);
  assertEquals(await phone.closed, 1000);
  assertEquals(hungUp, ["u-1"]);
  assertEquals(service.events.at(-1), { type: "ended", reason: "time_limit" });
});

Deno.test("server: a call that ends leaves no timer behind, that of MAX_CALL_MINUTES neither", async () => {
  const clock = new VirtualClock();
  await using service = startService({ personas, clock, env: { MAX_CALL_MINUTES: "1" } });
  const phone = await dialIn(service.url);
  await phone.next("greeting", ({ type }) => type === "transcript");
  assert(clock.pending > 0);
  await phone.hangUp();
  while (service.service.calls.size > 0) await new Promise((wake) => setTimeout(wake, 1));
  assertEquals(clock.pending, 0);
});

Deno.test("server: a line that never says init is closed, and gives its place back", async () => {
  const clock = new VirtualClock();
  await using service = startService({ personas, clock, env: { MAX_CALLS: "1" } });
  const phone = await dialIn(service.url, { init: false });
  assertEquals(service.service.handler(upgrade(service.url)).status, 503);
  clock.advance(10_000);
  assertEquals(await phone.closed, 1008);
  assertEquals(phone.messages.at(-1), { type: "error", message: "Line ended: No init came in time" });
  await (await dialIn(service.url, { init: false })).hangUp();
  assertEquals(service.events, []);
});

Deno.test("server: a drain lets the live call go on and takes no other", async () => {
  await using service = startService({ personas });
  const phone = await dialIn(service.url);
  await phone.next("greeting", ({ type }) => type === "transcript");
  const drained = service.service.drain();
  const base = service.url.replace("ws", "http");
  assertEquals((await (await fetch(`${base}/healthz`)).json()).status, "draining");
  assertEquals(await (await fetch(`${base}/readyz`)).json(), {
    ready: false,
    reason: "The service is stopping",
  });
  const refused = service.service.handler(upgrade(service.url));
  assertEquals(await refused.json(), { error: "Could not take the call: the service is stopping" });
  assert(!phone.isClosed());
  await phone.hangUp();
  await drained;
});

Deno.test("server: at the end of a drain the agent says goodbye, and the phone is hung up when it was heard", async () => {
  await using service = startService({
    personas,
    env: { DRAIN_SECONDS: "4" },
    simulator: { speech: fixedSpeech(sine(400, 500, 24_000)) },
  });
  const phone = await dialIn(service.url);
  await phone.next("greeting", ({ type }) => type === "transcript");
  const startMs = performance.now();
  await service.service.drain();
  assertEquals(await phone.closed, 1000);
  assert(performance.now() - startMs < 3900, `${performance.now() - startMs}`);
  assertEquals(phone.messages.filter(({ type }) => type === "transcript").length, 2);
  const ended = service.events.at(-1);
  assertEquals(ended?.type === "ended" && ended.reason, "shutdown");
});

Deno.test("server: with the model away new calls are told at once, and /readyz tells why", async () => {
  const clock = new VirtualClock();
  await using service = startService({ personas, circuitClock: clock });
  service.simulator.faults.refuseStatus = 503;
  const first = await Promise.all(Array.from({ length: 5 }, () => dialIn(service.url)));
  const base = service.url.replace("ws", "http");
  const away = () => fetch(`${base}/readyz`).then((answer) => answer.json());
  while ((await away()).ready) await new Promise((wake) => setTimeout(wake, 20));
  assertEquals(await away(), { ready: false, reason: "The model is away: http_503" });
  const late = await dialIn(service.url);
  const error = await late.next("error", ({ type }) => type === "error");
  assertEquals(error.message, "The model is away");
  await late.closed;
  // The probe finds the model well again.
  service.simulator.faults.refuseStatus = undefined;
  while (!(await away()).ready) {
    clock.advance(1000);
    await new Promise((wake) => setTimeout(wake, 20));
  }
  const next = await dialIn(service.url);
  await next.next("greeting", ({ type }) => type === "transcript");
  await Promise.all([...first, next].map((phone) => phone.hangUp()));
});

/** Sends a request as it is and returns the whole answer. */
async function fetchRaw(url: string, head: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(url).port) });
  await connection.write(new TextEncoder().encode(`${head}\r\nConnection: close, Upgrade\r\n\r\n`));
  let text = "";
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(4096);
  for (let read = await connection.read(buffer); read !== null; read = await connection.read(buffer)) {
    text += decoder.decode(buffer.subarray(0, read));
    if (text.includes("}")) break;
  }
  return text;
}
