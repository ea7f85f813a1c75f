import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { dialIn, type Phone } from "../support/phone.ts";
import { type RunningService, startProcess } from "../support/process.ts";

/** Ends its worker in the way that the call's URL names: nothing of it is to be had without such a persona. */
const FRAGILE = `import { definePersona } from "parley";
export default definePersona({
  voice: "marin",
  greeting: "Hello from the bridge.",
  instructions: ({ variables: { end } }) => {
    if (end === "throw") setTimeout(() => { throw new Error("Out of thin air"); });
    if (end === "reject") void Promise.reject(new Error("Out of thin air"));
    if (end === "exit") Deno.exit(3);
    return "You keep a bridge.";
  },
});`;

async function startWorkers(env: Record<string, string>): Promise<RunningService> {
  const dir = await Deno.makeTempDir();
  await Deno.writeTextFile(`${dir}/fragile.ts`, FRAGILE);
  const service = await startProcess({ WORKERS: "2", PERSONAS_DIR: dir, PERSONA: "fragile", ...env });
  return {
    ...service,
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      await Deno.remove(dir, { recursive: true });
    },
  };
}

interface CallOf {
  readonly uuid: string;
  readonly phone: Phone;
  /** Which worker has it. */
  readonly worker: string;
}

async function call({ port, output }: RunningService, query = ""): Promise<CallOf> {
  const uuid = crypto.randomUUID();
  const phone = await dialIn(`ws://127.0.0.1:${port}/${query}`, { uuid });
  return { uuid, phone, worker: await workerOf(output, uuid) };
}

async function workerOf(output: () => string, uuid: string): Promise<string> {
  const told = new RegExp(`Call started (?=.*uuid=${uuid}).*worker=(\\d+)`);
  return (await eventually(() => told.exec(output())))[1] ?? "";
}

/** Calls until each worker has at least so many. */
async function callBoth(service: RunningService, each: number): Promise<[CallOf[], CallOf[]]> {
  const [ones, twos]: [CallOf[], CallOf[]] = [[], []];
  while (ones.length < each || twos.length < each) {
    const next = await call(service);
    (next.worker === "1" ? ones : twos).push(next);
    assert(ones.length + twos.length < 40, "All calls land on one worker");
  }
  return [ones, twos];
}

async function eventually<T>(look: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (const untilMs = performance.now() + 10_000; performance.now() < untilMs;) {
    const seen = await look();
    if (seen) return seen;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("Waited in vain");
}

/** By a connection of its own, so that any of the workers may answer. One that ends just then answers nothing. */
async function ask({ port }: RunningService, path: string): Promise<{ status: number; text: string }> {
  return await eventually(async () => {
    const asked = fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: "close" } });
    const response = await asked.catch(() => undefined);
    return response && { status: response.status, text: await response.text() };
  });
}

/** The sum of a metric over its series. */
async function metric(service: RunningService, name: string, label = ""): Promise<number> {
  const { text } = await ask(service, "/metrics");
  return text.split("\n").filter((line) => line.startsWith(name) && line.includes(label))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}

async function live(service: RunningService): Promise<number> {
  return JSON.parse((await ask(service, "/healthz")).text).calls.live;
}

/** So many that it takes a one-in-ten-thousand chance for nearly all of them to land on one worker. */
const MAX_CALLS = 20;

Deno.test("workers: two answer on one port as one service, with one limit, and drain together", async () => {
  await using service = await startWorkers({ MAX_CALLS: String(MAX_CALLS) });
  assertStringIncludes(service.output(), "workers      2");
  const both = (await callBoth(service, 2)).flat();
  while (both.length < MAX_CALLS) both.push(await call(service));
  for (let asked = 0; asked < 6; asked++) {
    assertEquals(await live(service), MAX_CALLS);
    assertEquals(await metric(service, "parley_calls_live"), MAX_CALLS);
    assertEquals(await metric(service, "parley_calls_limit"), MAX_CALLS);
    assertEquals(await metric(service, "parley_calls_started_total"), MAX_CALLS);
  }
  const refused = await Promise.allSettled(Array.from({ length: 8 }, () => call(service)));
  assertEquals(refused.filter(({ status }) => status === "fulfilled").length, 0);
  assertEquals(await metric(service, "parley_calls_refused_total", `"503"`), 8);
  // A place that is free is free for all of them.
  await both.pop()!.phone.hangUp();
  await eventually(async () => await live(service) === MAX_CALLS - 1);
  both.push(await call(service));

  service.kill("SIGTERM");
  await eventually(async () => (await ask(service, "/readyz")).status === 503);
  for (const { phone } of both) assert(!phone.isClosed());
  for (const { phone } of both) await phone.hangUp();
  assertEquals((await service.status).code, 0, service.output());
});

