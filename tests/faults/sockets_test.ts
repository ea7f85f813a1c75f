import { assert, assertEquals } from "@std/assert";
import { dialIn, type Phone, type PhoneMessage, samplesOf } from "../support/phone.ts";
import { type Cabled, startCabled } from "./support/cable.ts";

/** Louder than any sound of our own: the agent speaks. */
const isVoice = (message: PhoneMessage) =>
  message.type === "audio" && samplesOf(message).some((sample) => Math.abs(sample) > 2500);
const isError = ({ type }: PhoneMessage) => type === "error";
const STATUSES = [401, 429, 500] as const;

/** The call is over for good on every side. */
async function over(it: Cabled, phone: Phone): Promise<void> {
  await phone.closed;
  await it.until("the end of the call", () => it.service.service.calls.size === 0);
  await it.until("the end of its sessions", () => it.simulator.sessions.every(({ closed }) => closed));
}

Deno.test.each(STATUSES.map((status) => [status]))(
  "faults: a handshake refused with %i for good: the line is told, and the log says why",
  async (status) => {
    await using it = startCabled({
      simulator: { faults: { refuseStatus: status } },
      env: { RECOVERY_SECONDS: "5" },
    });
    const phone = await dialIn(it.service.url, { uuid: "u-1" });
    await phone.next("error", isError);
    await over(it, phone);
    assert(it.service.logged.some((line) => line.includes(String(status))), it.service.logged.join("\n"));
    assertEquals(phone.messages.filter(isVoice).length, 0);
  },
);

Deno.test.each([[429], [500]])(
  "faults: a handshake refused with %i for a while: the caller is greeted",
  async (status) => {
    await using it = startCabled({ simulator: { faults: { refuseStatus: status } } });
    const phone = await dialIn(it.service.url, { uuid: "u-1" });
    await it.told("model_lost");
    it.simulator.faults.refuseStatus = undefined;
    await phone.next("greeting", isVoice);
    await phone.hangUp();
    await over(it, phone);
    assertEquals(phone.messages.filter(isError).length, 0);
  },
);

Deno.test("faults: a model's connection that is cut: the call goes on in another", async () => {
  await using it = startCabled();
  const phone = await dialIn(it.service.url, { uuid: "u-1" });
  await phone.next("greeting", isVoice);
  it.simulator.sessions[0]!.end("drop");
  await it.told("model_back");
  assertEquals(it.simulator.sessions.map(({ closed }) => closed?.code), [0, undefined]);
  await phone.hangUp();
  await over(it, phone);
});

Deno.test("faults: a model's connection that went dead unnoticed: the call goes on in another", async () => {
  await using it = startCabled();
  const phone = await dialIn(it.service.url, { uuid: "u-1" });
  await phone.next("greeting", isVoice);
  const thaw = it.cable.freeze();
  await it.told("model_lost");
  thaw();
  await it.told("model_back");
  assertEquals(phone.isClosed(), false);
  await phone.hangUp();
  await over(it, phone);
});

Deno.test("faults: a model that takes the connection and says nothing: the caller is greeted when it speaks", async () => {
  await using it = startCabled({ dead: true });
  const phone = await dialIn(it.service.url, { uuid: "u-1" });
  await it.told("model_lost");
  assertEquals(it.simulator.sessions.length, 0);
  it.cable.freeze()();
  await phone.next("greeting", isVoice);
  await phone.hangUp();
  await over(it, phone);
});

Deno.test("faults: a caller who hangs up while the model's connection is dead: nothing waits for it", async () => {
  await using it = startCabled();
  const phone = await dialIn(it.service.url, { uuid: "u-1" });
  await phone.next("greeting", isVoice);
  it.cable.freeze();
  await phone.hangUp();
  await it.told("ended");
  await it.until("the end of the call", () => it.service.service.calls.size === 0);
  it.cable.freeze()();
  await over(it, phone);
});

Deno.test("faults: no one listens at the model's address: the line is told", async () => {
  await using it = startCabled({
    env: { OPENAI_REALTIME_URL: "ws://127.0.0.1:1/v1/realtime", RECOVERY_SECONDS: "2" },
  });
  const phone = await dialIn(it.service.url, { uuid: "u-1" });
  await phone.next("error", isError);
  await over(it, phone);
});
