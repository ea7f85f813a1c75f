import { assert, assertEquals, assertGreaterOrEqual, assertLess, assertStringIncludes } from "@std/assert";
import { Delivery, type DeliveryOptions } from "../../lib/records/delivery.ts";
import { createSigner } from "../../lib/records/sign.ts";
import { systemClock } from "../../lib/clock.ts";
import { createLog } from "../../lib/log.ts";
import { settle, VirtualClock } from "../support/clock.ts";
import { isGenuine, startCollector } from "../support/collector.ts";

const SECRET = "s3cret-of-the-collector";
const json = (uuid: string | number) => JSON.stringify({ uuid });

function deliver(options: Partial<DeliveryOptions> = {}) {
  const clock = new VirtualClock();
  const logged: string[] = [];
  const tally = { taken: 0, lost: {} as Record<string, number> };
  const delivery = new Delivery({
    url: "http://user:pass@collector.test/calls?token=hidden",
    secret: undefined,
    clock,
    log: createLog({ level: "debug", write: (line) => logged.push(line) }),
    now: () => new Date(),
    random: () => 1,
    tally: {
      taken: () => void tally.taken++,
      lost: (reason) => void (tally.lost[reason] = (tally.lost[reason] ?? 0) + 1),
    },
    ...options,
  });
  return { clock, logged, delivery, tally };
}

/** Answers in memory: a status, an error, or never. */
function answers(...statuses: (number | "refuse" | "hang" | Response)[]) {
  const requests: { uuid: unknown; atMs: number }[] = [];
  let clock: VirtualClock | undefined;
  const fake: typeof fetch = async (_, init) => {
    requests.push({ uuid: JSON.parse(String(init?.body)).uuid, atMs: clock?.now() ?? 0 });
    const answer = statuses.length > 1 ? statuses.shift()! : statuses[0]!;
    if (answer instanceof Response) return answer;
    if (answer === "refuse") {
      throw new TypeError("error sending request for url (http://user:pass@collector.test/x)");
    }
    if (answer !== "hang") return new Response(null, { status: answer });
    return await new Promise<Response>((_, reject) => {
      init?.signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
    });
  };
  return { fetch: fake, requests, use: (used: VirtualClock) => clock = used };
}

Deno.test("delivery: a record arrives once, as it is, signed with the time", async () => {
  await using collector = startCollector(200);
  const { delivery } = deliver({ url: collector.url, secret: SECRET, clock: systemClock });
  delivery.add(json("ü-1"));
  await collector.atLeast(1);
  const [request] = collector.received;
  assertEquals([request!.method, request!.path, request!.body], ["POST", "/calls", json("ü-1")]);
  assertEquals(request!.headers.get("content-type"), "application/json");
  assert(isGenuine(request!, SECRET));
  assert(!isGenuine(request!, "another"));
  assert(!isGenuine({ ...request!, body: json("ü-2") }, SECRET));
  assert(!isGenuine(request!, SECRET, Date.now() + 301_000), "replayed later");
  const headers = new Headers(request!.headers);
  headers.set("x-parley-timestamp", String(Math.floor(Date.now() / 1000) + 1));
  assert(!isGenuine({ ...request!, headers }, SECRET), "with another time");
  await delivery.close(1_000);
  assertEquals(collector.received.length, 1);
});

Deno.test("delivery: the signature is what others make of secret, time and body", async () => {
  const sign = createSigner("key");
  // printf '1800000000.{"a":1}' | openssl dgst -sha256 -hmac key
  assertEquals(await sign('{"a":1}', new Date(1_800_000_000_999)), {
    "x-parley-timestamp": "1800000000",
    "x-parley-signature": "sha256=7330c9cf7d886970cbebbbb5494c04d2aeff06a990adb7d7a75abfeb0159d291",
  });
});

Deno.test("delivery: without a secret nothing is signed", async () => {
  await using collector = startCollector(204);
  const { delivery } = deliver({ url: collector.url, clock: systemClock });
  delivery.add(json(1));
  await collector.atLeast(1);
  assertEquals(collector.received[0]!.headers.get("x-parley-signature"), null);
  await delivery.close(1_000);
});

