import { assertEquals } from "@std/assert";
import { openSocket } from "../../support/dialled.ts";
import { concat } from "../../support/frames.ts";
import { CASES } from "../../support/protocol-cases.ts";
import { accept, startRawModel } from "../../support/raw-model.ts";

/** What the client sends back: `pong 1,2` and `close 1002`. */
type Answers = string[];

Deno.test("socket: over TCP too the client makes of every stream what the RFC says, and answers so", async () => {
  const given: { answers: Answers; done: () => void }[] = [];
  let stream: Uint8Array;
  await using model = startRawModel(async (peer) => {
    const { answers, done } = given.at(-1)!;
    await peer.write(concat(accept(peer), stream));
    const ends = /^(close|fault)/.test(told.at(-1) ?? "");
    const pings = told.filter((each) => each.startsWith("ping")).length;
    while (ends || answers.length < pings) {
      const frame = await peer.frame();
      if (!frame) break;
      if (frame.opcode === 10) answers.push(`pong ${frame.payload}`);
      else {answers.push(
          `${frame.opcode === 8 ? "close" : "?"} ${frame.payload[0]! << 8 | frame.payload[1]!}`,
        );}
      if (frame.opcode === 8) break;
    }
    if (ends) await peer.drain();
    done();
  });

  let told: readonly string[];
  for (const each of CASES) {
    ({ stream, told } = each);
    const served = Promise.withResolvers<void>();
    const answers: Answers = [];
    given.push({ answers, done: served.resolve });
    const dialled = openSocket(model.url);
    await Promise.all([dialled.closed, served.promise]);

    const messages = dialled.messages.map((data) =>
      typeof data === "string" ? `text ${data}` : `binary ${data}`
    );
    assertEquals(messages, told.filter((line) => /^(text|binary)/.test(line)), each.name);
    const end = /^(close|fault) (\d+) ?(.*)/s.exec(told.at(-1) ?? "") ?? [];
    const expected = told.filter((line) => line.startsWith("ping")).map((line) =>
      line.replace("ping", "pong")
    );
    // Behind the end nothing is answered any more: pings before it may go unanswered, as the close frame overtakes.
    const pongs = answers.filter((line) => line.startsWith("pong"));
    assertEquals(pongs, end[1] ? expected.slice(0, pongs.length) : expected, each.name);
    const closes = answers.filter((line) => !line.startsWith("pong"));
    assertEquals(closes, end[1] ? [`close ${end[2] === "1005" ? 0 : end[2]}`] : [], each.name);
    const close = end[1] === "close" ? `close ${end[2]} ${end[3]}` : "close 1006";
    assertEquals(
      dialled.told.filter((line) => !line.startsWith("error")),
      ["open", close.trimEnd()],
      each.name,
    );
    assertEquals(dialled.told.length, end[1] === "fault" ? 3 : 2, each.name);
  }
});
