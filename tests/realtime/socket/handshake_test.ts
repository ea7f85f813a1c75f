import { assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { createKey, createUpgrade, upgradeFault } from "../../../lib/realtime/socket/handshake.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ=="; // RFC 6455, 1.3
const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

const upgrade = (url: string, headers: Record<string, string> = {}) =>
  createUpgrade(new URL(url), headers, KEY);

Deno.test("the request is what the RFC asks for", async () => {
  const { request, accept } = await upgrade("wss://api.example.com/v1/realtime?model=x#part", {
    authorization: "Bearer sk-test",
    "X-Note": "a b",
  });
  assertEquals(
    request,
    "GET /v1/realtime?model=x HTTP/1.1\r\nHost: api.example.com\r\nUpgrade: websocket\r\n" +
      `Connection: Upgrade\r\nSec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Version: 13\r\n` +
      "authorization: Bearer sk-test\r\nX-Note: a b\r\n\r\n",
  );
  assertEquals(accept, ACCEPT);
});

Deno.test.each([
  ["ws://a.example", "a.example"],
  ["ws://a.example:80/x", "a.example"],
  ["wss://a.example:443", "a.example"],
  ["wss://a.example:80", "a.example:80"],
  ["ws://a.example:8080/", "a.example:8080"],
  ["ws://[::1]:443/", "[::1]:443"],
  ["ws://BÜCHER.example/", "xn--bcher-kva.example"],
])("%s is asked for as host %s", async (url, host) => {
  const { request } = await upgrade(url);
  assertEquals(/\r\nHost: (.*)\r\n/.exec(request)?.[1], host);
});

Deno.test("no path or query breaks out of the request's line", async () => {
  const { request } = await upgrade("ws://a.example/a b\r\nX: y?c=d e\r\n\r\nf#g");
  assertEquals(request.split("\r\n")[0], "GET /a%20bX:%20y?c=d%20ef HTTP/1.1");
});

Deno.test("a key is 16 bytes, another for each dial", () => {
  assertEquals(Uint8Array.fromBase64(createKey()).length, 16);
  assertNotEquals(createKey(), createKey());
});

const BAD_HEADERS: [name: string, value: string][] = [
  ["authorization", "Bearer sk-secret\r\nX-Other: y"],
  ["authorization", "Bearer sk-secret\n"],
  ["authorization", "Bearer sk-secret\r"],
  ["authorization", "sk-secret\0"],
  ["authorization", "sk-secret ü"],
  ["bad name", "sk-secret"],
  ["bad:name", "sk-secret"],
  ["bad\r\nname", "sk-secret"],
  ["", "sk-secret"],
  ["Host", "sk-secret"],
  ["sec-websocket-Key", "sk-secret"],
  ["Sec-WebSocket-Extensions", "permessage-deflate; sk-secret"],
  ["transfer-encoding", "sk-secret"],
];
for (const [name, value] of BAD_HEADERS) {
  Deno.test(`the header ${JSON.stringify(name)}: ${JSON.stringify(value)} is not sent, its value not told`, async () => {
    const { message } = await assertRejects(() => upgrade("ws://a.example", { [name]: value }), TypeError);
    assertMatch(message, /^Could not send/);
    assertEquals(message.includes("secret"), false);
  });
}

Deno.test("an address with a password in it is not dialled, the password not told", async () => {
  for (const url of ["wss://me:sk-secret@a.example", "wss://sk-secret@a.example"]) {
    const { message } = await assertRejects(() => upgrade(url), TypeError);
    assertEquals(message.includes("secret"), false);
  }
});

const GOOD = { upgrade: "websocket", connection: "Upgrade", "sec-websocket-accept": ACCEPT };

async function faultOf(
  status: number,
  headers: Record<string, string>,
  asked: Record<string, string> = {},
): Promise<string | undefined> {
  const answer = { status, headers: new Map(Object.entries(headers)), rest: new Uint8Array(0) };
  return upgradeFault(answer, await upgrade("ws://a.example", asked));
}

const ANSWERS: [name: string, headers: Record<string, string>, fault: string | undefined][] = [
  ["as asked for", {}, undefined],
  ["in other letters", { upgrade: "WebSocket", connection: "keep-alive , upgrade" }, undefined],
  ["without Upgrade", { upgrade: "" }, "Invalid Upgrade header"],
  ["to another protocol", { upgrade: "h2c" }, "Invalid Upgrade header"],
  ["without Connection", { connection: "" }, "Invalid Connection header"],
  ["with another Connection", { connection: "keep-alive, upgraded" }, "Invalid Connection header"],
  ["with another key's Accept", { "sec-websocket-accept": KEY }, "Invalid Sec-WebSocket-Accept header"],
  [
    "with Accept in other letters",
    { "sec-websocket-accept": ACCEPT.toLowerCase() },
    "Invalid Sec-WebSocket-Accept header",
  ],
  [
    "with two Accepts",
    { "sec-websocket-accept": `${ACCEPT}, ${ACCEPT}` },
    "Invalid Sec-WebSocket-Accept header",
  ],
  [
    "with an extension",
    { "sec-websocket-extensions": "permessage-deflate" },
    "Extension that was not asked for",
  ],
  ["with a subprotocol", { "sec-websocket-protocol": "realtime" }, "Subprotocol that was not asked for"],
];
for (const [name, headers, fault] of ANSWERS) {
  Deno.test(`an answer ${name}: ${fault ?? "open"}`, async () => {
    assertEquals(await faultOf(101, { ...GOOD, ...headers }), fault);
  });
}

Deno.test("one of the subprotocols that were asked for may be chosen, or none", async () => {
  const asked = { "Sec-WebSocket-Protocol": "realtime, other" };
  const chosen = (protocol: string) => faultOf(101, { ...GOOD, "sec-websocket-protocol": protocol }, asked);
  assertEquals(await chosen("realtime"), undefined);
  assertEquals(await chosen("other"), undefined);
  assertEquals(await chosen("realtime, other"), "Subprotocol that was not asked for");
  assertEquals(await faultOf(101, GOOD, asked), undefined);
});

Deno.test("a refusal tells its status, and when to come again if that is a number of seconds", async () => {
  assertEquals(await faultOf(200, GOOD), "Invalid status code: 200");
  assertEquals(await faultOf(302, { location: "ws://b" }), "Invalid status code: 302");
  assertEquals(await faultOf(429, { "retry-after": "5" }), "Invalid status code: 429, Retry-After: 5");
  for (const value of ["soon, sk-secret", "-1", "1.5", "1234567", "Wed, 21 Oct 2026 07:28:00 GMT"]) {
    assertEquals(await faultOf(503, { "retry-after": value }), "Invalid status code: 503");
  }
});
