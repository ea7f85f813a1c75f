import { assertEquals } from "@std/assert";
import { providerOf } from "../../lib/traces/provider.ts";

const of = (url: string, simulator = false, more: { keyHeader?: "api-key" } = {}) =>
  Object.values(providerOf({ simulator, model: { url, apiKey: undefined, ...more } }));

Deno.test("traces: the model's provider is named as the conventions do, with its address and never its query", () => {
  assertEquals(of("wss://api.openai.com/v1/realtime"), ["openai", "api.openai.com", 443]);
  assertEquals(of("wss://desk.openai.azure.com/openai/v1/realtime?key=s"), [
    "azure.ai.openai",
    "desk.openai.azure.com",
    443,
  ]);
  const gateway = of("wss://gateway.example/openai", false, { keyHeader: "api-key" });
  assertEquals(gateway, ["azure.ai.openai", "gateway.example", 443]);
  assertEquals(of("ws://127.0.0.1:8080/v1/realtime"), ["openai", "127.0.0.1", 8080]);
  assertEquals(of("ws://models.local/v1/realtime"), ["openai", "models.local", 80]);
  assertEquals(of("wss://api.openai.com/v1/realtime", true), ["parley.simulator"]);
});
