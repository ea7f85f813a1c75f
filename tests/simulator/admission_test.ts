import { assertEquals, assertMatch } from "@std/assert";
import { TestClient, URL_OF } from "./client.ts";

async function refused(options: ConstructorParameters<typeof TestClient>[0]) {
  const client = await TestClient.open(options);
  assertEquals(client.types, ["error"]);
  assertEquals(client.simulator.sessions.length, 0);
  const { event_id: _, ...error } = client.events[0]!.error;
  return { error, code: client.closed?.code, reason: client.closed?.reason };
}

Deno.test("a wrong key is told by an error and close 3000, after the handshake", async () => {
  const { error, code, reason } = await refused({
    key: "sk-right",
    headers: { Authorization: "Bearer sk-wrong-9876" },
  });
  assertEquals([code, reason], [3000, "invalid_request_error.invalid_api_key"]);
  assertEquals([error.type, error.code, error.param], ["invalid_request_error", "invalid_api_key", null]);
  assertMatch(error.message, /^Incorrect API key provided: sk-w\*+9876\. You can find your API key at /);
});

Deno.test("no Authorization header is refused with code null and close 3000", async () => {
  const { error, code, reason } = await refused({ headers: {} });
  assertEquals([code, reason], [3000, "invalid_request_error"]);
  assertEquals(error, {
    type: "invalid_request_error",
    code: null,
    message: "Missing bearer or basic authentication in header",
    param: null,
  });
});

Deno.test("the key may come as a subprotocol where headers are impossible", async () => {
  const client = await TestClient.open({
    key: "sk-right",
    headers: { "Sec-WebSocket-Protocol": "realtime, openai-insecure-api-key.sk-right" },
  });
  assertEquals(client.types, ["session.created"]);
});

Deno.test("the embedded simulator needs no key", async () => {
  const client = await TestClient.open({ requireKey: false, headers: {} });
  assertEquals(client.types, ["session.created"]);
});

Deno.test("an unknown model, a shut-down one and none at all close with 4000 and their own reason", async () => {
  for (const model of ["gpt-nonsense", "gpt-4o-realtime-preview"]) {
    const unknown = await refused({ model });
    assertEquals([unknown.code, unknown.reason], [4000, "invalid_request_error.invalid_model"]);
    assertMatch(unknown.error.message, new RegExp(`^Model "${model}" is not supported in realtime mode`));
  }
  const none = await refused({ url: "wss://api.example.test/v1/realtime" });
  assertEquals([none.code, none.reason], [4000, "invalid_request_error.missing_model"]);
  assertEquals(none.error.code, "missing_model");
});

Deno.test("the beta header is refused with beta_api_shape_disabled and close 4000", async () => {
  const { error, code, reason } = await refused({
    headers: { Authorization: "Bearer sk-test-0000", "OpenAI-Beta": "realtime=v1" },
  });
  assertEquals([code, reason], [4000, "invalid_request_error.beta_api_shape_disabled"]);
  assertEquals(error.code, "beta_api_shape_disabled");
});

Deno.test("a model out of the project's reach closes with 4004", async () => {
  const { code, reason } = await refused({ faults: { refuseWith: "model_not_found" } });
  assertEquals([code, reason], [4004, "invalid_request_error.model_not_found"]);
});

Deno.test("an exhausted quota and a refused key can be had as faults", async () => {
  assertEquals(
    (await refused({ faults: { refuseWith: "insufficient_quota" } })).error.code,
    "insufficient_quota",
  );
  assertEquals((await refused({ faults: { refuseWith: "invalid_api_key" } })).code, 3000);
});

Deno.test("a handshake refused with an HTTP status looks as in Deno: an error's text and close 0", async () => {
  const client = await TestClient.open({ faults: { refuseStatus: 429 } });
  assertEquals(client.error, "NetworkError: failed to connect to WebSocket: Invalid status code: 429");
  assertEquals(client.closed, { code: 0, reason: "", wasClean: false });
  assertEquals(client.events, []);
});

Deno.test("every model that the reference lists as alive is admitted", async () => {
  for (
    const model of [
      "gpt-realtime-2.1",
      "gpt-realtime-2.1-mini",
      "gpt-realtime-2",
      "gpt-realtime-1.5",
      "gpt-realtime",
    ]
  ) {
    const client = await TestClient.open({ url: URL_OF(model) });
    assertEquals(client.last("session.created").session.model, model);
  }
});
