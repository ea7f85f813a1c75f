import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createLog } from "../../lib/log.ts";
import { createAmi } from "../../lib/tools/ami.ts";
import { createAmiStandIn, startAmi } from "../support/ami.ts";
import { settle, VirtualClock } from "../support/clock.ts";

const TRANSFER = { uuid: "u-1", exten: "00391234567", context: "demo", priority: 1 };

Deno.test("ami: transfer and hang-up go out as AVR's own tools send them", async () => {
  await using standIn = startAmi();
  // A slash at the end of AMI_URL is no second one in the path.
  const ami = createAmi({ url: `${standIn.url}/` });
  assertEquals(await ami.transfer(TRANSFER), { ok: true, message: "Call transferred" });
  assertEquals(await ami.hangup("u-1"), { ok: true, message: "Call hung up" });
  assertEquals(standIn.requests.map(({ method, path, body }) => ({ method, path, body })), [
    { method: "POST", path: "/transfer", body: TRANSFER },
    { method: "POST", path: "/hangup", body: { uuid: "u-1" } },
  ]);
  const [first, second] = standIn.requests;
  assert(first!.atMs <= second!.atMs);
});

Deno.test.each(
  [
    [403, 403, "The call could not be transferred: the destination is not allowed. Offer"],
    [404, 404, "The call could not be transferred: the telephone system does not know this call any more. "],
    [500, 500, "The call could not be transferred: the telephone system reported an error. Offer"],
    ["text", 200, "The call could not be transferred: the telephone system gave an answer that makes no"],
    ["endless", 200, "the telephone system gave an answer that makes no sense. Offer"],
    ["redirect", 307, "the telephone system gave an answer that makes no sense. Offer"],
  ] as const,
)("ami: an answer of %s becomes words for the model", async (answers, status, words) => {
  await using standIn = startAmi({ answers });
  const answer = await createAmi({ url: standIn.url }).transfer(TRANSFER);
  if (answer.ok) throw new Error("Counted as done");
  assertEquals(answer.status, status);
  assertStringIncludes(answer.words, words);
  // avr-ami's own message may name the number.
  assert(!answer.words.includes("0099") && !answer.words.includes("u-1"));
  assertEquals(standIn.requests.length, 1);
});

Deno.test("ami: a hang-up that fails has words of its own", async () => {
  await using standIn = startAmi({ answers: 500 });
  const answer = await createAmi({ url: standIn.url }).hangup("u-1");
  assertEquals(
    !answer.ok && answer.words,
    "The call could not be ended: the telephone system reported an error. Ask the caller to hang up.",
  );
});

Deno.test("ami: a system that does not answer is given up after 5 s, and no timer stays", async () => {
  const clock = new VirtualClock();
  const standIn = createAmiStandIn({ answers: "hang", now: () => clock.now() });
  const answer = createAmi({ url: "http://ami", fetch: standIn.fetch, clock }).transfer(TRANSFER);
  let answered = false;
  answer.then(() => answered = true);
  await clock.run(4999);
  assertEquals(answered, false);
  await clock.run(1);
  assert(answered);
  assertEquals(await answer, {
    ok: false,
    status: "timeout",
    words:
      "The call could not be transferred: the telephone system did not answer in time. Offer the caller something else.",
  });
  assertEquals(clock.pending, 0);
});

Deno.test("ami: a body that does not end counts against the time limit", async () => {
  const clock = new VirtualClock();
  const never: typeof fetch = (_, init) =>
    Promise.resolve(
      new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode("{"));
            init!.signal!.addEventListener("abort", () => controller.error(init!.signal!.reason));
          },
        }),
      ),
    );
  const answer = createAmi({ url: "http://ami", fetch: never, clock, timeoutMs: 100 }).hangup("u-1");
  await clock.run(100);
  assertEquals((await answer as { status: unknown }).status, "timeout");
});

Deno.test("ami: a caller who is gone gives the request up at once", async () => {
  await using standIn = startAmi({ answers: "hang" });
  const gone = new AbortController();
  const answer = createAmi({ url: standIn.url }).transfer(TRANSFER, gone.signal);
  while (standIn.requests.length === 0) await settle();
  gone.abort();
  assertEquals((await answer as { status: unknown }).status, "unreachable");
});

Deno.test("ami: nobody at the address is told as such, and the log has the uuid but no number", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const lines: string[] = [];
  const log = createLog({ level: "debug", write: (line) => lines.push(line) });
  const answer = await createAmi({ url: `http://127.0.0.1:${port}/?key=s3cret`, log }).transfer(TRANSFER);
  assertEquals(answer, {
    ok: false,
    status: "unreachable",
    words:
      "The call could not be transferred: the telephone system can't be reached. Offer the caller something else.",
  });
  assertEquals(lines.length, 1);
  assertStringIncludes(lines[0]!, "request=transfer uuid=u-1 status=unreachable");
  assert(!lines[0]!.includes("0039") && !lines[0]!.includes("s3cret"), lines[0]);
});