Deno.test("delivery: what fails is sent again, ever later, with jitter, until it is taken", async () => {
  const to = answers(500, "refuse", 503, 404, 429, 401, 307, 200);
  const { clock, delivery, logged } = deliver({ fetch: to.fetch, random: () => 0 });
  to.use(clock);
  delivery.add(json(1));
  await clock.run(300_000);
  const times = to.requests.map(({ atMs }) => atMs);
  const pauses = times.slice(1).map((atMs, index) => atMs - times[index]!);
  // Half of each pause is fixed, half is left to chance.
  assertEquals(pauses, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000]);
  assertEquals(clock.pending, 0);
  const told = logged.join("\n");
  assert(!told.includes("hidden") && !told.includes("pass"), told);
  assertStringIncludes(told, 'reason="status 500"');
  // Once a minute is enough.
  assertLess(logged.length, 4);
});

Deno.test("delivery: what the URL holds is in no error that the log tells", async () => {
  const { clock, delivery, logged } = deliver({ fetch: answers("refuse", 200).fetch });
  delivery.add(json(1));
  await clock.run(5_000);
  assertStringIncludes(logged[0]!, 'reason="error sending request for url (the collector)"');
});

Deno.test("delivery: the pause that the collector names is kept", async () => {
  const busy = () => new Response(null, { status: 429, headers: { "retry-after": "20" } });
  const to = answers(busy(), new Response(null, { status: 503, headers: { "retry-after": "999999" } }), 200);
  const { clock, delivery } = deliver({ fetch: to.fetch });
  to.use(clock);
  delivery.add(json(1));
  await clock.run(200_000);
  assertEquals(to.requests.map(({ atMs }) => atMs), [0, 20_000, 80_000]);
});

Deno.test("delivery: a collector that never answers is left after 10 s each time", async () => {
  const to = answers("hang", "hang", 200);
  const { clock, delivery, logged } = deliver({ fetch: to.fetch });
  to.use(clock);
  delivery.add(json(1));
  await clock.run(60_000);
  assertEquals(to.requests.map(({ atMs }) => atMs), [0, 11_000, 23_000]);
  assertStringIncludes(logged[0]!, "no answer within 10000 ms");
});

Deno.test("delivery: a record that is refused for good goes, and the others with it arrive", async () => {
  const to = answers(422, 200);
  const { clock, delivery, logged } = deliver({ fetch: to.fetch });
  for (const uuid of [1, 2, 3]) delivery.add(json(uuid));
  await clock.run(60_000);
  assertEquals(to.requests.map(({ uuid }) => uuid), [1, 2, 3]);
  assertStringIncludes(logged.join("\n"), "Record dropped reason=refused status=422");
});

Deno.test("delivery: one that is never taken does not hold the others up", async () => {
  const requests: unknown[] = [];
  const { clock, delivery } = deliver({
    fetch: (_, init) => {
      const { uuid } = JSON.parse(String(init?.body));
      requests.push(uuid);
      return Promise.resolve(new Response(null, { status: uuid === 1 ? 500 : 200 }));
    },
  });
  delivery.add(json(1));
  await clock.run(10);
  for (const uuid of [2, 3, 4]) delivery.add(json(uuid));
  await clock.run(60_000);
  for (const uuid of [2, 3, 4]) assertEquals(requests.filter((each) => each === uuid).length, 1);
  assertGreaterOrEqual(requests.filter((each) => each === 1).length, 4);
  // After a day it is given up.
  await clock.run(25 * 3_600_000);
  const after = requests.length;
  await clock.run(3_600_000);
  assertEquals([requests.length, clock.pending], [after, 0]);
});

Deno.test("delivery: while the collector is away one is tried at a time, and all follow when it is back", async () => {
  let away = true;
  let underWay = 0, most = 0, taken = 0;
  const { clock, delivery } = deliver({
    fetch: async () => {
      most = Math.max(most, ++underWay);
      await settle();
      underWay--;
      if (!away) taken++;
      return new Response(null, { status: away ? 502 : 200 });
    },
  });
  delivery.add(json(0));
  await clock.run(100);
  for (let uuid = 1; uuid < 100; uuid++) delivery.add(json(uuid));
  await clock.run(60_000);
  assertEquals(most, 1);
  away = false;
  await clock.run(61_000);
  for (let round = 0; round < 100 && taken < 100; round++) await clock.run(1);
  assertEquals(taken, 100);
  assert(most > 1 && most <= 8, String(most));
});