Deno.test("workers: one that fails says so to its callers, the others go on, and another takes its place", async () => {
  await using service = await startWorkers({});
  const [ones, twos] = await callBoth(service, 2);
  const fatal = await call(service, "?end=throw");
  const [hit, spared] = fatal.worker === "1" ? [ones, twos] : [twos, ones];
  for (const { phone } of [...hit, fatal]) {
    const { message } = await phone.next("error", ({ type }) => type === "error");
    assertEquals([message, await phone.closed], ["The service failed", 1000]);
  }
  for (const { phone } of spared) assert(!phone.isClosed());
  await eventually(async () =>
    await metric(service, "parley_workers{") + await metric(service, "parley_workers ") === 2
  );
  assertEquals(await metric(service, "parley_workers_lost_total", `"crashed"`), 1);
  // What the one that is gone had counted still counts.
  assertEquals(await metric(service, "parley_calls_started_total"), ones.length + twos.length + 1);
  assertEquals(await metric(service, "parley_calls_ended_total", `"internal_error"`), hit.length + 1);
  assertEquals(await live(service), spared.length);
  assertEquals(service.output().match(/An error was left unhandled, this worker ends/g)?.length, 1);
  const again = (await callBoth(service, 1)).flat();
  service.kill("SIGINT");
  for (const { phone } of [...spared, ...again]) assertEquals(await phone.closed, 1000);
  assertEquals((await service.status).code, 0, service.output());
});

Deno.test("workers: the calls of one that is gone at once are told, counted, and free their places", async () => {
  await using service = await startWorkers({ MAX_CALLS: "8" });
  const [ones, twos] = await callBoth(service, 1);
  const fatal = await call(service, "?end=exit");
  const [hit, spared] = fatal.worker === "1" ? [ones, twos] : [twos, ones];
  // Without a close frame, and not left open.
  for (const { phone } of [...hit, fatal]) assertEquals(await phone.closed, 0);
  for (const { phone } of spared) assert(!phone.isClosed());
  const lost = hit.length + 1;
  await eventually(() =>
    service.output().includes(`Calls were lost with their worker worker=${fatal.worker} calls=${lost}`)
  );
  for (const { uuid } of hit) {
    assertStringIncludes(service.output(), `A call was lost with its worker uuid=${uuid} persona=fragile`);
  }
  assertEquals(await live(service), spared.length);
  assertEquals(await metric(service, "parley_calls_ended_total", `"worker_lost"`), lost);
  assertEquals(await metric(service, "parley_workers_lost_total", `"ended"`), 1);
  await eventually(() => service.output().includes("Another worker takes its place"));
  await eventually(async () => await metric(service, "parley_workers ") === 2);
  for (const { phone } of spared) await phone.hangUp();
});

Deno.test("workers: a line that comes back to another worker than the call's goes on in the call", async () => {
  await using service = await startWorkers({});
  const first = await call(service);
  let phone = first.phone;
  const url = `ws://127.0.0.1:${service.port}/`;
  for (let count = 0; count < 12; count++) {
    const next = await dialIn(url, { uuid: first.uuid });
    assertEquals(await phone.closed, 1000);
    phone = next;
  }
  assertEquals(service.output().match(/Same call on a new socket, it goes on there/g)?.length, 12);
  assertEquals(JSON.parse((await ask(service, "/healthz")).text).calls, { live: 1, answered: 1 });
  assertEquals(service.output().match(/Call started/g)?.length, 1);
  await phone.hangUp();
  await eventually(async () => await live(service) === 0);
  assertStringIncludes(service.output(), "reason=hung_up");
});
