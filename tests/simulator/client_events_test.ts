import { assertEquals, assertMatch } from "@std/assert";
import { CLIENT_TYPES } from "../support/official.ts";
import { TestClient } from "./client.ts";

/** What a raw frame is answered with. */
async function answer(frame: string | Uint8Array<ArrayBuffer>) {
  const client = await TestClient.open();
  client.forget();
  client.socket.send(frame);
  await client.run(0);
  assertEquals(client.types, ["error"]);
  assertEquals(client.closed, undefined);
  return client.events[0]!.error;
}

Deno.test("a binary frame is an invalid_event, and the session goes on", async () => {
  const error = await answer(new TextEncoder().encode('{"type":"response.create"}'));
  assertEquals(error.code, "invalid_event");
  assertEquals(error.message, "Expected a text WebSocket message; binary frames are not supported.");
});

Deno.test("what is no JSON is invalid_json; what is no event is invalid_event", async () => {
  assertEquals((await answer("{oops")).code, "invalid_json");
  assertMatch((await answer("{oops")).message, /^Invalid event: failed to parse JSON value\./);
  assertEquals((await answer("[]")).code, "invalid_event");
  assertEquals((await answer("{}")).message, "The 'type' field is missing.");
});

Deno.test("an unknown type is answered with the list of known ones", async () => {
  const error = await answer('{"type":"nope","event_id":"mine"}');
  assertEquals([error.code, error.param, error.event_id], ["invalid_value", "type", "mine"]);
  assertMatch(error.message, /^Invalid value: 'nope'\. Supported values are: 'session\.update', /);
});

Deno.test("output_audio_buffer.clear is for WebRTC: rejected on a WebSocket", async () => {
  assertEquals((await answer('{"type":"output_audio_buffer.clear"}')).code, "invalid_value");
});

Deno.test("every other client event of the official types is understood", async () => {
  const client = await TestClient.open();
  for (const type of CLIENT_TYPES.filter((each) => each !== "output_audio_buffer.clear")) {
    client.socket.send(JSON.stringify({ type }));
  }
  await client.run(0);
  const unknown = client.all("error").filter(({ error }) => error.param === "type");
  assertEquals(unknown, []);
});

Deno.test("unknown keys of an event, and an event_id that is too long, are refused", async () => {
  const client = await TestClient.open();
  const key = await client.refusal({ type: "input_audio_buffer.commit", now: true });
  assertEquals([key.code, key.param], ["unknown_parameter", "now"]);
  const id = await client.refusal({ type: "input_audio_buffer.commit", event_id: "x".repeat(513) });
  assertEquals([id.code, id.param], ["string_above_max_length", "event_id"]);
});

Deno.test("the taps see every event of both directions", async () => {
  const seen: string[] = [];
  const client = await TestClient.open({
    onClientEvent: (event, session) => seen.push(`> ${event.type} ${session.closed === undefined}`),
    onServerEvent: (event) => seen.push(`< ${event.type}`),
  });
  await client.ask({ type: "input_audio_buffer.clear" });
  assertEquals(seen, [
    "< session.created",
    "> input_audio_buffer.clear true",
    "< input_audio_buffer.cleared",
  ]);
});