Deno.test("delivery: too many that wait are dropped from the oldest on, counted and told", async () => {
  const to = answers(503);
  const { clock, delivery, logged, tally } = deliver({ fetch: to.fetch });
  delivery.add(json("first"));
  await clock.run(10);
  for (let uuid = 0; uuid < 1_500; uuid++) delivery.add(json(uuid));
  await clock.run(600_000);
  const tried = to.requests.slice(1).map(({ uuid }) => Number(uuid));
  assert(tried.length > 5 && tried.every((uuid) => uuid >= 500), `the oldest are gone: ${tried}`);
  assertStringIncludes(logged.join("\n"), "Record dropped reason=too_many");
  const closing = delivery.close(1_000);
  await clock.run(1_100);
  await closing;
  assertStringIncludes(logged.at(-1)!, "records=1501");
  assertEquals([tally.taken, tally.lost], [0, { too_many: 501, ended: 1000 }]);

  // A few that are very long count as many.
  const long = deliver({ fetch: answers("hang").fetch });
  for (let uuid = 0; uuid < 50; uuid++) {
    long.delivery.add(JSON.stringify({ uuid, text: "x".repeat(1024 * 1024) }));
  }
  assertStringIncludes(long.logged.join("\n"), "Record dropped");
  const end = long.delivery.close(10);
  await long.clock.run(20);
  await end;
});

Deno.test("delivery: at the end all that waits is tried once more, without a pause", async () => {
  const to = answers(503, 503, 200);
  const { clock, delivery, logged } = deliver({ fetch: to.fetch });
  to.use(clock);
  delivery.add(json(1));
  await clock.run(5);
  for (const uuid of [2, 3]) delivery.add(json(uuid));
  const before = to.requests.length;
  await delivery.close(1_000);
  // The second 503 was for one of them: it is lost, the others are not.
  assertEquals(to.requests.length, before + 3);
  assertStringIncludes(logged.at(-1)!, "Records are lost, as they were not taken records=1");
  assertEquals(clock.pending, 0);
});

Deno.test("delivery: a collector that never answers does not hold the end", async () => {
  await using collector = startCollector("hang");
  const { delivery, logged } = deliver({ url: collector.url, clock: systemClock });
  for (let uuid = 0; uuid < 20; uuid++) delivery.add(json(uuid));
  const start = performance.now();
  await delivery.close(300);
  assertLess(performance.now() - start, 1_000);
  assertStringIncludes(logged.at(-1)!, "records=20");
});

Deno.test("delivery: a redirect is not followed", async () => {
  await using collector = startCollector("redirect", 200);
  const { delivery, logged } = deliver({ url: collector.url, clock: systemClock, random: () => 0 });
  delivery.add(json(1));
  await collector.atLeast(1);
  assertEquals(collector.received.map(({ path }) => path), ["/calls", "/calls"]);
  assertStringIncludes(logged.join("\n"), "status 307, which is not followed");
  await delivery.close(1_000);
});

Deno.test("delivery: an answer without an end is not read", async () => {
  await using collector = startCollector("endless");
  const { delivery } = deliver({ url: collector.url, clock: systemClock });
  delivery.add(json(1));
  const start = performance.now();
  await delivery.close(2_000);
  assertLess(performance.now() - start, 1_500);
});

Deno.test("delivery: each record is counted once, as taken or as given up and why", async () => {
  const to = answers(503, 200, 422, 200);
  const { clock, delivery, tally } = deliver({ fetch: to.fetch });
  to.use(clock);
  delivery.add(json(1));
  await clock.run(5_000);
  assertEquals([tally, delivery.waiting], [{ taken: 1, lost: {} }, 0]);
  delivery.add(json(2));
  await clock.run(10);
  delivery.add(json(3));
  await clock.run(10);
  assertEquals(tally, { taken: 2, lost: { refused: 1 } });

  const late = deliver({ fetch: answers(503).fetch });
  late.delivery.add(json(1));
  await late.clock.run(23 * 3_600_000);
  assertEquals([late.tally, late.delivery.waiting], [{ taken: 0, lost: {} }, 1]);
  await late.clock.run(2 * 3_600_000);
  assertEquals([late.tally, late.delivery.waiting], [{ taken: 0, lost: { too_old: 1 } }, 0]);
});
