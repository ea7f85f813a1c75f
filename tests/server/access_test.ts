import { assertEquals } from "@std/assert";
import { readConfig } from "../../lib/config.ts";
import { createAccess } from "../../lib/server/access.ts";

const TOKEN = "0123456789-abcdef";

function judge(
  env: Record<string, string>,
  { path = "/", headers = {}, address }: { path?: string; headers?: HeadersInit; address?: string } = {},
): number | undefined {
  const request = new Request(`http://parley:6030${path}`, { headers });
  return createAccess(readConfig(env).access)(request, new URL(request.url), address)?.status;
}

Deno.test("access: everyone may call where nothing is configured", () => {
  assertEquals(judge({}), undefined);
});

Deno.test.each<[string, string, Record<string, string>, number | undefined]>([
  ["no token", "/", {}, 401],
  ["the bearer header", "/", { authorization: `Bearer ${TOKEN}` }, undefined],
  ["the bearer header in lower case", "/", { authorization: `bearer ${TOKEN}` }, undefined],
  ["the query", `/supportAgent?from=1&token=${TOKEN}`, {}, undefined],
  ["the query beside a proxy's own header", `/?token=${TOKEN}`, { authorization: "Bearer other" }, undefined],
  ["a wrong token", "/?token=0123456789-abcdeg", {}, 401],
  ["a wrong bearer", "/", { authorization: "Bearer 0123456789-abcdeg" }, 401],
  ["only its beginning", `/?token=${TOKEN.slice(0, -1)}`, {}, 401],
  ["more than it", `/?token=${TOKEN}x`, {}, 401],
  ["an empty token", "/?token=", {}, 401],
  ["another scheme", "/", { authorization: `Basic ${btoa(`x:${TOKEN}`)}` }, 401],
  ["the token as the scheme", "/", { authorization: TOKEN }, 401],
  ["the token in the path", `/${TOKEN}`, {}, 401],
])("access: with a token configured, a call with %s", (_, path, headers, expected) => {
  assertEquals(judge({ AUTH_TOKEN: TOKEN }, { path, headers }), expected);
});

Deno.test.each([
  ["10.1.2.3", undefined],
  ["::ffff:10.1.2.3", undefined],
  ["fd12::1", undefined],
  ["192.168.1.20", undefined],
  ["192.168.1.21", 403],
  ["::1", 403],
  ["", 403],
  [undefined, 403],
])("access: with networks configured, a call from %j", (address, expected) => {
  const env = { ALLOW_FROM: "10.0.0.0/8, fd00::/8, 192.168.1.20" };
  assertEquals(judge(env, address === undefined ? {} : { address }), expected);
});

Deno.test("access: a list of networks without a network lets nobody in", () => {
  assertEquals(judge({ ALLOW_FROM: "," }, { address: "127.0.0.1" }), 403);
});

Deno.test.each<[string, string, number | undefined]>([
  ["http://parley:6030", "parley:6030", undefined],
  ["https://parley", "parley:443", undefined],
  ["http://parley", "parley", undefined],
  ["http://PARLEY:6030", "parley:6030", undefined],
  ["https://desk.example.com", "parley:6030", undefined],
  ["http://desk.example.com", "parley:6030", 403],
  ["https://desk.example.com.evil.com", "parley:6030", 403],
  ["https://evil.com", "parley:6030", 403],
  ["http://parley:6031", "parley:6030", 403],
  ["http://parley:6030.evil.com", "parley:6030", 403],
  ["http://parley:6030@evil.com", "parley:6030", 403],
  ["null", "parley:6030", 403],
  ["", "parley:6030", 403],
  ["file://", "", 403],
])("access: with a token, a page of %j that calls host %j", (origin, host, expected) => {
  const env = { ALLOW_ORIGIN: "https://desk.example.com", AUTH_TOKEN: TOKEN };
  assertEquals(judge(env, { path: `/?token=${TOKEN}`, headers: { origin, host } }), expected);
});

Deno.test.each<[string, string, number | undefined]>([
  ["http://127.0.0.1:6030", "127.0.0.1:6030", undefined],
  ["http://192.168.1.20:6030", "192.168.1.20:6030", undefined],
  ["http://[::1]:6030", "[::1]:6030", undefined],
  ["http://localhost:6030", "localhost:6030", undefined],
  ["https://desk.example.com", "desk.example.com", undefined],
  ["https://desk.example.com", "parley:6030", undefined],
  // The name leads to 127.0.0.1 by now.
  ["http://evil.com:6030", "evil.com:6030", 403],
  ["http://127.0.0.1.evil.com:6030", "127.0.0.1.evil.com:6030", 403],
  ["http://localhost.evil.com:6030", "localhost.evil.com:6030", 403],
  ["http://parley:6030", "parley:6030", 403],
  ["http://evil.com:6030", "127.0.0.1:6030", 403],
  ["http://127.0.0.1:6030", "evil.com:6030", 403],
  ["http://127.0.0.1:8080", "127.0.0.1:6030", 403],
  ["http://desk.example.com", "desk.example.com", 403],
])(
  "access: without a token a name that leads here does not count: a page of %j that calls host %j",
  (origin, host, expected) => {
    assertEquals(
      judge({ ALLOW_ORIGIN: "https://desk.example.com" }, { headers: { origin, host } }),
      expected,
    );
  },
);

Deno.test("access: a token does not let another web site's page in", () => {
  const headers = { origin: "https://evil.com", host: "parley:6030" };
  assertEquals(judge({ AUTH_TOKEN: TOKEN }, { path: `/?token=${TOKEN}`, headers }), 403);
});
